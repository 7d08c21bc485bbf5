"""What must not change what threatens a trial: row order, labels, units of measurement; and what must change it in a known way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import rct

seeds = st.integers(0, 10_000)
quick = settings(max_examples=10, deadline=None)
CLUSTERS = {"cluster": "school", "strata": "ward"}


def trial(seed, lost=0.25):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(16), rng.integers(8, 16, 16))
    n = len(school)
    data = pd.DataFrame({
        "y": rng.normal(5, 1, n), "before": rng.normal(size=n), "arm": school % 2, "school": school, "ward": school // 8,
        "girl": rng.integers(0, 2, n), "block": school // 4, "uneven": np.isin(school, [0, 1, 2, 5, 8, 9, 11, 14]).astype(int),
    })  # fmt: skip
    return data.assign(y=data.y.where(rng.random(n) >= lost))


def bounds(found):
    one = found.headline
    return [one.low, one.high, one.std_error_low, one.std_error_high]


def numbers(estimates):
    return [[one.estimate, one.std_error, one.df] for one in estimates]


ROUTINES = {
    "balance": lambda d: [[one.statistic, *one.within] for one in rct.balance_table(d, ["before", "girl"], treatment="arm", **CLUSTERS).arms],
    "attrition": lambda d: [
        [*one.missing, one.difference.std_error, one.related.statistic]
        for one in rct.attrition_table(d, "y", treatment="arm", covariates=["before"], **CLUSTERS).arms
    ],
    "nonresponse": lambda d: numbers(rct.nonresponse_weighted(d, "y", treatment="arm", covariates=["before"], **CLUSTERS)),
    "subgroups": lambda d: numbers(rct.subgroups(d.dropna(), "y", treatment="arm", by="girl", cluster="school").estimates),
    "worst_case": lambda d: bounds(rct.worst_case(d, "y", treatment="arm", low=-5, high=15, **CLUSTERS)),
    "lee": lambda d: bounds(rct.lee_bounds(d, "y", treatment="arm", cells="girl", cluster="school")),
    "spillover": lambda d: numbers(
        rct.spillover(d.dropna(), "y", treatment="uneven", group="block", cluster="school", draws=200).estimates
    ),
}  # fmt: skip
every = pytest.mark.parametrize("routine", ROUTINES)


@every
@given(seed=seeds)
@quick
def test_row_order_and_unused_columns(routine, seed):
    data = trial(seed)
    mixed = data.sample(frac=1, random_state=seed).assign(unused=seed)
    np.testing.assert_allclose(ROUTINES[routine](mixed), ROUTINES[routine](data), rtol=1e-7, atol=1e-9)


@every
@given(seed=seeds)
@quick
def test_the_callers_data_are_not_changed(routine, seed):
    data = trial(seed)
    before = data.copy()
    ROUTINES[routine](data)
    pd.testing.assert_frame_equal(data, before)


@every
@given(seed=seeds)
@quick
def test_names_of_clusters_and_strata(routine, seed):
    data = trial(seed)
    named = data.assign(school="s" + (100 + data.school).astype(str), ward=data.ward.map({0: "east", 1: "west"}))
    np.testing.assert_allclose(ROUTINES[routine](named), ROUTINES[routine](data), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("routine", ["nonresponse", "subgroups", "spillover", "lee"])
@given(seed=seeds, shift=st.floats(-100, 100), scale=st.floats(0.1, 50))
@quick
def test_units_of_measurement(routine, seed, shift, scale):
    data = trial(seed)
    ours, moved = np.array(ROUTINES[routine](data)), np.array(ROUTINES[routine](data.assign(y=shift + scale * data.y)))
    factor = np.array([scale] * 4) if routine == "lee" else np.array([scale, scale, 1.0])
    np.testing.assert_allclose(moved, ours * factor, rtol=1e-6, atol=1e-7 * scale)


@given(seed=seeds)
@quick
def test_exchanging_arms_turns_signs(seed):
    data = trial(seed)
    other = data.assign(arm=1 - data.arm)
    for routine in ("nonresponse", "subgroups"):
        ours, theirs = np.array(ROUTINES[routine](data)), np.array(ROUTINES[routine](other))
        np.testing.assert_allclose(theirs, ours * [-1, 1, 1], rtol=1e-7, atol=1e-9)
    low, high, *_ = ROUTINES["worst_case"](data)
    np.testing.assert_allclose(ROUTINES["worst_case"](other)[:2], [-high, -low], rtol=1e-9)


@given(seed=seeds, lost=st.floats(0.05, 0.5))
@quick
def test_the_flow_adds_up_whatever_is_missing(seed, lost):
    found = rct.flow(trial(seed, lost), "y", treatment="arm", cluster="school")
    assert sum(arm.lost.persons + arm.analysed.persons for arm in found.arms) == found.assessed.persons
    assert sum(arm.allocated.clusters for arm in found.arms) == 16


@given(seed=seeds)
@quick
def test_cells_never_widen_lees_bounds_by_much(seed):
    data = trial(seed)
    whole = rct.lee_bounds(data, "y", treatment="arm").headline
    split = rct.lee_bounds(data, "y", treatment="arm", cells="girl").headline
    assert split.low <= split.high
    assert whole.low <= whole.high
