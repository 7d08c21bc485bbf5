"""Segmented regression against statsmodels, and the special cases to which it must collapse."""

import numpy as np
import pytest

from ebpm import its
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable

RTOL = 1e-8


def columns(periods, start, pairs=0):
    t = np.arange(periods)
    after = (t >= start) * 1.0
    waves = [wave(2 * np.pi * k * t / 12) for k in range(1, pairs + 1) for wave in (np.cos, np.sin)]
    return np.column_stack([np.ones(periods), t + 1.0, after, (t - start) * after, *waves])


@pytest.mark.parametrize(("errors", "corrected"), [("newey_west", True), ("newey_west_unadjusted", False)])
def test_poisson_with_exposure_and_season_equals_statsmodels(made, month, errors, corrected):
    import statsmodels.api as sm

    table, X = made(wave=0.1), columns(96, 60, 2)
    peer = sm.GLM(table.cases, X, family=sm.families.Poisson(), exposure=table.people).fit(
        tol=1e-14, maxiter=100, cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": corrected}, use_t=True
    )
    ours = its.segmented(
        table, "cases", time="month", intervention=month(60), exposure="people", season=2, family="poisson",
        errors=errors, lags=5,
    )  # fmt: skip
    np.testing.assert_allclose([one.estimate for one in ours.coefficients], peer.params, rtol=RTOL)
    np.testing.assert_allclose([one.std_error for one in ours.coefficients], peer.bse, rtol=RTOL)
    np.testing.assert_allclose(ours.mean[0] * table.people, peer.fittedvalues, rtol=RTOL)


def test_quasi_poisson_scales_by_pearson(made, month):
    import statsmodels.api as sm

    table = made()
    peer = sm.GLM(table.cases, columns(96, 60), family=sm.families.Poisson(), exposure=table.people).fit(
        tol=1e-14, maxiter=100, scale="X2", use_t=True
    )
    given = {"time": "month", "intervention": month(60), "exposure": "people", "family": "poisson"}
    ours = its.segmented(table, "cases", errors="quasi", **given).coefficients
    np.testing.assert_allclose([one.std_error for one in ours], peer.bse, rtol=RTOL)
    np.testing.assert_allclose([one.p_value for one in ours], peer.pvalues, rtol=1e-6)


@pytest.mark.parametrize("choices", [
    {"family": "gaussian", "errors": "newey_west"}, {"family": "poisson", "errors": "newey_west_unadjusted", "lags": 6},
    {"family": "log_gaussian", "errors": "newey_west", "transition": 3, "season": 2},
])  # fmt: skip
def test_controlled_is_the_difference_of_two_single_series(made, month, choices):
    table = made(comparison=True)
    given = {"time": "month", "intervention": month(60), "exposure": "people", **choices}
    both = its.segmented(table, "cases", comparison="city", **given).estimates
    exposed = its.segmented(table[table.city == 1], "cases", **given).estimates
    other = its.segmented(table[table.city == 0], "cases", **given).estimates
    for term in ("level_change", "slope_change", "average_effect", "final_effect"):
        assert both[term].estimate == pytest.approx(exposed[term].estimate - other[term].estimate, rel=1e-7)
    for term in ("level_change", "slope_change"):
        assert both[f"exposed_{term}"].std_error == pytest.approx(exposed[term].std_error, rel=1e-7)
        assert both[f"comparison_{term}"].std_error == pytest.approx(other[term].std_error, rel=1e-7)
    assert both["trend"].estimate == pytest.approx(exposed["trend"].estimate, rel=1e-7)


def test_controlled_errors_are_those_of_the_regression_of_the_difference(made, month):
    # With equal designs, Driscoll and Kraay's errors of the difference are Newey and West's of the differenced series.
    table = made(comparison=True, rho=0.4)
    given = {"time": "month", "intervention": month(60), "errors": "newey_west_unadjusted", "lags": 4}
    both = its.segmented(table, "rate", comparison="city", **given).estimates
    wide = table[table.city == 1].reset_index(drop=True)
    wide["gap"] = wide.rate - table[table.city == 0].rate.to_numpy()
    single = its.segmented(wide, "gap", **given).estimates
    for term in ("level_change", "slope_change", "final_effect"):
        assert both[term].estimate == pytest.approx(single[term].estimate, rel=RTOL)
        assert both[term].std_error == pytest.approx(single[term].std_error, rel=RTOL)
        assert both[term].df == single[term].df == 92
        assert both[term].p_value == pytest.approx(single[term].p_value, rel=1e-6)


def test_common_shocks_cancel_in_the_difference(made, month):
    table = made(comparison=True)
    shared = np.tile(np.random.default_rng(5).normal(size=96), 2)
    given = {"time": "month", "intervention": month(60), "comparison": "city", "errors": "newey_west"}
    quiet = its.segmented(table, "rate", **given).estimates.headline
    loud = its.segmented(table.assign(rate=table.rate + shared), "rate", **given).estimates.headline
    assert loud.estimate == pytest.approx(quiet.estimate, rel=1e-7)
    assert loud.std_error == pytest.approx(quiet.std_error, rel=1e-7)


def test_newey_west_without_lags_is_hc1(made, month):
    given = {"time": "month", "intervention": month(60), "exposure": "people", "family": "poisson"}
    zero = its.segmented(made(), "cases", errors="newey_west", lags=0, **given).estimates
    robust = its.segmented(made(), "cases", errors="robust", **given).estimates
    assert zero.headline.std_error == pytest.approx(robust.headline.std_error, rel=1e-12)


def test_all_harmonics_equal_month_dummies(made, month):
    given = {"time": "month", "intervention": month(60)}
    waves = its.segmented(made(wave=0.2), "rate", season=6, **given).estimates
    dummies = its.segmented(made(wave=0.2), "rate", season="month", **given).estimates
    assert waves.headline.estimate == pytest.approx(dummies.headline.estimate, rel=1e-9)
    assert waves.headline.std_error == pytest.approx(dummies.headline.std_error, rel=1e-9)


def test_average_and_final_effect_follow_from_effect_at(made, month):
    series = its.segmented(made(slope=0.01), "rate", time="month", intervention=month(60))
    path = [series.effect_at(month(place)).estimate for place in range(60, 96)]
    assert series.estimates["average_effect"].estimate == pytest.approx(np.mean(path), rel=1e-10)
    assert series.estimates["final_effect"].estimate == pytest.approx(path[-1], rel=1e-12)
    assert series.estimates["final_effect"].std_error == pytest.approx(series.effect_at(month(95)).std_error, rel=1e-12)
    assert series.effect_at(month(120)).estimate == pytest.approx(path[-1] + 25 * (path[1] - path[0]), rel=1e-8)


def test_total_effect_is_fitted_less_counterfactual(made, month):
    table = made(slope=0.01)
    series = its.segmented(table, "cases", time="month", intervention=month(60), exposure="people")
    after = slice(60, None)
    by_hand = ((series.mean[0] - series.counterfactual)[after] * table.people.to_numpy()[after]).sum()
    assert series.total_effect().estimate == pytest.approx(by_hand, rel=1e-10)


@pytest.mark.parametrize("family", ["log_gaussian", "poisson"])
def test_total_effect_of_ratios_by_numerical_delta_method(made, month, family):
    table = made(slope=-0.002)
    series = its.segmented(
        table, "cases", time="month", intervention=month(60), exposure="people", family=family, errors="newey_west"
    )
    t, y = np.arange(36.0), table.cases.to_numpy()[60:]

    def added(level, slope):
        return float((y * (1 - np.exp(-(level + slope * t)))).sum())

    level, slope = series.model.coefficients[0, 2:4]
    step = 1e-5
    gradient = np.array([
        (added(level + step, slope) - added(level - step, slope)) / (2 * step),
        (added(level, slope + step) - added(level, slope - step)) / (2 * step),
    ])  # fmt: skip
    variance = gradient @ series.model.covariance[2:4, 2:4] @ gradient
    assert series.total_effect().estimate == pytest.approx(added(level, slope), rel=1e-12)
    assert series.total_effect().std_error == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_rate_ratios_are_exp_and_keep_the_p_value(made, month):
    series = its.segmented(made(), "cases", time="month", intervention=month(60), exposure="people", family="poisson")
    log, ratio = series.estimates.headline, series.rate_ratios().headline
    assert ratio.estimate == pytest.approx(np.exp(log.estimate), rel=1e-14)
    assert (ratio.conf_low, ratio.conf_high) == pytest.approx((np.exp(log.conf_low), np.exp(log.conf_high)), rel=1e-14)
    assert ratio.p_value == log.p_value
    assert isinstance(ratio.std_error, Unavailable)
    assert "intercept" not in series.rate_ratios().terms
    assert "rate ratio" in ratio.sentence("en")
    assert "率比" in ratio.sentence("ja")


def test_differences_have_no_ratio(made, month):
    series = its.segmented(made(), "rate", time="month", intervention=month(60))
    with pytest.raises(DesignError, match="not ratios"):
        series.rate_ratios()


def test_transition_leaves_periods_out_and_moves_the_origin(made, month):
    table = made()
    given = {"time": "month", "intervention": month(60)}
    cut = its.segmented(table, "rate", transition=4, **given)
    spoilt = table.assign(rate=np.where((table.index >= 60) & (table.index < 64), 99.0, table.rate))
    again = its.segmented(spoilt, "rate", transition=4, **given)
    assert cut.estimates.headline.n == 92
    assert again.estimates.headline.estimate == cut.estimates.headline.estimate
    assert cut.estimates.headline.estimate == pytest.approx(cut.effect_at(month(64)).estimate, rel=1e-14)
    with pytest.raises(DesignError, match="before the effect starts"):
        cut.effect_at(month(63))


def test_saturated_segments_pass_through_the_line():
    import pandas as pd

    t = np.arange(20.0)
    table = pd.DataFrame(
        {"t": t.astype(int), "y": 3 + 0.5 * (t + 1) + (t >= 10) * (2 - 0.25 * (t - 10)) + 1e-3 * (-1) ** t}
    )
    found = its.segmented(table, "y", time="t", intervention=10).estimates
    for term, truth in {"intercept": 3, "trend": 0.5, "level_change": 2, "slope_change": -0.25}.items():
        assert found[term].estimate == pytest.approx(truth, abs=2e-3)


def test_summary_says_how_the_errors_were_made(made, month):
    series = its.segmented(made(), "cases", time="month", intervention=month(60), exposure="people", family="poisson")
    assert "Newey-West with 3 lags" in series.summary("en")
    assert "ニューイ・ウェスト法(ラグ 3)" in series.summary("ja")
    assert series.tidy().columns[0] == "term"
    assert "<table>" in series._repr_html_()
    assert series.estimates.headline.references


def test_joint_covariance_of_the_headline_set(made, month):
    found = its.segmented(
        made(comparison=True), "rate", time="month", intervention=month(60), comparison="city"
    ).estimates
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), [one.std_error for one in found], rtol=1e-12)
