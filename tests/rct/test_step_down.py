"""Families of outcomes: limits of the adjusted p values, order, dependence, level; bad input."""

import numpy as np
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.stats.multiple import holm, step_down_max_t, step_down_min_p
from tests.rct.test_difference import trial

OUTCOMES = ("kwh", "gas", "score")


def family(clusters=14):
    rng = np.random.default_rng(2)
    data = trial(clusters=clusters)
    return data.assign(gas=rng.normal(size=len(data)) + data.arm, score=data.kwh + rng.normal(size=len(data)))


def adjusted(data, outcomes=OUTCOMES, **what):
    found = rct.step_down(data, outcomes[0], also=outcomes[1:], treatment="arm", **{"draws": 1999, **what})
    return {one.term: one.p_value for one in found}


@pytest.mark.parametrize("redrawn", ["assignment", "bootstrap"])
@pytest.mark.parametrize("steps", ["max_t", "min_p"])
@pytest.mark.parametrize("design", [{}, {"cluster": "school"}, {"cluster": "school", "strata": "level"}])
def test_adjusted_p_values_lie_between_those_of_one_test_and_holms(redrawn, steps, design):
    data = family().assign(level=lambda d: d.school // 7)
    found = adjusted(data, redrawn=redrawn, steps=steps, **design)
    alone = [adjusted(data, (name,), redrawn=redrawn, steps=steps, **design)[name] for name in OUTCOMES]
    slack = 0.02
    assert all(found[name] >= p - 1e-9 for name, p in zip(OUTCOMES, alone, strict=True))
    assert all(found[name] <= p + slack for name, p in zip(OUTCOMES, holm(alone), strict=True))


def test_the_order_of_the_outcomes_does_not_matter():
    data = family()
    one = adjusted(data, cluster="school")
    other = adjusted(data, OUTCOMES[::-1], cluster="school")
    assert one == pytest.approx(other, abs=1e-12)


def test_copies_of_an_outcome_cost_nothing():
    data = family().assign(copy=lambda d: 3 * d.kwh + 1)
    two = adjusted(data, ("kwh", "copy"), cluster="school")
    alone = adjusted(data, ("kwh",), cluster="school")
    assert two["kwh"] == pytest.approx(alone["kwh"], abs=1e-12)


def test_a_family_of_one_is_the_randomisation_test():
    data = family()
    one = adjusted(data, ("kwh",), cluster="school")["kwh"]
    alone = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school", draws=1999).headline
    assert one == pytest.approx(alone.estimate.p_value, abs=1e-12)


@pytest.mark.parametrize("steps", [step_down_max_t, step_down_min_p])
def test_the_chance_of_any_false_finding_is_held(steps):
    rng = np.random.default_rng(7)
    shared = rng.normal(size=(400, 1))
    statistics = 0.7 * shared + 0.7 * rng.normal(size=(400, 5))
    null = 0.7 * rng.normal(size=(999, 1)) + 0.7 * rng.normal(size=(999, 5))
    false = np.mean([(steps(one, null, complete=False) <= 0.05).any() for one in statistics])
    assert false == pytest.approx(0.05, abs=0.035)


def test_estimates_are_those_of_difference_in_means():
    data = family()
    found = rct.step_down(data, "gas", also=["kwh"], treatment="arm", cluster="school")
    alone = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school").headline
    assert found.headline.term == "gas"
    assert (found["kwh"].estimate, found["kwh"].conf_low) == (alone.estimate, alone.conf_low)
    assert "Westfall" in found.summary("en")
    assert "段階法" in found.summary("ja")


def test_bad_input():
    data = family()
    with pytest.raises(DataError, match="kwh"):
        rct.step_down(data, "kwh", also=["gas", "kwh"], treatment="arm")
    with pytest.raises(DataError, match="max_t, min_p"):
        rct.step_down(data, "kwh", also=["gas"], treatment="arm", steps="max_p")
    with pytest.raises(DataError, match="assignment, bootstrap"):
        rct.step_down(data, "kwh", also=["gas"], treatment="arm", redrawn="rows")
    with pytest.raises(DesignError, match="two arms only"):
        rct.step_down(data.assign(arm=data.index % 3), "kwh", also=["gas"], treatment="arm")
    pairs = data.assign(pair=lambda d: d.school // 2)
    paired = {"treatment": "arm", "cluster": "school", "strata": "pair"}
    with pytest.raises(DesignError, match="Pairs"):
        rct.step_down(pairs, "kwh", also=["gas"], redrawn="bootstrap", **paired)
