"""Write docs/rules: one page a rule of logic models, from ebpm/texts and the examples of tests/logic/rules, and their index."""

from __future__ import annotations

from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

from ebpm import spec
from ebpm.logic import lint, read_logic_model
from ebpm.logic.facts import EvaluationFacts
from ebpm.logic.profiles import profiles
from ebpm.logic.rules import RULES
from ebpm.texts import LANGUAGES, entry, label

PAGE = Path(__file__).parent / "rules" / "README.md"
EXAMPLES = Path(__file__).parents[1] / "tests" / "logic" / "rules"
HEAD = """\
# Rules of logic models / ロジックモデルの規則

Written by `docs/make_rules.py` from `ebpm/texts/logic.toml`, `ebpm/texts/logic_rules.toml` and `tests/logic/rules`; change them there.

`ebpm lint --profile NAME` chooses which rules count (`ebpm/logic/profiles.toml`). A notice is set aside in the model itself, with a reason and a date:
`lint_ignore: [{code: LM036, about: ID, reason: {ja: …, en: …}, until: 2027-03}]`; past the date LM039 says so.

"""


def page() -> str:
    """Return the index: code, title, severity, and the profiles under which each rule counts."""
    names = tuple(profiles())
    lines = [
        f"| code | 規則 | rule | {' | '.join(names)} |",
        f"| --- | --- | --- | {' | '.join('---' for _ in names)} |",
    ]
    lines += [_row(rule.code) for rule in RULES]
    return HEAD + "\n".join(lines) + "\n"


def _row(code: str) -> str:
    title = entry("notice", code)["title"]
    return f"| [{code}]({code}.md) | {title['ja']} | {title['en']} | {' | '.join(_levels(code).values())} |"


def _levels(code: str) -> dict[str, str]:
    """Return the severity of a rule under each profile, or a dash."""
    usual = entry("notice", code)["severity"]
    return {name: str(one.severity.get(code, usual)) if one.counts(code) else "–" for name, one in profiles().items()}


def pages() -> dict[str, str]:
    """Return the page of every rule, by its code."""
    return {rule.code: _page(rule.code) for rule in RULES}


def _page(code: str) -> str:
    text = entry("notice", code)
    counts = ", ".join(f"{name}: {level}" for name, level in _levels(code).items())
    bad, good = _excerpts(code)
    told = _message(code)
    return f"""\
# {code} {text["title"]["ja"]} / {text["title"]["en"]}

{label(f"severity_{text['severity']}", "ja")} / {label(f"severity_{text['severity']}", "en")} ({counts})

## 日本語

- 例えば: {told["ja"]}
- なぜ: {text["why"]["ja"]}
- 直し方: {text["remedy"]["ja"]}

## English

- For example: {told["en"]}
- Why: {text["why"]["en"]}
- What to do: {text["remedy"]["en"]}

## 例 / Examples

架空の事業から、違うところだけ。全体は `tests/logic/rules` にあります。 / From an invented programme, only what differs; the whole stands in `tests/logic/rules`.

悪い例 / Bad ([{code}.bad.yaml](../../tests/logic/rules/{code}.bad.yaml))

```yaml
{bad}
```

良い例 / Good ([{code}.good.yaml](../../tests/logic/rules/{code}.good.yaml))

```yaml
{good}
```

## 出典 / Source

{text["source"]}
"""


def _message(code: str) -> dict[str, str]:
    """Return what the rule says of its bad example."""
    evaluation = EXAMPLES / f"{code}.bad.evaluation.yaml"
    facts = (spec.read(evaluation, EvaluationFacts),) if evaluation.exists() else ()
    model = read_logic_model(EXAMPLES / f"{code}.bad.yaml")
    notice = next(iter(lint(model, profile="training", evaluations=facts, on=date(2026, 4, 1))))
    return {lang: notice.message(lang) for lang in LANGUAGES}


def _excerpts(code: str) -> tuple[str, str]:
    """Return the lines of the bad and the good example that differ, each with the line above and below."""
    evaluation = (EXAMPLES / f"{code}.bad.evaluation.yaml").exists()
    suffix = ".evaluation.yaml" if evaluation else ".yaml"
    bad, good = (
        (EXAMPLES / f"{code}.{kind}{suffix}").read_text(encoding="utf-8").splitlines()[1:] for kind in ("bad", "good")
    )
    groups = list(SequenceMatcher(None, bad, good, autojunk=False).get_grouped_opcodes(1))
    return (
        "\n# …\n".join("\n".join(bad[group[0][1] : group[-1][2]]) for group in groups),
        "\n# …\n".join("\n".join(good[group[0][3] : group[-1][4]]) for group in groups),
    )


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    for code, text in pages().items():
        PAGE.with_name(f"{code}.md").write_text(text, encoding="utf-8", newline="\n")
