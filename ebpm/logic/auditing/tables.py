"""The audit in words: tables, summary, Markdown and one HTML page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from ebpm.estimate import Number, Unavailable
from ebpm.logic.auditing.factors import budget
from ebpm.logic.parts import Evidence
from ebpm.logic.tables import told
from ebpm.table import Table
from ebpm.texts import label, speaking, words

if TYPE_CHECKING:
    from ebpm.logic.auditing.audit import Audit, Audited
    from ebpm.logic.auditing.factors import Answer
    from ebpm.logic.model import LogicModel

FEW = 20
STYLE = (
    "body{font-family:sans-serif;line-height:1.6;max-width:75rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{position:absolute;left:-200vw}"
    "th,td{border:1px solid #8a949e;padding:.3rem .5rem;vertical-align:top;text-align:left}.number{text-align:right}td{white-space:pre-line}"
    "td.number{white-space:nowrap}td:nth-child(-n+3){min-width:8rem}td:last-child:not(.number){min-width:28rem}"
    "thead th{background:#eef1f4}.wide{overflow-x:auto}"
)


def coverage(audit: Audit, lang: str | None = None) -> Table:
    """Return one row a model."""
    rows = tuple(
        (model.model.title.words(lang), model.model.owner.bureau.words(lang), *_counts(links), _yen(budget(model)))
        for model, links in _grouped(audit)
    )
    columns = ("model", "bureau", "causal_links", "with_evidence", "with_counterfactual", "budget_jpy")
    return Table(columns, rows, label("audit_coverage", lang))


def bureaus(audit: Audit, lang: str | None = None) -> Table:
    """Return one row a bureau, those with the most links first; its budget is the sum of those that are declared."""
    groups: dict[str, list[tuple[LogicModel, list[Audited]]]] = {}
    for model, links in _grouped(audit):
        groups.setdefault(model.model.owner.bureau.words(lang), []).append((model, links))
    rows = []
    for name, members in groups.items():
        money = [amount for model, _ in members if not isinstance(amount := budget(model), Unavailable)]
        total: Number = sum(money) if money else Unavailable("audit_no_budget")
        rows.append((name, len(members), *_counts([one for _, links in members for one in links]), _yen(total)))
    columns = ("bureau", "lint_models", "causal_links", "with_evidence", "with_counterfactual", "budget_jpy")
    ordered = sorted(rows, key=lambda row: (-row[2], row[0]))
    return Table(columns, tuple(ordered), label("audit_bureaus", lang))


def _grouped(audit: Audit) -> list[tuple[LogicModel, list[Audited]]]:
    groups: dict[int, list[Audited]] = {id(model): [] for model in audit.models}
    for one in audit.links:
        groups[id(one.model)].append(one)
    return [(model, groups[id(model)]) for model in audit.models]


def _counts(links: list[Audited]) -> tuple[int, int, int]:
    return len(links), sum(one.has_evidence for one in links), sum(one.has_counterfactual for one in links)


def evidence(audit: Audit, lang: str | None = None) -> Table:
    """Return one row a causal link: its best evidence of each scale, how far that applies, what is open."""
    columns = ("rank", "model", "link", "best_evidence", "applicability", "gaps")
    rows = tuple(_evidence_row(one, lang) for one in audit.links)
    return Table(columns, rows, label("audit_links", lang))


def _evidence_row(one: Audited, lang: str | None) -> tuple[object, ...]:
    semicolon = label("logic_semicolon", lang)
    applies = (_applies(item, lang) for item in one.best)
    return (
        one.rank,
        one.model.model.title.words(lang),
        named(one, lang),
        semicolon.join(told(item, lang) for item in one.best) or label("logic_no_evidence", lang),
        semicolon.join(applies),
        semicolon.join(_asked(answer, lang) for answer in one.gaps),
    )


def _applies(item: Evidence, lang: str | None) -> str:
    transfer = label(f"transfer_{item.transfer or 'unknown'}", lang)
    return label("audit_applies", lang, transfer=transfer, why=item.applicability)


def ranking(audit: Audit, lang: str | None = None, *, top: int = 20, joint: str = " ") -> Table:
    """Return the links to evaluate next with score, factors and reason; `joint` stands between the parts of a reason."""
    columns = ("rank", "model", "link", "score", "stake", "uncertainty", "evaluability", "why")
    rows = tuple(
        (
            one.rank, one.model.model.title.words(lang), named(one, lang), _range(one.low, one.high),
            one.stake.written(), one.uncertainty.written(), one.evaluability.written(), reason(one, lang, joint=joint),
        )
        for one in audit.links[:top]
    )  # fmt: skip
    return Table(columns, rows, label("audit_ranking", lang))


def named(one: Audited, lang: str | None) -> str:
    """Return a link in the words of its two nodes."""
    start, end = (one.model.node(name).text.words(lang) for name in (one.edge.from_, one.edge.to))
    return label("audit_link", lang, start=start, end=end)


def reason(one: Audited, lang: str | None = None, *, joint: str = " ") -> str:
    """Return why a link stands where it stands: each factor with its answers, and what is missing."""
    money = "" if isinstance(one.budget, Unavailable) else label("audit_of_budget", lang, budget=f"{one.budget:,.0f}")
    parts = [
        label("audit_why_stake", lang, share=f"{100 * one.dependence:.0f}", money=money),
        label("audit_why_uncertainty", lang, answers=_listed(one.uncertainty.answers, lang)),
        label("audit_why_evaluability", lang, answers=_listed(one.evaluability.answers, lang)),
    ]
    lacking = [label(answer.question, lang) for answer in one.missing]
    lacking += [label("audit_budget", lang)] if isinstance(one.budget, Unavailable) else []
    missing = label("audit_why_missing", lang, missing=label("logic_comma", lang).join(lacking)) if lacking else ""
    return joint.join(part for part in (*parts, missing) if part)


def _listed(answers: tuple[Answer, ...], lang: str | None) -> str:
    return label("logic_semicolon", lang).join(_asked(answer, lang) for answer in answers)


def _asked(answer: Answer, lang: str | None) -> str:
    facts = {"question": label(answer.question, lang), "state": label(f"audit_{answer.state}", lang)}
    ground = answer.ground.words(lang)
    return label(
        "audit_answered" if ground else "audit_answered_bare", lang, **facts, **({"ground": ground} if ground else {})
    )


def tidy(audit: Audit) -> Table:
    """Return one row a causal link with every factor at its least and most, for further use."""
    columns = (
        "rank", "model", "link_from", "link_to", "score_low", "score_high", "stake_low", "stake_high",
        "uncertainty_low", "uncertainty_high", "evaluability_low", "evaluability_high", "dependence", "budget_jpy",
    )  # fmt: skip
    return Table(columns, tuple(_tidy_row(one) for one in audit.links))


def _tidy_row(one: Audited) -> tuple[object, ...]:
    factors = (
        limit for factor in (one.stake, one.uncertainty, one.evaluability) for limit in (factor.low, factor.high)
    )
    link = (one.model.model.id, one.edge.from_, one.edge.to)
    return one.rank, *link, one.low, one.high, *factors, one.dependence, one.budget


def headline(audit: Audit, lang: str | None = None) -> tuple[str, ...]:
    """Return the shares in words, one sentence each."""
    money = sum(
        not isinstance(one, Unavailable) for one in {id(link.model): link.budget for link in audit.links}.values()
    )
    counts = {"models": len(audit.models), "links": len(audit.links), "money": money}
    shares = {
        "share": percent(audit.share_without_evidence, lang),
        "bare": percent(audit.share_without_counterfactual, lang),
        "weighted": percent(audit.share_by_budget, lang),
    }
    refused = tuple(
        label("audit_refused", lang, model=model.model.title, codes=_codes(notices)) for model, notices in audit.refused
    )
    return (
        label("audit_counts", lang, **counts),
        label("audit_shares", lang, **shares, **counts),
        label("audit_money" if money else "audit_without_money", lang),
        *refused,
    )


def _codes(notices: object) -> str:
    return ", ".join(getattr(notices, "codes", ()))


def percent(share: Number, lang: str | None = None) -> str:
    """Return a share in percent, or why there is none."""
    if isinstance(share, Unavailable):
        return share.words(lang)
    return label("audit_percent", lang, share=f"{100 * share:.0f}")


def formulas(lang: str | None = None) -> tuple[str, ...]:
    """Return how the ranking is computed, one factor a line."""
    return tuple(
        label(f"audit_formula_{part}", lang) for part in ("score", "stake", "uncertainty", "evaluability", "missing")
    )


def _overview(audit: Audit, lang: str | None) -> Table:
    return coverage(audit, lang) if len(audit.models) <= FEW else bureaus(audit, lang)


def summary(audit: Audit, lang: str | None = None, *, top: int = 10) -> str:
    """Return shares, coverage, ranking and formulas as text; the reasons stand below the ranking."""
    with speaking(lang) as spoken:
        table = ranking(audit, spoken, top=top)
        short = Table(table.columns[:-1], tuple(row[:-1] for row in table.rows), table.caption)
        whys = (f"{one.rank}. {named(one, spoken)}\n   {reason(one, spoken)}" for one in audit.links[:top])
        blocks = (
            headline(audit, spoken),
            (_overview(audit, spoken).to_text(spoken),),
            (short.to_text(spoken),),
            tuple(whys),
            formulas(spoken),
        )
        return "\n\n".join("\n".join(block) for block in blocks if block)


def markdown(audit: Audit, lang: str | None = None) -> str:
    """Return the audit as Markdown."""
    return "\n\n".join(_markdown(audit, lang)) + "\n"


def _markdown(audit: Audit, lang: str | None) -> Iterator[str]:
    yield f"# {label('audit_title', lang)}"
    yield "\n".join(f"- {line}" for line in headline(audit, lang))
    for table in (ranking(audit, lang), evidence(audit, lang), coverage(audit, lang), bureaus(audit, lang)):
        yield f"## {table.caption}"
        yield table.to_markdown(lang)
    yield f"## {label('audit_formulas', lang)}"
    yield "\n".join(f"- {line}" for line in formulas(lang))


def body(audit: Audit, lang: str | None = None) -> str:
    """Return the audit as HTML without its frame."""
    with speaking(lang) as spoken:
        return "".join(_body(audit, spoken))


def _body(audit: Audit, lang: str | None) -> Iterator[str]:
    yield "".join(f"<p>{escape(line)}</p>" for line in headline(audit, lang))
    for table in (ranking(audit, lang, joint="\n"), evidence(audit, lang), coverage(audit, lang), bureaus(audit, lang)):
        name = escape(table.caption, quote=True)
        yield f'<h2>{name}</h2><div class="wide" role="region" tabindex="0" aria-label="{name}">{table.to_html(lang)}</div>'
    lines = "".join(f"<li>{escape(line)}</li>" for line in formulas(lang))
    yield f"<h2>{escape(label('audit_formulas', lang))}</h2><ul>{lines}</ul>"


def page(audit: Audit, lang: str | None = None) -> str:
    """Return the audit as one HTML page."""
    with speaking(lang) as spoken:
        title = escape(label("audit_title", spoken))
        head = (
            f'<!doctype html><html lang="{spoken}"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        )
        return f"{head}<body><main><h1>{title}</h1>{body(audit, spoken)}</main></body></html>\n"


def _range(low: float, high: float) -> str:
    return f"{low:.3f}" if low == high else f"{low:.3f}–{high:.3f}"


def _yen(money: Number) -> str:
    return words(money) if isinstance(money, Unavailable) else f"{money:,.0f}"
