"""Each rule fires on one model and not on another."""

from __future__ import annotations

from datetime import date

import pytest

from ebpm.logic import LogicModel, lint
from ebpm.logic.graph import cycles, reachable
from ebpm.logic.rules import RULES
from ebpm.texts import entry

CLEAN = """\
schema: 1
model:
  id: clean
  title: {ja: 題, en: title}
  owner: {bureau: 局}
  level: project
  fiscal_year: 2019
  problem: 課題
  goal: 目標
  target_population: 市民
nodes:
  - {id: i, stage: input, text: 予算}
  - {id: a, stage: activity, text: 講座}
  - {id: o, stage: output, text: 受講者}
  - {id: s, stage: outcome, horizon: short, text: 知識}
  - {id: m, stage: outcome, horizon: mid, text: 行動, unmeasured: 記録がない}
  - {id: w, stage: impact, text: まち}
edges:
  - {from: i, to: a}
  - {from: a, to: o}
  - {from: o, to: s}
  - {from: s, to: m}
  - {from: m, to: w, rationale: 理由}
indicators:
  - {id: n, node: s, name: 正答率, kind: outcome, unit: "%", direction: up, source: 調査, owner: 局, frequency: 年, no_baseline: 初回, no_target: 未定}
"""

FIRES = {
    "LM001": [
        ("{from: i, to: a}", "{from: j, to: a}", "i -> a|j -> a"),
        ("{id: o, stage: output", "{id: a, stage: output", "a|a -> o|o -> s"),
        ("{from: i, to: a}", "{from: i, to: i}", "i -> i"),
        ("node: s", "node: sss", "n"),
    ],
    "LM002": [
        ("- {from: m, to: w, rationale: 理由}", "- {from: m, to: s}\n  - {from: m, to: w, rationale: 理由}", "s")
    ],
    "LM003": [("edges:", "  - {id: x, stage: input, text: 孤立}\nedges:", "x")],
    "LM004": [
        ("edges:", "  - {id: b, stage: activity, text: 別の講座}\nedges:\n  - {from: b, to: o2}", "b"),
        ("  - {from: o, to: s}\n", "", "a"),
    ],
    "LM005": [("  - {from: o, to: s}\n", "", "m|s|w")],
    "LM006": [
        ("- {from: o, to: s}", "- {from: o, to: s}\n  - {from: o, to: m}", "o -> m"),
        (", rationale: 理由", "", "m -> w"),
    ],
    "LM007": [("- {from: o, to: s}", "- {from: o, to: s}\n  - {from: s, to: i}", "s -> i")],
    "LM010": [(", unmeasured: 記録がない", "", "m")],
    "LM012": [(' unit: "%",', "", "n"), (" direction: up,", "", "n")],
    "LM013": [(" source: 調査,", "", "n"), (" owner: 局,", "", "n"), (" frequency: 年,", "", "n")],
    "LM014": [(", no_baseline: 初回", "", "n"), ("no_baseline: 初回", "baseline: {value: －}", "n")],
    "LM015": [(", no_target: 未定", "", "n")],
}
CASES = [(code, *case) for code, cases in FIRES.items() for case in cases]


def damaged(old: str, new: str) -> LogicModel:
    assert old in CLEAN
    text = CLEAN.replace(old, new)
    if "to: o2" in new:
        text = text.replace("edges:", "  - {id: o2, stage: output, text: 別}\nedges:")
    return LogicModel.loads(text)


def codes(model: LogicModel, on: date | None = None) -> tuple[str, ...]:
    """Return the codes of this file that fire, and LM039; the short model leaves out what other rules ask for."""
    return tuple(code for code in lint(model, on=on).codes if code in {*FIRES, "LM039"})


def test_a_clean_model_has_no_notices():
    assert codes(LogicModel.loads(CLEAN)) == ()


@pytest.mark.parametrize(("code", "old", "new", "about"), CASES)
def test_a_rule_fires(code: str, old: str, new: str, about: str):
    found = [notice for notice in lint(damaged(old, new)) if notice.code == code]
    assert {notice.about for notice in found} <= set(about.split("|"))
    assert found


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(("code", "old", "new", "about"), CASES)
def test_its_message_can_be_read(lang: str, code: str, old: str, new: str, about: str):
    for notice in lint(damaged(old, new)):
        text = notice.to_text(lang)
        assert "{" not in text
        assert "Phrase" not in text
        assert notice.source
        assert notice.why(lang)


def test_every_rule_has_words():
    for code in (rule.code for rule in RULES):
        for part in ("title", "message", "why", "remedy"):
            assert entry("notice", code)[part]["ja"]
            assert entry("notice", code)[part]["en"]


def test_broken_ids_silence_the_rules_that_need_them():
    assert codes(damaged("{from: i, to: a}", "{from: j, to: a}")) == ("LM001",)


def test_feedback_may_go_back():
    model = damaged("- {from: o, to: s}", "- {from: o, to: s}\n  - {from: m, to: a, feedback: true}")
    assert codes(model) == ()


@pytest.mark.parametrize(
    ("entry", "on", "expected"),
    [
        ("{code: LM015, reason: 協議中}", date(2030, 1, 1), ()),
        ("{code: LM015, reason: 協議中, until: 2020-03}", date(2020, 3, 31), ()),
        ("{code: LM015, reason: 協議中, until: 2020-03}", date(2020, 4, 1), ("LM015", "LM039")),
        ("{code: LM015, about: n, reason: 協議中}", None, ()),
        ("{code: LM015, about: x, reason: 協議中}", None, ("LM015",)),
        ("{code: LM014, reason: 協議中}", None, ("LM015",)),
    ],
)
def test_a_notice_is_set_aside_with_a_reason_until_a_date(entry, on, expected):
    model = LogicModel.loads(CLEAN.replace(", no_target: 未定", "") + f"lint_ignore:\n  - {entry}\n")
    assert codes(model, on) == expected


def test_paths():
    arcs = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "d")]
    assert reachable(arcs, "a") == {"b", "c"}
    assert list(cycles(arcs)) == [("b", "c", "b"), ("d", "d")]
