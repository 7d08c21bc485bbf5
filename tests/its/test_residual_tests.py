"""Tests of residuals: what they refuse, what they leave out, that they find what is there, and how they are shown."""

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.stats.series.serial_tests import EXACT, durbin_watson, durbin_watson_test


def series(periods=60, rho=0.0, seed=3, spread=0.0):
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal(periods)
    for place in range(1, periods):
        shocks[place] += rho * shocks[place - 1]
    t = np.arange(periods)
    y = 40 + 0.3 * t - 4 * (t >= periods // 2) + shocks * (1.0 + spread * t)
    return pd.DataFrame({"t": t, "y": y, "n": rng.poisson(50, periods)})


def fitted(data, **choices):
    return its.segmented(data, "y", time="t", intervention=len(data) // 2, **{"errors": "ols", **choices})


def test_independent_errors_pass_and_dependent_ones_do_not():
    calm, moved = (its.diagnostics(fitted(series(rho=rho))) for rho in (0.0, 0.8))
    for name in ("durbin_watson", "durbin_watson_two_sided"):
        assert calm.test(name).p_value > 0.05 > moved.test(name).p_value
    for name in ("breusch_godfrey", "breusch_godfrey_f", "ljung_box", "box_pierce"):
        assert calm.test(name, 1).p_value > 0.05 > moved.test(name, 1).p_value


def test_growing_spread_is_found():
    assert its.diagnostics(fitted(series(periods=200, spread=0.05))).test("breusch_pagan").p_value < 0.01


def test_an_autoregression_is_taken_out_first():
    data = series(periods=120, rho=0.7)
    plain, white = fitted(data), fitted(data, errors="prais_winsten")
    assert (
        its.diagnostics(plain).test("ljung_box", 1).p_value < 1e-4 < its.diagnostics(white).test("ljung_box", 1).p_value
    )
    assert white.robust("HC0")["level_change"].estimate == pytest.approx(
        white.estimates["level_change"].estimate, rel=1e-9
    )


def test_hc1_is_what_robust_errors_are():
    data = series()
    robust, plain = fitted(data, errors="robust").coefficients, fitted(data).robust("HC1")
    assert [plain[one.term].std_error for one in robust] == pytest.approx([one.std_error for one in robust], rel=1e-10)


def test_counts_and_comparisons_have_no_reset_but_every_series():
    data = series()
    both = pd.concat([data.assign(here=1), data.assign(here=0, n=data.n[::-1].to_numpy())])
    found = its.diagnostics(
        its.segmented(both, "n", time="t", intervention=30, comparison="here", family="poisson", errors="quasi")
    )
    assert {one.series for one in found.tests} == {"here = 1", "here = 0"}
    assert "reset" not in {one.test for one in found.tests}
    assert found.test("jarque_bera", series="here = 0").statistic >= 0


def test_long_lags_are_left_out():
    found = its.diagnostics(fitted(series(periods=12)), lags=(1, 12))
    assert {one.lags for one in found.tests} == {0, 1}


@pytest.mark.parametrize("lags", [(0,), (1.5,), (-1, 2)])
def test_impossible_lags(lags):
    with pytest.raises(DataError, match="whole numbers"):
        its.diagnostics(fitted(series()), lags=lags)


def test_other_wrong_arguments():
    result = fitted(series())
    with pytest.raises(DataError, match="presample"):
        its.diagnostics(result, presample="none")
    with pytest.raises(DataError, match="HC9"):
        result.robust("HC9")
    with pytest.raises(DataError, match="ljung_box"):
        its.diagnostics(result).test("ljung_bx", 1)
    averaged = fitted(series(periods=20), errors="reml_averaged")
    with pytest.raises(DesignError, match="reml_averaged"):
        its.diagnostics(averaged)
    with pytest.raises(DesignError, match="reml_averaged"):
        averaged.robust()


def test_words_and_numbers():
    found = its.diagnostics(fitted(series()))
    assert "リュング・ボックス" in found.summary("ja")
    assert "Ljung-Box" in found.summary("en")
    assert "ljung_box" in set(found.tidy().residual_test)
    assert found.notices.codes == fitted(series()).notices.codes


def test_the_exact_chances_of_durbin_and_watson_by_drawing():
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(9), np.arange(9.0)])
    drawn = rng.standard_normal((40_000, 9))
    left = drawn - drawn @ X @ np.linalg.pinv(X)
    every = np.array([durbin_watson(row) for row in left])
    below, above = durbin_watson_test(left[0], X)
    assert below + above == pytest.approx(1.0, abs=1e-9)
    assert below == pytest.approx(float(np.mean(every < every[0])), abs=0.012)


def test_long_series_take_the_normal_distribution():
    rng = np.random.default_rng(8)
    X = np.column_stack([np.ones(EXACT + 1), np.arange(EXACT + 1.0)])
    e = rng.standard_normal(EXACT + 1)
    e = e - X @ np.linalg.lstsq(X, e, rcond=None)[0]
    near = durbin_watson_test(e[:EXACT], X[:EXACT])[0]
    assert durbin_watson_test(e, X)[0] == pytest.approx(near, abs=0.02)


def counted(over):
    rng = np.random.default_rng(9)
    y = rng.negative_binomial(4, 4 / 84, 48) if over else rng.binomial(1000, 0.08, 48)
    return pd.DataFrame({"t": np.arange(48), "y": y, "people": 1000})


@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_i335_says_that_overdispersion_is_left_out(family):
    choices = {"time": "t", "intervention": 24, "family": family, "exposure": "people"}
    codes = its.segmented(counted(over=True), "y", errors="likelihood", **choices).notices.codes
    assert "I335" in codes
    assert "I302" not in codes
    for silent in (
        its.segmented(counted(over=False), "y", errors="likelihood", **choices),
        its.segmented(counted(over=True), "y", errors="quasi", **choices),
        its.segmented(counted(over=True), "y", errors="likelihood", **choices | {"family": "negative_binomial"}),
    ):
        assert "I335" not in silent.notices.codes


def test_errors_with_a_moving_average():
    data = series(periods=48, rho=0.4)
    found = fitted(data, errors="reml", lags=(1, 1))
    assert fitted(data, errors="reml", lags=[1, 1]).estimates.headline == found.estimates.headline
    assert "移動平均" in found.summary("ja")
    assert "Moving average" in found.summary("en")
    assert its.diagnostics(found).test("ljung_box", 1).p_value > 0.01
    assert fitted(data, errors="reml", lags=(1, 0)).estimates.headline.estimate == pytest.approx(
        fitted(data, errors="reml").estimates.headline.estimate, rel=1e-7
    )
    gapped = fitted(data, errors="ml", lags=(0, 1), transition=2)
    assert its.diagnostics(gapped).test("durbin_watson").p_value > 0
    assert fitted(series(periods=20), errors="recommended", lags=(1, 1)).settings.errors == "reml"


def test_orders_that_cancel_each_other_leave_no_standard_error():
    rng = np.random.default_rng(12)
    for _ in range(6):
        e, u = rng.normal(size=108), np.zeros(108)
        for place in range(1, 108):
            u[place] = 0.5 * u[place - 1] + e[place] + 0.3 * e[place - 1]
    data = pd.DataFrame({"t": np.arange(48), "y": u[60:]})
    found = fitted(data, errors="reml", lags=(1, 1))
    assert any(isinstance(one.std_error, Unavailable) for one in found.estimates)
    assert isinstance(found.summary("ja"), str)
    found.plot()
    found.impact().plot()


@pytest.mark.parametrize("lags", [(0, 0), (1,), (1, -1), (1, 1.5), (True, 1)])
def test_impossible_orders(lags):
    with pytest.raises(DesignError, match="order of the autoregression"):
        fitted(series(), errors="reml", lags=lags)


def test_a_pair_of_orders_is_no_number_of_lags():
    with pytest.raises(DesignError, match="order of the autoregression"):
        fitted(series(), errors="newey_west", lags=(1, 1))
