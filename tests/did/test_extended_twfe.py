"""Extended two-way fixed effects: the regressions they stand for, errors by leaving clusters out, and care with bad tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.stats.regression.glm import logit, poisson
from ebpm.stats.regression.least_squares import least_squares
from tests.did.panels import COLUMNS, NEVER, panel

SMALL = {NEVER: 24, 3: 12, 5: 14}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(12)
    data = panel(SMALL, periods=6, seed=12).assign(ward=lambda rows: rows.unit % 17)
    index = 0.3 + 0.4 * data.x + 0.1 * data.time + 0.3 * (data["first"] == 3) - 0.4 * data.treated * (1 + data.x)
    return data.assign(count=rng.poisson(np.exp(index)), yes=(rng.random(len(data)) < expit(index)) * 1.0)


@pytest.fixture(scope="module")
def gapped(table):
    return table[np.random.default_rng(6).random(len(table)) > 0.12]


def cells(data):
    late = data.treated == 1
    names = sorted(set(zip(data["first"][late], data.time[late], strict=True)))
    return names, np.column_stack([late & (data["first"] == g) & (data.time == t) for g, t in names]).astype(float)


def coded(*columns):
    return np.column_stack(
        [pd.get_dummies(column.astype(str), dtype=float, drop_first=place > 0) for place, column in enumerate(columns)]
    )


def centred(x, own):
    return own * (x[:, None] - (own.T @ x / own.sum(axis=0)))


@pytest.mark.parametrize("cluster", ["unit", "ward"])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_linear_is_its_regression(gapped, covariates, cluster):
    names, own = cells(gapped)
    x, k = gapped.x.to_numpy(), len(names)
    periods = coded(gapped.time)[:, 1:]
    more = [centred(x, own), periods * x[:, None]] if covariates else []
    X = np.column_stack([own, *more, coded(gapped.unit, gapped.time)])
    fit = least_squares(X, gapped.y.to_numpy())
    codes = np.unique(gapped[cluster], return_inverse=True)[1]
    G, n, K = codes.max() + 1, len(gapped), k + sum(one.shape[1] for one in more) + 6
    scores = pd.DataFrame(fit.design * fit.residuals[:, None]).groupby(codes).sum().to_numpy() @ fit.bread[:, :k]
    if covariates:
        moved = own * (centred(x, own) @ np.diag(fit.coefficients[k : 2 * k])) / own.sum(axis=0)
        scores = scores + pd.DataFrame(moved).groupby(codes).sum().to_numpy()
    errors = np.sqrt((scores**2).sum(axis=0) * G / (G - 1) * (n - 1) / (n - K))
    found = did.extended_twfe(gapped, "y", **COLUMNS, covariates=covariates, cluster=cluster)
    assert list(zip(found.effects.cohort, found.effects.period, strict=True)) == names
    np.testing.assert_allclose(found.effects.values, fit.coefficients[:k], rtol=1e-8)
    np.testing.assert_allclose(np.sqrt((found.effects.influence**2).sum(axis=0)), errors, rtol=1e-8)


@pytest.mark.parametrize(("family", "outcome"), [("poisson", "count"), ("logit", "yes")])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_nonlinear_is_the_full_regression_with_all_interactions(gapped, family, outcome, covariates):
    names, own = cells(gapped)
    x, k = gapped.x.to_numpy(), len(names)
    base = coded(gapped["first"], gapped.time)
    more = [base * x[:, None], centred(x, own)] if covariates else []
    X = np.column_stack([own, base, *more])
    fit, mean = (poisson, np.exp) if family == "poisson" else (logit, expit)
    b = fit(gapped[outcome].to_numpy().astype(float), X).coefficients
    without = X.copy()
    without[:, :k] = 0.0
    if covariates:
        without[:, -k:] = 0.0
    expected = own.T @ (mean(X @ b) - mean(without @ b)) / own.sum(axis=0)
    found = did.extended_twfe(gapped, outcome, **COLUMNS, family=family, covariates=covariates)
    np.testing.assert_allclose(found.effects.values, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("family", "outcome"), [("gaussian", "y"), ("poisson", "count"), ("logit", "yes")])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_errors_are_near_those_of_leaving_units_out(table, family, outcome, covariates):
    def overall(data):
        return did.extended_twfe(data, outcome, **COLUMNS, family=family, covariates=covariates).estimates.headline

    left = np.array([overall(table[table.unit != one]).estimate for one in range(50)])
    jackknife = np.sqrt(49 / 50 * ((left - left.mean()) ** 2).sum())
    assert overall(table).std_error == pytest.approx(jackknife, rel=0.12)


def test_balanced_it_is_imputation_and_sun_abraham(table):
    for kind in ("simple", "group", "calendar", "event"):
        ours = did.extended_twfe(table, "y", **COLUMNS).aggregate(kind)
        theirs = did.imputation(table, "y", **COLUMNS).aggregate(kind)
        for one in ours:
            assert one.estimate == pytest.approx(theirs[one.term].estimate, rel=1e-9)
        never = did.extended_twfe(table, "y", **COLUMNS, control="never_treated").aggregate(kind)
        saturated = did.sun_abraham(table, "y", **COLUMNS).aggregate(kind)
        assert never.terms == saturated.terms
        assert [one.estimate for one in never] == pytest.approx(
            [one.estimate for one in saturated], rel=1e-9, abs=1e-12
        )
        assert never.headline.std_error == pytest.approx(saturated.headline.std_error, rel=1e-9)


@pytest.mark.parametrize("family", ["poisson", "logit"])
def test_two_groups_and_two_periods_have_a_closed_form(family):
    data = panel({NEVER: 30, 2: 30}, periods=2, seed=3)
    data = data.assign(yes=(data.y > data.y.median()) * 1.0)
    (a0, a1), (b0, b1) = data.groupby(["first", "time"]).yes.mean().unstack().to_numpy()
    odds = {"poisson": lambda p: p, "logit": lambda p: p / (1 - p)}[family]
    without = odds(b0) * odds(a1) / odds(a0)
    without = without if family == "poisson" else without / (1 + without)
    found = did.extended_twfe(data, "yes", **COLUMNS, family=family).estimates.headline
    assert found.estimate == pytest.approx(b1 - without, rel=1e-9)


def test_anticipation_moves_the_reference(table):
    found = did.extended_twfe(table, "y", **COLUMNS, control="never_treated", anticipation=1)
    assert set(found.effects.period[found.effects.reference] - found.effects.cohort[found.effects.reference]) == {-2}
    assert "-1" in found.aggregate("event").terms


def test_cohorts_without_variation_are_left_out_and_said(table):
    silent = table.assign(count=table["count"].where((table["first"] != 3) | (table.treated == 1), 0))
    found = did.extended_twfe(silent, "count", **COLUMNS, family="poisson")
    assert set(found.effects.cohort) == {5}
    notice = next(one for one in found.notices if one.code == "D226")
    assert (notice.facts["cohorts"], notice.facts["periods"], notice.facts["rows"]) == ("3", "0", 72)
    alone = did.extended_twfe(silent[silent["first"] != 3], "count", **COLUMNS, family="poisson")
    assert found.estimates.headline.estimate == alone.estimates.headline.estimate
    assert "D226" not in {one.code for one in did.extended_twfe(table, "count", **COLUMNS, family="poisson").notices}


def test_a_period_of_zeros_is_left_out(table):
    silent = table.assign(count=table["count"].where(table.time != 4, 0))
    found = did.extended_twfe(silent, "count", **COLUMNS, family="poisson")
    assert 4 not in found.effects.period
    assert next(one for one in found.notices if one.code == "D226").facts["periods"] == "4"


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"family": "probit"}, DataError, "gaussian, poisson, logit"),
        ({"control": "late"}, DataError, "not_yet_treated"),
        ({"covariates": ["time"]}, DataError, "constant"),
        ({"covariates": ["x", "double"]}, DesignError, "collinear|dependent"),
        ({"family": "poisson"}, DesignError, "negative|below zero"),
        ({"family": "logit"}, DesignError, "0 and 1|between"),
        ({"anticipation": -1}, DesignError, "anticipation"),
    ],
)
def test_bad_choices(table, change, kind, message):
    with pytest.raises(kind, match=message):
        did.extended_twfe(table.assign(double=2 * table.x), "y", **COLUMNS, **change)


def test_collinear_covariates_of_a_nonlinear_mean(table):
    with pytest.raises(DesignError, match=r"collinear|dependent"):
        did.extended_twfe(
            table.assign(double=2 * table.x), "count", **COLUMNS, family="poisson", covariates=["x", "double"]
        )


def test_bad_tables(table):
    treated = table[table["first"] > 0]
    with pytest.raises(DesignError, match="never"):
        did.extended_twfe(treated, "y", **COLUMNS, control="never_treated")
    with pytest.raises(DesignError, match="vary"):
        did.extended_twfe(table.assign(zero=(table.treated == 1) * 1.0), "zero", **COLUMNS, family="poisson")
    assert did.extended_twfe(treated, "y", **COLUMNS).effects.cohort.tolist() == [3, 3]


@pytest.mark.parametrize("control", ["not_yet_treated", "never_treated"])
def test_a_cohort_smaller_than_its_covariates(control):
    data = panel({NEVER: 20, 3: 1, 4: 2, 5: 12}, periods=6, seed=7)
    data = data.assign(z=np.random.default_rng(1).normal(size=data.unit.max() + 1)[data.unit])
    found = did.extended_twfe(data, "y", **COLUMNS, covariates=["x", "z"], control=control)
    assert np.isfinite(found.effects.values).all()
    # The single unit of cohort 3: its change less what the comparison units' changes, regressed on x and z, predict.
    paths = data.pivot(index="unit", columns="time", values="y")
    units = data.drop_duplicates("unit").set_index("unit")
    if control == "never_treated":
        never, one = units[units["first"] == NEVER], units[units["first"] == 3]
        X, at = (np.column_stack([np.ones(len(rows)), rows.x, rows.z]) for rows in (never, one))
        predicted = at @ np.linalg.lstsq(X, (paths[3] - paths[2])[never.index], rcond=None)[0]
        place = np.flatnonzero((found.effects.cohort == 3) & (found.effects.period == 3))[0]
        assert found.effects.values[place] == pytest.approx(
            ((paths[3] - paths[2])[one.index] - predicted).iloc[0], rel=1e-9
        )
