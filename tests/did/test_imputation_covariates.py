"""Imputation with covariates and weights: the weights of the outcomes by hand (Borusyak, Jaravel and Spiess 2024, theorem 2, equation 8)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DataError, DesignError

COLUMNS = {"unit": "id", "time": "t", "first_treated": "g"}
OPTIONS = [{}, {"covariates": ["x", "z"]}, {"weights": "w"}, {"covariates": ["x", "z"], "weights": "w"}]


def panel(seed=3, units=24, gaps=0.15):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"id": np.repeat(np.arange(units), 7), "t": np.tile(np.arange(2001, 2008), units)})
    table["g"] = np.array([0, 2004, 0, 2006])[table.id % 4]
    table["area"] = table.id // 3
    table["x"], table["z"] = rng.normal(size=len(table)), rng.normal(size=len(table)) * 1000
    table["w"] = rng.uniform(0.2, 5, len(table))
    on = (table.g > 0) & (table.t >= table.g)
    table["y"] = rng.normal(size=len(table)) + table.id % 5 + 0.4 * table.x + on * (1 + 0.1 * table.id)
    return table[(rng.uniform(size=len(table)) > gaps) | (table.t == 2001)]


def by_hand(data, covariates=(), weights=None, cluster="id"):
    """The estimate, sum v y, and the error of the average over all treated rows, from dense matrices."""
    start = np.where(data.g == 0, np.inf, data.g)
    late, y = data.t.to_numpy() >= start, data.y.to_numpy()
    mass = np.ones(len(data)) if weights is None else data[weights].to_numpy()
    Z = np.column_stack([pd.get_dummies(data.id), pd.get_dummies(data.t), data[list(covariates)] / 100]).astype(float)
    bread = np.linalg.pinv((Z[~late] * mass[~late, None]).T @ Z[~late], rcond=1e-13)
    left = y - Z @ bread @ (Z[~late] * mass[~late, None]).T @ y[~late]
    v = np.where(late, mass, 0.0) / mass[late].sum()
    v[~late] = -(Z[~late] * mass[~late, None]) @ bread @ Z[late].T @ v[late]
    told = data.assign(left=left, v=v, late=late)
    estimate = (told.v * told.left)[late].sum()
    for _, cell in told[late].groupby(["g", "t"]):
        own = cell.v * cell.groupby(cluster).v.transform("sum")
        told.loc[cell.index, "left"] -= (own * cell.left).sum() / own.sum()
    return estimate, v @ y, np.sqrt(((told.v * told.left).groupby(told[cluster]).sum() ** 2).sum())


@pytest.mark.parametrize("cluster", ["id", "area"])
@pytest.mark.parametrize("options", OPTIONS)
def test_estimate_and_error_by_hand(options, cluster):
    data = panel()
    found = did.imputation(data, "y", **COLUMNS, **options, cluster=cluster).estimates.headline
    estimate, summed, error = by_hand(data, **options, cluster=cluster)
    assert found.estimate == pytest.approx(estimate, rel=1e-10)
    assert found.estimate == pytest.approx(summed, rel=1e-9)
    assert found.std_error == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("options", OPTIONS)
def test_two_stages_by_hand(options):
    """Gardner's covariance: both stages as one set of moments."""
    data = panel()
    found = did.two_stage(data, "y", **COLUMNS, **options).estimates.headline
    start = np.where(data.g == 0, np.inf, data.g)
    late = data.t.to_numpy() >= start
    mass = data.w.to_numpy() if "weights" in options else np.ones(len(data))
    parts = [pd.get_dummies(data.id), pd.get_dummies(data.t).iloc[:, 1:], data[options.get("covariates", [])] / 100]
    Z, y = np.column_stack(parts).astype(float), data.y.to_numpy()
    early = Z * ~late[:, None]
    first = np.linalg.inv((early * mass[:, None]).T @ early)
    left = y - Z @ first @ (early * mass[:, None]).T @ y
    effect = (mass * left)[late].sum() / mass[late].sum()
    scores = (mass * (left - effect))[:, None] * late[:, None]
    gradient = -(mass * late) @ Z @ first
    influence = (scores[:, 0] + (early * (mass * left)[:, None]) @ gradient) / mass[late].sum()
    error = np.sqrt((pd.Series(influence).groupby(data.id.to_numpy()).sum() ** 2).sum())
    assert found.estimate == pytest.approx(effect, rel=1e-10)
    assert found.std_error == pytest.approx(error, rel=1e-9)


def test_every_average_is_weighted():
    data = panel()
    found = did.imputation(data, "y", **COLUMNS, weights="w")
    cells = found.effects
    late = data[(data.g > 0) & (data.t >= data.g)]
    np.testing.assert_allclose(cells.mass, late.groupby(["g", "t"]).w.sum())
    event = found.aggregate("event")["0"]
    places = cells.event_time == 0
    assert event.estimate == pytest.approx(np.average(cells.values[places], weights=cells.mass[places]))
    sizes = data[data.g > 0].groupby(["g", "id"]).w.mean().groupby("g").sum()
    group = found.aggregate("group")
    assert group.headline.estimate == pytest.approx(
        np.average([group["2004"].estimate, group["2006"].estimate], weights=sizes)
    )


@pytest.mark.parametrize("routine", [did.imputation, did.two_stage])
def test_weights_of_one_and_multiples_of_weights_change_nothing(routine):
    data = panel().assign(one=1.0, many=7e5, few=lambda table: table.w * 1e-7)
    plain, one, many = (
        routine(data, "y", **COLUMNS, weights=name).aggregate("event") for name in (None, "one", "many")
    )
    for other in (one, many):
        np.testing.assert_allclose([item.estimate for item in other], [item.estimate for item in plain], rtol=1e-9)
        np.testing.assert_allclose(other.covariance, plain.covariance, rtol=1e-8, atol=1e-14)
    own, few = (routine(data, "y", **COLUMNS, weights=name).aggregate("event") for name in ("w", "few"))
    np.testing.assert_allclose(few.covariance, own.covariance, rtol=1e-8, atol=1e-14)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-100, 100), size=st.floats(0.01, 100))
def test_what_covariates_explain_drops_out(seed, shift, size):
    data = panel(seed)
    options = {"covariates": ["x", "z"], "weights": "w"}
    plain = did.imputation(data, "y", **COLUMNS, **options).estimates.headline
    moved = data.assign(y=data.y + shift * data.x - 0.01 * data.z + 3, x=data.x * size + 5).sample(
        frac=1, random_state=seed % 97
    )
    other = did.imputation(moved, "y", **COLUMNS, **options).estimates.headline
    assert (other.estimate, other.std_error) == pytest.approx((plain.estimate, plain.std_error), rel=1e-7)


def test_periods_before_treatment_hold_the_covariates_constant():
    data = panel(gaps=0.0)
    found = did.imputation(data, "y", **COLUMNS, covariates=["x"], weights="w").aggregate("event")
    untreated = data[(data.g == 0) | (data.t < data.g)]
    since = (untreated.t - untreated.g).where(untreated.g > 0, -1)
    dummies = {f"lead{-one}": (since == one).astype(float) for one in sorted(set(since)) if one < -1}
    direct = did.twfe(
        untreated.assign(**dummies), "y", unit="id", time="t", treatment=list(dummies), covariates=["x"], weights="w"
    )
    for item in direct:
        ours = found[f"-{item.term.removeprefix('lead')}"]
        assert (ours.estimate, ours.std_error) == pytest.approx((item.estimate, item.std_error), rel=1e-9)


def test_what_is_refused():
    data = panel()
    fixed = data.assign(same=data.id % 3, twice=2 * data.x, late=((data.g > 0) & (data.t >= data.g)) * 1.0, none=0.0)
    for covariates, code in (
        (["same"], "did_covariate_absorbed"),
        (["x", "twice"], "stats_collinear"),
        (["late"], "did_covariate_absorbed"),
    ):
        with pytest.raises(DesignError) as refused:
            did.imputation(fixed, "y", **COLUMNS, covariates=covariates)
        assert refused.value.code == code
    for routine in (did.imputation, did.two_stage, did.sun_abraham, did.event_study):
        with pytest.raises(DataError) as refused:
            routine(data, "y", **COLUMNS, covariates=["x", "y"])
        assert refused.value.code == "did_outcome_covariate"
    with pytest.raises(DataError) as refused:
        did.imputation(fixed, "y", **COLUMNS, weights="none")
    assert refused.value.code == "weights_not_positive" or "positive" in str(refused.value)
    with pytest.raises(DataError):
        did.imputation(fixed.assign(x=fixed.x.where(fixed.id > 0)), "y", **COLUMNS, covariates=["x"])


def test_a_lazy_table_that_fits_is_read():
    pl = pytest.importorskip("polars")
    data = panel()
    held, lazy = (
        did.imputation(one, "y", **COLUMNS, covariates=["x"], weights="w").estimates.headline
        for one in (data, pl.from_pandas(data).lazy())
    )
    assert (held.estimate, held.std_error) == (lazy.estimate, lazy.std_error)
