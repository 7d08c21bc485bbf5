"""What the look at a design, the decomposition and the basic regressions must not depend on, for any panel."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.panels import NEVER, panel

seeds, amounts = st.integers(0, 10_000), st.floats(-100, 100)
COLUMNS = {"unit": "unit", "time": "time", "first_treated": "first"}
SIZES = st.fixed_dictionaries({NEVER: st.integers(0, 14), 3: st.integers(1, 9), 5: st.integers(1, 9)})
SOME = settings(max_examples=12, deadline=None, derandomize=True)


def drawn(sizes, seed):
    return panel({cohort: count for cohort, count in sizes.items() if count}, seed=seed)


def shuffled(data, seed):
    """Return the rows in another order, with units named by words."""
    mixed = data.sample(frac=1.0, random_state=seed)
    return mixed.assign(unit=mixed.unit.map(lambda one: f"town {(7 * one + 3) % 1009:04d}"))


def facts(notices):
    return [
        (one.code, {name: value for name, value in one.facts.items() if not isinstance(value, str)}) for one in notices
    ]


def assert_alike(left, right):
    assert [code for code, _ in left] == [code for code, _ in right]
    for (_, one), (_, other) in zip(left, right, strict=True):
        assert one == pytest.approx(other, rel=1e-7, abs=1e-9)


@SOME
@given(SIZES, seeds)
def test_a_look_at_the_design_does_not_depend_on_order_names_or_dates(sizes, seed):
    data = drawn(sizes, seed)
    found = facts(did.check_design(data, "y", **COLUMNS, covariates=["x"]))
    assert_alike(found, facts(did.check_design(shuffled(data, seed), "y", **COLUMNS, covariates=["x"])))
    later = data.assign(time=data.time + 2000, first=np.where(data["first"] > 0, data["first"] + 2000, data["first"]))
    assert [code for code, _ in found] == list(did.check_design(later, "y", **COLUMNS, covariates=["x"]).codes)


@SOME
@given(SIZES, seeds, amounts, st.floats(0.01, 100))
def test_nor_on_the_unit_and_origin_of_an_outcome_that_is_no_count(sizes, seed, amount, factor):
    data = drawn(sizes, seed).assign(y=lambda rows: rows.y + np.linspace(0.1, 0.7, len(rows)))
    moved = data.assign(y=amount - 1e3 + factor * data.y)
    assert_alike(*(facts(did.check_design(one, "y", **COLUMNS, cluster="unit")) for one in (data, moved)))


@SOME
@given(SIZES, seeds)
def test_adoption_counts_every_row_once_whatever_its_order(sizes, seed):
    data = drawn(sizes, seed)
    one, other = did.adoption(data, **COLUMNS), did.adoption(shuffled(data, seed), **COLUMNS)
    assert (
        np.bincount(one.states.ravel(), minlength=4).tolist() == np.bincount(other.states.ravel(), minlength=4).tolist()
    )
    assert one.states.size == data.unit.nunique() * data.time.nunique()


@SOME
@given(SIZES, seeds, amounts, st.floats(0.01, 100))
def test_bacon_weights_are_of_the_design_and_sum_to_one(sizes, seed, amount, factor):
    data = drawn(sizes, seed)
    moved = shuffled(data.assign(y=amount * data.unit + data.time + factor * data.y), seed)
    one, other = did.bacon(data, "y", **COLUMNS), did.bacon(moved, "y", **COLUMNS)
    weights = [part.weight for part in one.comparisons]
    assert sum(weights) == pytest.approx(1.0)
    assert weights == pytest.approx([part.weight for part in other.comparisons])
    left, right = one.estimates.headline.estimate, other.estimates.headline.estimate
    assert right == pytest.approx(factor * left, rel=1e-6, abs=1e-6)


@SOME
@given(SIZES, seeds)
def test_the_decomposition_adds_up_to_the_regression(sizes, seed):
    data = drawn(sizes, seed).assign(d=lambda rows: ((rows["first"] > 0) & (rows.time >= rows["first"])).astype(float))
    whole = did.twfe(data, "y", unit="unit", time="time", treatment="d").headline.estimate
    assert did.bacon(data, "y", **COLUMNS).estimates.headline.estimate == pytest.approx(whole, rel=1e-8, abs=1e-10)


@SOME
@given(seeds, st.integers(2, 12), st.integers(2, 12), st.sampled_from(["HC2", "HC3", "CR2", "CR1"]))
def test_two_by_two_of_a_panel_of_two_periods_is_twfe(seed, treated, others, errors):
    data = panel({NEVER: others, 2: treated}, seed=seed)
    data = data[data.time <= 2].assign(
        post=lambda rows: (rows.time == 2) * 1.0, group=lambda rows: (rows["first"] == 2) * 1.0
    )
    clusters = {"cluster": "unit"} if errors.startswith("CR") else {}
    short = did.two_by_two(data, "y", treated="group", post="post", errors=errors, **clusters).headline
    long = did.twfe(
        data.assign(d=data.group * data.post), "y", unit="unit", time="time", treatment="d", errors="CR1"
    ).headline
    assert short.estimate == pytest.approx(long.estimate, rel=1e-9, abs=1e-12)
    mixed = did.two_by_two(shuffled(data, seed), "y", treated="group", post="post", errors=errors, **clusters).headline
    assert (mixed.estimate, mixed.std_error) == pytest.approx((short.estimate, short.std_error), rel=1e-8)


@SOME
@given(SIZES, seeds)
def test_advice_depends_on_the_design_alone(sizes, seed):
    data = drawn(sizes, seed)
    one, other = (did.advise(rows, "y", **COLUMNS) for rows in (data, shuffled(data, seed)))
    assert [(item.part, item.routine, item.reason) for item in one.items] == [
        (item.part, item.routine, item.reason) for item in other.items
    ]


def test_the_given_table_stays_as_it_was():
    data = drawn({NEVER: 5, 3: 4, 5: 4}, 1)
    before = data.copy()
    did.check_design(data, "y", **COLUMNS, covariates=["x"])
    did.adoption(data, **COLUMNS)
    did.advise(data, "y", **COLUMNS)
    did.bacon(data, "y", **COLUMNS)
    pd.testing.assert_frame_equal(data, before)
