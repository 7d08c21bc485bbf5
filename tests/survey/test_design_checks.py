"""Guard rails S109 to S120: each fires where it should and keeps silent where it should."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.survey.design.checks import (
    Effect,
    Share,
    empty_cells,
    few_units_of_domain,
    large_effects,
    left_out,
    list_design_effect,
    list_extremes,
    open_quantiles,
    strange_factors,
    unequal_units,
    unlikely_answers,
    unreliable_shares,
    unresolved_cases,
)
from ebpm.texts import entry

CASES = {
    "S110": (lambda: large_effects([Effect("y", 3.5, 100)]), lambda: large_effects([Effect("y", 2.5, 100)])),
    "S111": (lambda: empty_cells(["a × old"], 0.02), lambda: empty_cells([], 0.0)),
    "S112": (lambda: strange_factors(np.array([-0.2, 1.0])), lambda: strange_factors(np.array([0.3, 3.0]))),
    "S113": (lambda: few_units_of_domain(20, {"a": 4}), lambda: few_units_of_domain(20, {"a": 9})),
    "S114": (
        lambda: list_design_effect(0.01, 0.05, "(0, 1)", -0.1),
        lambda: list_design_effect(0.2, 0.05, "(0, 1)", -0.01),
    ),
    "S115": (lambda: list_extremes(0.3, 0.0), lambda: list_extremes(0.1, 0.1)),
    "S116": (lambda: unresolved_cases(0.3, 0.6, 0.4), lambda: unresolved_cases(0.5, 0.55, 0.1)),
    "S117": (
        lambda: unreliable_shares([Share("a", 0.5, 20, 0.2)]),
        lambda: unreliable_shares([Share("a", 0.5, 200, 0.14), Share("rare", 0.01, 900, 0.03)]),
    ),
    "S118": (lambda: open_quantiles(["0.01"]), lambda: open_quantiles([])),
    "S119": (lambda: unlikely_answers(np.array([0.05, 0.5])), lambda: unlikely_answers(np.array([0.15, 0.5]))),
    "S122": (
        lambda: unequal_units(np.array([9.0, 1, 1, 1, 1, 1]), np.zeros(6, dtype=int), 5),
        lambda: unequal_units(np.array([2.0, 1, 2, 1, 2, 2]), np.zeros(6, dtype=int), 5),
    ),
    "S120": (lambda: left_out("y", 3, 10), lambda: left_out("y", 0, 10)),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_it_fires_where_it_should_and_not_where_it_should_not(code):
    fires, silent = CASES[code]
    assert fires().codes == (code,)
    assert len(silent()) == 0
    for lang in ("ja", "en"):
        assert "{" not in fires().to_text(lang)
    assert entry("notice", code)["source"]


@pytest.mark.parametrize(
    ("share", "answers", "width", "shown"),
    [
        (0.5, 29, 0.1, False),
        (0.5, 31, 0.1, True),
        (0.5, 31, 0.3, False),
        (0.02, 99, 0.04, True),
        (0.03, 99, 0.06, False),
    ],
)
def test_the_standard_for_shares(share, answers, width, shown):
    assert (len(unreliable_shares([Share("x", share, answers, width)])) == 0) is shown


def test_a_lonely_unit_that_counts_by_a_rule_is_said():
    data = pd.DataFrame({"y": [1.0, 3, 2, 6, 9], "ward": list("aabbc")})
    found = survey.mean(data, "y", strata="ward", lonely="adjust").notices
    assert "S109" in found
    assert "c" in found.to_text("en")
    assert "S109" not in survey.mean(data[:4], "y", strata="ward", lonely="adjust").notices


def test_few_units_of_a_domain_are_said_apart_from_few_units():
    data = pd.DataFrame({"y": np.arange(80.0), "lot": np.repeat(np.arange(20), 4)})
    data["ward"] = np.where(data["lot"] < 4, "small", "large")
    found = survey.mean(data, "y", cluster="lot", by="ward").notices
    assert [one.about for one in found if one.code == "S113"] == ["small"]
    assert "S105" not in found
    few = survey.mean(data[data["lot"] < 5], "y", cluster="lot").notices
    assert "S105" in few
    assert "S113" not in few


def test_an_unreliable_share_is_said_by_the_interval_that_shows_it():
    data = pd.DataFrame({"insured": ["yes"] * 12 + ["no"] * 8})
    assert "S117" in survey.proportion(data, "insured", interval="korn_graubard").notices
    many = pd.DataFrame({"insured": ["yes"] * 240 + ["no"] * 160})
    assert "S117" not in survey.proportion(many, "insured", interval="korn_graubard").notices
