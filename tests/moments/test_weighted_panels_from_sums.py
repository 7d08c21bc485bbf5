"""Weights that are constant within units: the estimators of panels give from sums what they give from the table in memory."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.paths.weighted_units import two_weights, weighted_units
from tests.moments.test_panels_from_sums import ESTIMATORS, NAMED, answer, assert_same, homes

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
WEIGHTED = [name for name in ESTIMATORS if name not in ("extended_twfe", "att_gt", "never_treated")]
DRAWS = {
    "whole": lambda rng, size: rng.integers(1, 400, size),
    "decimal": lambda rng, size: rng.integers(1, 40, size) / 8,
    "continuous": lambda rng, size: rng.lognormal(0.0, 1.5, size),
    "alike": lambda rng, size: np.full(size, 2.5),
}  # fmt: skip
REQUEST = PathRequest(outcome="kwh", **NAMED, weights="people")


def people(kind: str, seed: int = 4, **more) -> pd.DataFrame:
    """Return homes with the weight of each."""
    data = homes(seed, **more)
    own = DRAWS[kind](np.random.default_rng(seed), 100)
    return data.assign(people=own[data["home"].str[1:].astype(int)])


@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("gaps", [0.0, 0.08])
@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_estimators_with_weights_from_sums(name, kind, gaps, cluster):
    data = people(kind, gaps=gaps)
    pair = data, moments.scan(pl.from_pandas(data).lazy(), memory=100_000)
    assert_same(*(answer(ESTIMATORS[name], one, weights="people", cluster=cluster) for one in pair))


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10**6), name=st.sampled_from(WEIGHTED), kind=st.sampled_from(sorted(DRAWS)), units=st.integers(8, 30),
    gaps=st.sampled_from([0.0, 0.2]), errors=st.sampled_from(["asymptotic", "satterthwaite"]),
)  # fmt: skip
def test_few_units_and_heavy_ones(seed, name, kind, units, gaps, errors):
    data = people(kind, seed, units=units, gaps=gaps)
    again = pl.from_pandas(data.sample(frac=1, random_state=seed + 1)).lazy()
    assert_same(*(answer(ESTIMATORS[name], one, weights="people", errors=errors) for one in (data, again)), exact=1e-8)


@pytest.mark.parametrize("name", ["sun_abraham", "imputation", "stacked"])
def test_sums_of_two_offices_with_weights(name):
    data = people("decimal")
    first = data["home"] < "家030"
    both = scan_paths(moments.scan(data[first]), REQUEST) + scan_paths(moments.scan(data[~first]), REQUEST)
    assert_same(*(answer(ESTIMATORS[name], one, weights="people") for one in (data, both)))
    assert_same(*(answer(ESTIMATORS[name], one) for one in (data, both)))
    plain = scan_paths(moments.scan(data), PathRequest(outcome="kwh", **NAMED))
    with pytest.raises(DesignError, match="weights"):
        ESTIMATORS[name](plain, "kwh", **NAMED, weights="people")


def test_weights_that_change_within_a_unit_need_the_records():
    data = people("whole")
    data["people"] += data["year"] - 2010
    lazy = pl.from_pandas(data).lazy()
    assert_same(*(answer(did.sun_abraham, one, weights="people") for one in (data, lazy)))
    large = moments.scan(lazy, memory=1000)
    for routine in (did.sun_abraham, did.imputation):
        with pytest.raises(DesignError, match="weights=people") as refused:
            routine(large, "kwh", **NAMED, weights="people")
        assert refused.value.code == "scan_needs_records"
    for name in ("stacked", "local_projection"):
        for one in (data, large):
            with pytest.raises(DataError) as refused:
                ESTIMATORS[name](one, "kwh", **NAMED, weights="people")
            assert refused.value.code == "panel_weights_change"


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_weights_that_are_not_positive_are_refused_alike(value):
    data = people("whole")
    data.loc[data["home"] == "家007", "people"] = value
    for one in (data, pl.from_pandas(data).lazy()):
        with pytest.raises(DataError) as refused:
            did.imputation(one, "kwh", **NAMED, weights="people")
        assert refused.value.code == "negative_weights"


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12), spread=st.floats(0, 3))
def test_units_that_stand_for_weighted_ones_have_their_sums(seed, count, spread):
    rng = np.random.default_rng(seed)
    w, y = rng.lognormal(0, spread, count).round(3) + 0.001, rng.normal(size=(count, 4))
    typical = w**2 @ y / (w @ w)
    off = (y - typical) * w[:, None]
    exact = [Fraction(one) for one in w.tolist()]
    found = weighted_units(
        count, total=sum(exact), square=sum(one**2 for one in exact), mean=w @ y / w.sum(), typical=typical, scatter=off.T @ off
    )  # fmt: skip
    assert (found.weights > 0).all()
    assert found.mass.sum() == pytest.approx(count)
    for power in (1, 2):
        each, own = found.mass * found.weights**power, w**power
        assert each.sum() == pytest.approx(own.sum(), rel=1e-9)
        np.testing.assert_allclose(each @ found.paths, own @ y, rtol=1e-7, atol=1e-7 * own.sum())
    each = (found.paths * (found.mass * found.weights**2)[:, None]).T @ found.paths
    np.testing.assert_allclose(each, (y * (w**2)[:, None]).T @ y, rtol=1e-7, atol=1e-7 * (w @ w))


def test_two_weights_stay_positive_however_far_the_weights_spread():
    shares, weights = two_weights(1.0, 1e4)
    assert weights[0] >= 0.5
    assert shares @ weights == pytest.approx(1.0)
    assert shares @ weights**2 == pytest.approx(1 + 1e4)
