"""Verdicts against a margin, and grades that follow from design and checks."""

import math

import pytest

from ebpm import evidence
from ebpm.evidence import Verdict, combined, grade, verdict
from ebpm.notices import Notice, Notices
from ebpm.stats.inference import t_estimate


def interval(low, high):
    middle, half = (low + high) / 2, (high - low) / 2
    se = half / 1.959963984540054
    return t_estimate(middle, se, term="arm", n=100, estimand="itt", method="rct.lin")


@pytest.mark.parametrize(
    ("low", "high", "expected", "margin", "code"),
    [
        (0.1, 0.9, "up", 0.2, "supports"),
        (-0.9, -0.1, "down", 0.2, "supports"),
        (0.1, 0.9, "down", 0.2, "against"),
        (-0.9, -0.1, "up", 0.2, "against"),
        (-0.1, 0.15, "up", 0.2, "no_meaningful_effect"),
        (0.05, 0.15, "up", 0.2, "no_meaningful_effect"),
        (-0.1, 0.5, "up", 0.2, "inconclusive"),
        (0.05, 0.15, "up", 0.0, "supports"),
        (0.1, 0.9, "none", 0.2, "inconclusive"),
    ],
)
def test_the_interval_decides(low, high, expected, margin, code):
    assert verdict(interval(low, high), expected=expected, margin=margin).code == code


def test_no_interval_is_inconclusive():
    lone = t_estimate(0.5, math.nan, term="arm", n=2, estimand="itt", method="rct.lin")
    assert verdict(lone, expected="up").code == "inconclusive"


def test_an_interval_without_width_decides_nothing():
    constant = t_estimate(0.0, 0.0, term="arm", n=20, estimand="itt", method="rct.lin")
    assert verdict(constant, expected="up", margin=0.2).code == "inconclusive"


@pytest.mark.parametrize(
    ("codes", "design", "code"),
    [
        (("supports", "supports"), "rct", "supports"),
        (("supports", "inconclusive"), "rct", "mixed"),
        (("supports", "against"), "did", "mixed"),
        (("supports",), "survey", "no_effect_claim"),
        ((), "rct", "no_effect_claim"),
    ],
)
def test_primaries_are_combined(codes, design, code):
    assert combined([Verdict(one) for one in codes], design).code == code


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_inconclusive_never_says_no_effect_was_found(lang):
    sentence = Verdict("inconclusive", "down", 0.3).sentence(lang)
    assert "0.3" in sentence
    assert {"ja": "という意味ではありません", "en": "does not mean"}[lang] in sentence


def test_the_grade_is_the_ceiling_less_what_the_checks_cost():
    assert grade("cluster_rct", Notices()).level == 5
    assert grade("cluster_rct", Notices((Notice("P501"),))).level == 4
    assert grade("did", Notices((Notice("P501"),))).level == 2
    assert grade("survey", Notices()).level == 0


def test_the_grade_of_a_graded_design_never_falls_below_one():
    assert grade("its", Notices(tuple(Notice(one.code) for one in evidence.deductions()))).level == 1


def test_one_code_costs_once():
    assert grade("did", Notices((Notice("P501", "a"), Notice("P501", "b")))).level == 2


def test_every_row_of_the_rubric_has_words_and_a_source():
    for row in (*evidence.steps(), *evidence.deductions()):
        assert all(str(getattr(row, name)).strip() for name in row.__slots__)


def test_every_design_of_the_schema_has_a_row():
    from typing import get_args

    from ebpm.pilot.spec import Design

    assert {step.design for step in evidence.steps()} == set(get_args(Design))
