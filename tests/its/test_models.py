"""ARIMA, structural and averaged models, the impact they give, and resampled blocks."""

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.stats.series.arma import Arma, differences, from_partial, spread
from ebpm.stats.series.blocks import moving_blocks, stationary_blocks


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(3)
    t, n = np.arange(80), 80
    control = 20 + rng.normal(size=n).cumsum() * 0.5
    shocks = rng.normal(size=n)
    for i in range(1, n):
        shocks[i] += 0.4 * shocks[i - 1]
    y = 30 + 0.8 * control - 5.0 * (t >= 50) + shocks
    months = [f"{2014 + i // 12}-{i % 12 + 1:02d}" for i in t]
    return pd.DataFrame({"month": months, "y": y, "control": control, "people": 1000.0, "count": np.round(40 * y)})


START = "2018-03"
STEP = {"start": START, "effect": "level"}


@pytest.mark.parametrize(("phi", "theta"), [
    ([1, -0.5, 0.2], [1, 0.4]), ([1, -0.6], [1]), ([1], [1, 0.5, 0.2, 0.3]), ([1, -0.5], [1, 0.3, 0.2]), ([1], [1]),
])  # fmt: skip
def test_whitening_is_the_inverse_of_the_covariance(phi, theta):
    process = Arma(np.array(phi, dtype=float), np.array(theta, dtype=float))
    rows, n = np.random.default_rng(0).normal(size=(12, 3)), 12
    covariance = process.autocovariances(n)[np.abs(np.subtract.outer(np.arange(n), np.arange(n)))]
    white, size = process.whiten(rows)
    np.testing.assert_allclose(white.T @ white, rows.T @ np.linalg.solve(covariance, rows), atol=1e-12)
    assert size == pytest.approx(np.linalg.slogdet(covariance)[1], abs=1e-12)


def test_polynomials():
    assert differences(2, 0, 1).tolist() == [1.0, -2.0, 1.0]
    assert spread(np.array([1.0, -0.5]), 3).tolist() == [1.0, 0.0, 0.0, -0.5]
    assert (np.abs(np.roots(from_partial(np.array([0.9, -0.8, 0.5])))) < 1).all()


def test_structural_forecast_finds_the_effect(series):
    found = its.structural(series, "y", time="month", intervention=START, controls=["control"])
    head = found.estimates.headline
    assert head.conf_low < -5.0 < head.conf_high
    assert head.estimate == pytest.approx(-5.0, abs=2.0)
    assert found.estimates["total_effect"].estimate == pytest.approx(30 * head.estimate)


def test_forecast_covariance_is_that_of_the_kriging_formula(series):
    found = its.structural(series, "y", time="month", intervention=START, controls=["control"], likelihood="restricted")
    fit, n, T = found.fit, 50, 80
    places, x = np.arange(T), series.control.to_numpy()
    irregular, step = (found.variances[name] for name in ("irregular", "level"))
    V = irregular * np.eye(T) + step * np.minimum.outer(places, places)
    X = np.column_stack([np.ones(T), x])
    inverse = np.linalg.inv(V[:n, :n])
    bread = np.linalg.inv(X[:n].T @ inverse @ X[:n])
    b = bread @ X[:n].T @ inverse @ series.y.to_numpy()[:n]
    gain = V[n:, :n] @ inverse
    apart = X[n:] - gain @ X[:n]
    mean = X[n:] @ b + gain @ (series.y.to_numpy()[:n] - X[:n] @ b)
    np.testing.assert_allclose(found.forecast[0].mean, mean, rtol=1e-7)
    covariance = V[n:, n:] - gain @ V[:n, n:] + apart @ bread @ apart.T
    np.testing.assert_allclose(found.forecast[0].covariance, covariance, rtol=1e-5)
    assert fit.coefficients[0] == pytest.approx(b[1], rel=1e-7)


@pytest.mark.parametrize("kind", ["structural", "averaged", "arima", "segmented"])
def test_delta_method_and_simulation_agree(series, kind):
    given = {"time": "month", "intervention": START}
    models = {
        "structural": lambda: its.structural(series, "y", controls=["control"], likelihood="restricted", **given),
        "averaged": lambda: its.structural(series, "y", controls=["control"], **given),
        "arima": lambda: its.arima(series, "y", covariates=["control"], **given),
        "segmented": lambda: its.segmented(series, "y", covariates=["control"], errors="reml", **given),
    }
    impact = models[kind]().impact()
    drawn = impact.simulated(draws=20_000, seed=1)
    for item in impact.estimates:
        width = item.conf_high - item.conf_low
        assert drawn[item.term].conf_low == pytest.approx(item.conf_low, abs=0.06 * width)
        assert drawn[item.term].conf_high == pytest.approx(item.conf_high, abs=0.06 * width)


@pytest.mark.parametrize("family", ["log_gaussian", "poisson", "negative_binomial", "binomial"])
def test_delta_method_and_simulation_agree_for_other_families(made, month, family):
    found = its.segmented(
        made(periods=144, start=96, noise=0.0),
        "cases",
        time="month",
        intervention=month(96),
        exposure="people",
        family=family,
    )
    impact = found.impact()
    item, drawn = impact.estimates["total_effect"], impact.simulated(draws=20_000, seed=1)["total_effect"]
    width = item.conf_high - item.conf_low
    assert drawn.conf_low == pytest.approx(item.conf_low, abs=0.1 * width)
    assert drawn.conf_high == pytest.approx(item.conf_high, abs=0.1 * width)


def test_impact_adds_up(series):
    impact = its.arima(series, "y", time="month", intervention=START).impact()
    amounts = [one.estimate for one in impact.pointwise]
    assert impact.cumulative.headline.estimate == pytest.approx(sum(amounts))
    assert impact.estimates["mean_effect"].estimate == pytest.approx(np.mean(amounts))
    assert impact.until("2018-04").estimate == pytest.approx(sum(amounts[:2]))
    total, averted = impact.estimates["total_effect"], impact.averted
    assert (averted.estimate, averted.conf_low) == (-total.estimate, -total.conf_high)
    seen = series.y[50:].sum()
    assert impact.estimates["relative_effect"].estimate == pytest.approx(total.estimate / (seen - total.estimate))
    with pytest.raises(DataError, match="2014-01"):
        impact.until("2014-01")


def test_odds_ratios_are_called_so(made, month):
    found = its.segmented(made(), "cases", time="month", intervention=month(60), exposure="people", family="binomial")
    ratios = found.rate_ratios()
    assert ratios.headline.estimand == "odds_ratio_level_change"
    assert ratios.headline.estimate == pytest.approx(np.exp(found.estimates.headline.estimate))


def test_a_pulse_that_dies_away():
    rng, t = np.random.default_rng(0), np.arange(120)
    decaying = np.where(t >= 70, 12.0 * 0.8 ** np.maximum(t - 70, 0), 0.0)
    table = pd.DataFrame({"t": t, "y": 50 + decaying + 0.5 * rng.normal(size=120)})
    pulse = {"start": 70, "effect": "pulse"}
    found = its.arima(table, "y", time="t", intervention=pulse, transfer="gradual", trend="none", order=(0, 0, 0))
    assert found.estimates["decay"].estimate == pytest.approx(0.8, abs=0.03)
    assert found.estimates.headline.estimate == pytest.approx(12.0, abs=1.0)
    assert found.impact().pointwise.items[5].estimate == pytest.approx(12 * 0.8**5, abs=0.6)


def test_order_by_aicc_is_the_least_and_is_said(series):
    found = its.arima(series, "y", time="month", intervention=STEP, order="aicc")
    assert found.fit.aicc == min(one.aicc for one in found.candidates)
    assert len(found.candidates) == 9
    assert "I325" in found.notices.codes
    assert str(found.order) in found.summary("ja")


def test_search_with_declared_differences(series):
    found = its.arima(series, "y", time="month", intervention=STEP, order={"d": 1, "by": "aicc"})
    assert {one.order.d for one in found.candidates} == {1}


@pytest.mark.parametrize("order", ["auto", (1, 0), (1, 0, 9), {"p": 1, "x": 2}, (1, 0, -1)])
def test_orders_that_are_refused(series, order):
    with pytest.raises(DataError) as caught:
        its.arima(series, "y", time="month", intervention=STEP, order=order)
    assert caught.value.code == "its_bad_order"


def test_seasonal_orders_need_a_season(series):
    table = series.assign(month=range(80))
    with pytest.raises(DataError, match="order"):
        its.arima(table, "y", time="month", intervention=50, order=(0, 0, 0, 1, 0, 0))


def test_a_gradual_slope_is_refused(series):
    with pytest.raises(DataError, match="slope"):
        its.arima(series, "y", time="month", intervention={"start": START, "effect": "slope"}, transfer="gradual")


def test_whole_fit_has_no_forecast(series):
    found = its.structural(series, "y", time="month", intervention=STEP, fit="whole", controls=["control"])
    assert found.estimates.terms == ("level_change",)
    with pytest.raises(DesignError, match="whole"):
        found.impact()


@pytest.mark.parametrize("routine", ["structural", "arima", "segmented"])
def test_exposure_changes_units_alone(series, routine):
    call = getattr(its, routine)
    rates = series.assign(rate=series["count"] / series.people)
    ours = call(series, "count", time="month", intervention=START, exposure="people").estimates.headline
    plain = call(rates, "rate", time="month", intervention=START).estimates.headline
    assert ours.estimate == pytest.approx(plain.estimate, rel=1e-6)
    assert ours.conf_low == pytest.approx(plain.conf_low, rel=1e-6)


def test_logarithms_of_zeros_are_refused(series):
    for routine in (its.structural, its.arima):
        with pytest.raises(DesignError, match="logarithm"):
            routine(series.assign(y=0.0), "y", time="month", intervention=START, family="log_gaussian")


def test_short_series_are_refused_by_the_models(series):
    with pytest.raises(DesignError):
        its.structural(series.head(9), "y", time="month", intervention="2014-05", season="month")
    with pytest.raises(DesignError):
        its.arima(series.head(9), "y", time="month", intervention="2014-05", season="month")


def test_averaged_errors_are_narrower_in_a_short_series_and_alike_in_a_long_one(made, month):
    def width(periods, errors, seed):
        table = made(periods=periods, start=periods // 2, rho=0.3, noise=0.2, seed=seed)
        found = its.segmented(table, "rate", time="month", intervention=month(periods // 2), errors=errors)
        return found.estimates.headline.conf_high - found.estimates.headline.conf_low

    ratios = [width(14, "reml_averaged", seed) / width(14, "reml", seed) for seed in range(15)]
    assert np.median(ratios) < 0.9
    assert width(160, "reml_averaged", 5) == pytest.approx(width(160, "reml", 5), rel=0.05)


def test_averaged_errors_of_two_series_are_those_of_their_difference(made, month):
    table = made(comparison=True, rho=0.3, noise=0.1)
    given = {"time": "month", "intervention": month(60), "errors": "reml_averaged"}
    both = its.segmented(table, "rate", comparison="city", **given).estimates.headline
    pieces = [table[table.city == code].rate.to_numpy() for code in (1, 0)]
    apart = made().assign(rate=pieces[0] - pieces[1])
    single = its.segmented(apart, "rate", **given).estimates.headline
    assert both.estimate == pytest.approx(single.estimate, rel=0.2, abs=1e-3)


def test_blocks_are_runs_of_rows():
    rng = np.random.default_rng(1)
    moving, still = moving_blocks(20, 5, 50, rng), stationary_blocks(20, 5.0, 4000, rng)
    assert (np.diff(moving.reshape(50, 4, 5), axis=2) == 1).all()
    joined = (np.diff(still, axis=1) % 20 == 1).mean()
    assert joined == pytest.approx(1 - 0.2 + 0.2 / 20, abs=0.01)


@pytest.mark.parametrize("kind", ["moving", "stationary"])
def test_block_bootstrap(made, month, kind):
    found = its.segmented(
        made(periods=120, rho=0.3, noise=0.2), "rate", time="month", intervention=month(60), errors="ols"
    )
    drawn, again = found.bootstrap(kind, draws=499, seed=7), found.bootstrap(kind, draws=499, seed=7)
    assert drawn == again
    assert drawn != found.bootstrap(kind, draws=499, seed=8)
    assert drawn.headline.estimate == pytest.approx(found.estimates.headline.estimate, rel=1e-9)
    assert isinstance(drawn.headline.df, Unavailable)
    ratio = drawn.headline.std_error / found.estimates.headline.std_error
    assert 0.8 < ratio < 2.5


def test_blocks_that_are_refused(made, month):
    counts = its.segmented(made(), "cases", time="month", intervention=month(60), family="poisson")
    with pytest.raises(DesignError, match="poisson"):
        counts.bootstrap()
    rates = its.segmented(made(), "rate", time="month", intervention=month(60))
    for wrong in ({"length": 97}, {"draws": 20}, {"kind": "circular"}):
        with pytest.raises(DataError):
            rates.bootstrap(**wrong)


@pytest.mark.parametrize("family", ["gaussian", "log_gaussian", "poisson", "negative_binomial", "binomial"])
@pytest.mark.parametrize("effect", ["pulse", "slope", ["level", "pulse"]])
def test_every_shape_in_every_family(made, month, family, effect):
    declared = {"start": month(60), "effect": effect, "lag": 1, "periods": 3}
    found = its.segmented(made(), "cases", time="month", intervention=declared, exposure="people", family=family)
    assert ("final_effect" in found.estimates.terms) == (effect != "pulse")
    assert found.summary("ja")
    assert found.impact().summary("en")
    if family != "gaussian":
        assert found.rate_ratios().summary("ja")


def test_constants_are_refused(series):
    for routine, argument in ((its.structural, "controls"), (its.arima, "covariates")):
        given = {"time": "month", "intervention": START}
        with pytest.raises(DesignError) as caught:
            routine(series.assign(y=5.0), "y", **given)
        assert caught.value.code == "stats_no_residuals"
        with pytest.raises(DesignError, match="people"):
            routine(series, "y", **given, **{argument: ["people"]})
        with pytest.raises(DataError, match="control"):
            routine(series.assign(control=np.nan), "y", **given, **{argument: ["control"]})


def test_quarters_and_weeks(series):
    quarters = series.head(40).assign(month=[f"{2010 + i // 4}Q{i % 4 + 1}" for i in range(40)])
    assert its.structural(quarters, "y", time="month", intervention="2016Q1", season="random").estimates.headline.n > 0
    assert its.arima(quarters, "y", time="month", intervention="2016Q1", order=(0, 0, 0, 0, 1, 1)).order.cycle == 4
    weeks = series.assign(month=pd.date_range("2018-01-01", periods=80, freq="7D"))
    found = its.segmented(weeks, "y", time="month", intervention="2018-12-12", season=[1, "holiday"])
    assert (found.observed.calendar.kind, found.observed.start) == ("week", 49)
