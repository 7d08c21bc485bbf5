"""Laws of the economics of a link, for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.estimate import Estimate
from ebpm.logic import appraise
from ebpm.logic.economics.draws import quantile
from ebpm.logic.economics.parts import Uncertain
from ebpm.logic.economics.result import Drawn
from tests.logic.lamps import CASE, lamps

amounts = st.floats(0.5, 2.0)


def scaled(model, factor, *, money):
    """Return the model with every yen, or with the reach, multiplied."""
    if not money:
        case = model.appraisals[0]
        reach = case.reach.model_copy(update={"value": case.reach.value * factor})
        return model.model_copy(update={"appraisals": (case.model_copy(update={"reach": reach}),)})

    def times(amount):
        limits = {name: getattr(amount, name) * factor for name in ("value", "low", "high")}
        return amount.model_copy(update=limits)

    nodes = tuple(
        node.model_copy(
            update={"costs": tuple(map(times, node.costs)), "worth": times(node.worth) if node.worth else None}
        )
        for node in model.nodes
    )
    return model.model_copy(update={"nodes": nodes})


def values(model):
    found = appraise(model, CASE, draws=300).values
    return {name: value for name, value in found.items() if isinstance(value, Estimate)}


@settings(max_examples=25, deadline=None)
@given(factor=amounts)
def test_yen_scale_with_yen_and_ratios_do_not(factor):
    before, after = values(lamps()), values(scaled(lamps(), factor, money=True))
    for name in ("cost", "benefit", "net_benefit", "cost_per_outcome"):
        assert after[name].estimate == pytest.approx(factor * before[name].estimate, rel=1e-9)
        assert after[name].conf_high == pytest.approx(factor * before[name].conf_high, rel=1e-9)
    for name in ("outcomes", "benefit_cost_ratio"):
        assert after[name].conf_low == pytest.approx(before[name].conf_low, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(factor=amounts)
def test_outcomes_scale_with_the_reach(factor):
    before, after = values(lamps()), values(scaled(lamps(), factor, money=False))
    for name in ("outcomes", "benefit"):
        assert after[name].conf_low == pytest.approx(factor * before[name].conf_low, rel=1e-9)
    assert after["cost"] == before["cost"]


@settings(max_examples=50, deadline=None)
@given(
    middle=st.floats(0.1, 10),
    half=st.floats(0.01, 5),
    shape=st.sampled_from(["normal", "triangular"]),
    places=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=9),
)
def test_quantiles_rise_and_the_middle_is_the_value(middle, half, shape, places):
    amount = Uncertain(value=middle, low=middle - half, high=middle + half, shape=shape)
    found = quantile(amount, np.sort(places))
    assert (np.diff(found) >= 0).all()
    assert quantile(amount, np.array([0.5]))[0] == pytest.approx(middle, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(data=st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 5), st.floats(0.1, 5)), min_size=1, max_size=20))
def test_the_measures_agree_with_each_other(data):
    outcomes, costs, worth = np.array(data).T
    found = Drawn(outcomes, costs, outcomes * worth).measures()
    apart = ~np.isclose(found["benefit_cost_ratio"], 1)
    assert ((found["net_benefit"] > 0) == (found["benefit_cost_ratio"] > 1))[apart].all()
    assert np.isinf(found["cost_per_outcome"][outcomes <= 0]).all()
    gained = outcomes > 1e-9
    assert found["cost_per_outcome"][gained] * outcomes[gained] == pytest.approx(costs[gained])
