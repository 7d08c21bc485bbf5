"""Two versions of a model: each kind of difference is found, and nothing that is the same is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebpm.logic import LogicModel, compare
from tests.logic.test_model import PILOTS, pilot
from tests.logic.test_rules import CLEAN

EVIDENCE = """\
evidence:
  - {id: e1, citation: 研究, design: 前後比較, verdict: no_effect_claim, scale: {name: SMS, level: 2}, applicability: 近い}
  - {id: e2, citation: 試験, design: 無作為化, verdict: supports, scale: {name: SMS, level: 5}, applicability: 近い}
  - {id: e3, citation: 総説, design: 総説, verdict: supports, scale: {name: GRADE, level: high}, applicability: 近い}
"""
OLD = CLEAN.replace("{from: o, to: s}", "{from: o, to: s, evidence: [e1, e3]}") + EVIDENCE


def differences(*changes, start=OLD):
    text = start
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return compare(LogicModel.loads(start), LogicModel.loads(text))


def shapes(comparison):
    return [(one.place, one.kind, one.about, one.field) for one in comparison.differences]


@pytest.mark.parametrize("name", PILOTS)
def test_a_model_does_not_differ_from_itself(name):
    comparison = compare(pilot(name), pilot(name))
    assert not comparison
    assert comparison.summary("ja") == "二つの版は同じです。"
    assert comparison.table("ja").rows == ()


@pytest.mark.parametrize(
    ("change", "shape"),
    [
        (("text: 講座", "text: 研修"), ("node", "changed", "a", "text")),
        (("problem: 課題", "problem: 別の課題"), ("about", "changed", "clean", "problem")),
        (("edges:", "  - {id: x, stage: input, text: 人}\nedges:"), ("node", "added", "x", "")),
        (("{from: i, to: a}", "{from: i, to: a, key: true}"), ("link", "changed", "i -> a", "key")),
        (("  - {from: s, to: m}\n", ""), ("link", "removed", "s -> m", "")),
        (("{from: s, to: m}", "{from: s, to: w}"), ("link", "moved", "s -> w", "")),
        (("no_target: 未定", 'targets: [{value: 80, date: "2024"}]'), ("indicator", "changed", "n", "target")),
        (("no_baseline: 初回", "baseline: {value: 55, date: 2019-04}"), ("indicator", "changed", "n", "baseline")),
        (("name: 正答率", "name: 正解率"), ("indicator", "changed", "n", "name")),
        (("citation: 試験", "citation: 別の試験"), ("evidence", "changed", "e2", "citation")),
    ],
)
def test_each_kind_of_difference_is_found(change, shape):
    comparison = differences(change)
    assert shape in shapes(comparison)
    assert comparison.summary("en").startswith(f"{len(comparison.differences)} differences\n")
    assert len(comparison.table("ja").rows) == len(comparison.differences)


def test_evidence_is_stronger_within_its_scale_and_weaker_the_other_way_round():
    change = ("evidence: [e1, e3]", "evidence: [e1, e2, e3]")
    stronger = differences(change)
    assert shapes(stronger) == [
        ("link", "strengthened", "o -> s", "evidence"),
        ("link", "changed", "o -> s", "evidence"),
    ]
    assert (stronger.differences[0].old, stronger.differences[0].new) == ("SMS 2", "SMS 5")
    weaker = compare(stronger.new, stronger.old)
    assert weaker.of("link", "weakened")[0].new == "SMS 2"


def test_levels_of_different_scales_are_never_compared():
    swapped = differences(("evidence: [e1, e3]", "evidence: [e3]"))
    assert {one.kind for one in swapped.differences} == {"changed"}


def test_values_are_said_in_the_language_asked_for():
    comparison = differences(("no_target: 未定", 'targets: [{value: 80, date: "2024"}]'), ("text: 講座", "text: 研修"))
    row = next(row for row in comparison.table("ja").cells("ja") if row[3] == "target")
    assert row == ("指標", "変わった", "n", "target", "なし", "80(2024)")
    assert "node a: text changed 講座 → 研修" in comparison.summary("en")


def test_the_picture_shows_both_versions_with_their_signs():
    comparison = differences(
        ("edges:", "  - {id: x, stage: input, text: 人}\nedges:\n  - {from: x, to: a}"), ("  - {from: s, to: m}\n", ""),
        ("text: 講座", "text: 研修"),
    )  # fmt: skip
    marks = comparison.marks()
    assert dict(marks.nodes) == {"x": "added", "a": "changed"}
    assert dict(marks.edges) == {"x -> a": "added", "s -> m": "removed"}
    said = [text.get_text() for text in comparison.draw(lang="ja").texts]
    assert {"加わった", "なくなった", "変わった", "★", "△"} <= set(said)
    assert said.count("×") == 2  # on the link and in the legend


def test_the_picture_is_the_same_again(tmp_path):
    comparison = differences(("text: 講座", "text: 研修"))
    files = [comparison.save_drawing(tmp_path / name, lang="en")[0].read_bytes() for name in ("a.svg", "b.svg")]
    assert files[0] == files[1]


@given(st.sets(st.sampled_from(["i -> a", "a -> o", "o -> s", "s -> m", "m -> w"])))
def test_what_one_way_adds_the_other_way_removes(dropped):
    model = LogicModel.loads(OLD)
    fewer = model.model_copy(update={"edges": tuple(edge for edge in model.edges if edge.name not in dropped)})
    assert {one.about for one in compare(model, fewer).of("link", "removed")} == dropped
    assert {one.about for one in compare(fewer, model).of("link", "added")} == dropped


def test_no_sign_of_a_change_is_that_of_a_verdict():
    from ebpm.logic.drawing.marks import MARKS
    from ebpm.logic.drawing.sheet import STROKES

    assert not {mark.sign for mark in MARKS.values()} & {stroke.sign for stroke in STROKES.values()}
    assert not {mark.colour for mark in MARKS.values() if mark.sign == "★"} & {one.colour for one in STROKES.values()}
