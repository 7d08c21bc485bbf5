"""Treatments that switch: moderndid 0.2.0 and diff-diff 3.13.0 are the witnesses, each where it follows the paper (case did30)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from tests.did.doses_and_switches import SWITCHES

FOLDER = Path(__file__).parent / "did30_switching_simulated"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
OPTIONS = {"plain": {}, "weights": {"weights": "w"}, "normalized": {}, "same_switchers": {"same_switchers": True}}
TERMS = ["0", "1", "2", "3", "-2", "-3"]


@pytest.fixture(scope="module")
def simulated():
    return pd.read_csv(FOLDER / "data.csv")


def ours(data, panel, **options):
    return did.switching(data[data.panel == panel], "y", **SWITCHES, effects=4, placebos=2, **options)


def assert_same(found, expected, terms, what):
    ours_, theirs = [getattr(found[term], what) for term in terms], {"estimate": "estimate", "std_error": "se"}[what]
    np.testing.assert_allclose(ours_, [expected[term][theirs] for term in terms], rtol=1e-8)


@pytest.mark.parametrize("name", OPTIONS)
def test_effects_placebos_and_their_errors_where_treatment_rises(simulated, name):
    expected = CASE[f"up|{name}"]
    result = ours(simulated, "up", **OPTIONS[name])
    found = result.aggregate("normalised" if name == "normalized" else "event")
    for what in ("estimate", "std_error"):
        assert_same(found, expected, TERMS, what)
    assert [one.switchers for one in result.effects] == [expected[term]["switchers"] for term in TERMS[:4]]


def test_effects_where_units_miss_periods(simulated):
    # moderndid takes errors of the placebos over other units than the placebos themselves; one it cannot give.
    found, expected = ours(simulated, "gaps", gaps="pairs"), CASE["gaps|plain"]
    assert_same(found.aggregate("event"), expected, TERMS, "estimate")
    assert_same(found.aggregate("event"), expected, TERMS[:4], "std_error")
    assert expected["-3"]["se"] is None
    assert [one.switchers for one in found.effects] == [expected[term]["switchers"] for term in TERMS[:4]]


def test_the_average_total_effect_of_the_same_switchers(simulated):
    head, expected = ours(simulated, "up", same_switchers=True).estimates.headline, CASE["up|same_switchers"]["total"]
    assert (head.estimate, head.std_error) == pytest.approx((expected["estimate"], expected["se"]), rel=1e-8)


def test_moderndid_takes_its_average_total_effect_over_differences_of_averages_of_different_switchers(simulated):
    # The paper divides by the sum of the changes of treatment; moderndid by differences of their averages, which are over other units.
    result, expected = ours(simulated, "up"), CASE["up|plain"]["total"]["estimate"]
    cumulated = np.array([one.cumulated for one in result.effects])
    weights = np.array([one.weight for one in result.effects])
    theirs = weights @ [one.value for one in result.effects] / (weights @ np.diff(cumulated, prepend=0.0))
    assert theirs == pytest.approx(expected, rel=1e-8)
    data = simulated[simulated.panel == "up"].pivot(index="unit", columns="time", values="d").to_numpy()
    changes = total = 0.0
    for one in result.effects:
        for path in data:
            start = next((place for place, dose in enumerate(path) if dose != path[0]), len(path))
            last = start + one.length - 1
            alike = [other for other in data if other[0] == path[0] and (other[: last + 1] == other[0]).all()]
            if last < len(path) and alike:
                changes += abs(path[last] - path[0])
        total += one.weight * one.value
    assert result.estimates.headline.estimate == pytest.approx(total / changes, rel=1e-10)
    assert abs(theirs / result.estimates.headline.estimate - 1) > 1e-3


@pytest.mark.parametrize("panel", ["up", "both"])
def test_effects_and_placebos_in_both_directions(simulated, panel):
    expected, found = CASE[f"{panel}|diff-diff"], ours(simulated, panel, crossing="keep")
    assert_same(found.aggregate("event"), expected, TERMS, "estimate")
    assert [one.switchers for one in found.effects] == [expected[term]["switchers"] for term in TERMS[:4]]


def test_diff_diff_has_smaller_errors_where_a_cohort_is_one_unit(simulated):
    # It takes residuals around the unit's own cohort without m / (m - 1); a cohort of one then adds nothing to the variance.
    found = ours(simulated, "both", crossing="keep").aggregate("event")["0"]
    assert found.std_error > 1.05 * CASE["both|diff-diff"]["0"]["se"]


def test_moderndid_does_not_turn_the_sign_of_those_whose_treatment_falls(simulated):
    expected = CASE["both|moderndid"]["0"]
    found = ours(simulated, "both", crossing="keep")
    sides = {
        side: ours(simulated, "both", crossing="keep", switchers=side).effects[0] for side in ("in", "out")
    }  # fmt: skip
    total = sides["in"].weight + sides["out"].weight
    mixed = (sides["in"].weight * sides["in"].value - sides["out"].weight * sides["out"].value) / total
    turned = (sides["in"].weight * sides["in"].value + sides["out"].weight * sides["out"].value) / total
    assert mixed == pytest.approx(expected["estimate"], rel=1e-8)
    assert found.aggregate("event")["0"].estimate == pytest.approx(turned, rel=1e-10)
