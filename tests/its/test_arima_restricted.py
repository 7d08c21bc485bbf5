"""ARIMA errors by restricted likelihood: the autoregression of its own routine, a likelihood by brute force, and when it is used."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import toeplitz
from scipy.optimize import minimize
from scipy.signal import lfilter

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.stats.series.arima import Order
from ebpm.stats.series.arma_restricted import Mixed
from ebpm.stats.series.autocorrelation import Autoregression


def series(periods, seed=1, *, step=0.0):
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=periods + 40)
    for place in range(1, len(shocks)):
        shocks[place] += 0.4 * shocks[place - 1]
    t = np.arange(periods)
    return pd.DataFrame({"t": t, "y": 10 + 0.1 * t + step * (t >= periods // 2) + shocks[40:]})


def fitted(data, **choices):
    return its.arima(data, "y", time="t", intervention=len(data) // 2, **choices)


@pytest.mark.parametrize(("order", "lags"), [((1, 0, 0), 1), ((2, 0, 0), 2)])
def test_autoregressions_equal_those_of_segmented_regression(order, lags):
    data = series(40)
    ours = fitted(data, order=order, likelihood="restricted").estimates
    theirs = its.segmented(data, "y", time="t", intervention=20, errors="reml", lags=lags).estimates
    for term in ("level_change", "slope_change"):
        one, other = ours[term], theirs[term]
        assert one.estimate == pytest.approx(other.estimate, rel=1e-5)
        assert one.std_error == pytest.approx(other.std_error, rel=1e-5)
        assert one.df == pytest.approx(other.df, rel=1e-4)


def test_no_process_at_all_is_least_squares():
    data = series(30)
    ours = fitted(data, order=(0, 0, 0)).estimates.headline
    theirs = its.segmented(data, "y", time="t", intervention=15, errors="ols").estimates.headline
    found = (ours.estimate, ours.std_error, ours.df)
    assert found == pytest.approx((theirs.estimate, theirs.std_error, theirs.df), rel=1e-9)


def test_the_restricted_likelihood_of_a_seasonal_autoregression_by_brute_force():
    data = series(36, seed=4)
    y, t = data.y.to_numpy(), np.arange(36.0)
    X = np.column_stack([np.ones(36), t + 1, t >= 18, (t - 18) * (t >= 18)])

    def loss(values):
        first, season = np.tanh(values)
        weights = lfilter([1.0], np.convolve([1.0, -first], [1.0, 0, 0, 0, -season]), np.eye(1, 4000)[0])
        R = toeplitz([weights[: 4000 - lag] @ weights[lag:] for lag in range(36)])
        inverse = np.linalg.inv(R)
        inner = X.T @ inverse @ X
        left = y - X @ np.linalg.solve(inner, X.T @ inverse @ y)
        sizes = np.linalg.slogdet(R)[1] + np.linalg.slogdet(inner)[1]
        return 0.5 * (sizes + 32 * np.log(left @ inverse @ left))

    best = minimize(loss, [0.2, 0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-13})
    quarters = data.assign(t=[f"{2010 + i // 4}Q{1 + i % 4}" for i in range(36)])
    order = {"p": 1, "P": 1}
    found = its.arima(quarters, "y", time="t", intervention="2014Q3", order=order, likelihood="restricted")
    assert found.fit.natural == pytest.approx(np.tanh(best.x), abs=1e-5)


def test_derivatives_of_the_autocorrelations_equal_the_exact_ones():
    partial = np.array([0.5, -0.3])
    ours, exact = (one.slopes(partial, 7) for one in (Mixed(Order(p=2)), Autoregression()))
    np.testing.assert_allclose(ours[0], exact[0], atol=1e-7)
    np.testing.assert_allclose(ours[1], exact[1], atol=1e-5)
    np.testing.assert_allclose(Mixed(Order(p=2)).plain(partial, 7), Autoregression().plain(partial, 7), atol=1e-12)


@pytest.mark.parametrize(("periods", "codes"), [(99, set()), (100, set()), (40, set())])
def test_it_is_what_is_recommended_below_100_periods(periods, codes):
    found = fitted(series(periods))
    assert bool(found.fit.restricted) == (periods < 100)
    assert {"I328"} & set(found.notices.codes) == codes


def test_maximum_likelihood_on_a_short_series_is_noticed():
    assert "I328" in fitted(series(40), likelihood="maximum").notices.codes
    assert "I328" not in fitted(series(120), likelihood="maximum").notices.codes


def test_an_interval_wider_than_the_series_is_noticed():
    assert "I327" in fitted(series(12, seed=2)).notices.codes
    assert "I327" not in fitted(series(96)).notices.codes


@pytest.mark.parametrize("order", [(2, 0, 0), (1, 1, 0), (0, 1, 0)])
def test_wider_than_by_maximum_likelihood_with_fewer_degrees_of_freedom(order):
    data = series(36, seed=7, step=2.0)
    ours, theirs = (fitted(data, order=order, likelihood=one) for one in ("restricted", "maximum"))
    one, other = ours.estimates.headline, theirs.estimates.headline
    assert one.std_error > other.std_error
    assert one.df <= other.df + 1
    assert ours.fit.log_likelihood == theirs.fit.log_likelihood


def test_effect_by_simulation_agrees_with_the_delta_method():
    impact = fitted(series(40, step=2.0)).impact()
    total, drawn = impact.estimates.headline, impact.simulated(draws=40_000).headline
    assert drawn.conf_low == pytest.approx(total.conf_low, abs=0.03 * (total.conf_high - total.conf_low))
    assert drawn.conf_high == pytest.approx(total.conf_high, abs=0.03 * (total.conf_high - total.conf_low))


@pytest.mark.parametrize("order", [(0, 1, 1), (1, 0, 1)])
def test_moving_averages_stay_with_maximum_likelihood_and_its_notice(order):
    found = fitted(series(36), order=order)
    assert not found.fit.restricted
    assert "I328" in found.notices.codes


def test_bad_choices_are_refused():
    with pytest.raises(DataError, match="restricted"):
        fitted(series(40), likelihood="reml")
    with pytest.raises(DesignError, match="without moving averages"):
        fitted(series(40), order=(0, 1, 1), likelihood="restricted")
    with pytest.raises(DesignError, match="gradual"):
        its.arima(
            series(40), "y", time="t", intervention={"start": 20, "effect": "level"}, transfer="gradual",
            likelihood="restricted",
        )  # fmt: skip
