"""ARIMA errors equal R (case its05); structural models equal statsmodels (case its08); counts and shapes equal R (case its09)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.stats.series.panel_components import _Sites

HERE = Path(__file__).parent
LAW = {"start": "1983-02", "effect": ["level", "slope"]}
STEP = {"start": "1983-02", "effect": "level"}
NAMES = {"t": "trend", "law": "level_change", "tpost": "slope_change", "(Intercept)": "intercept"}


def case(name):
    folder = HERE / name
    data = pd.read_csv(folder / "data.csv")
    data = data.assign(
        period=[f"{year}-{month:02d}" for year, month in zip(data.year, data.month, strict=True)],
        ly=np.log(data.drivers), lpetrol=np.log(data.PetrolPrice), lkms=np.log(data.kms),
    )  # fmt: skip
    return data, json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


BELTS, ARIMA = case("its05_seatbelts_arima")
UCM = case("its08_bsts_style_ucm_seatbelts")[1]
COUNTS = case("its09_seatbelts_counts")[1]
OURS = {
    "ar1": "ar_1",
    "ma1": "ma_1",
    "sma1": "seasonal_ma_1",
    "t": "trend",
    "law": "level_change",
    "tpost": "slope_change",
}
MODELS = {
    "AR1_xreg": {"intervention": LAW},
    "ARMA11_xreg": {"intervention": LAW, "order": (1, 0, 1)},
    "SARIMA_100_011_law": {"intervention": STEP, "order": (1, 0, 0, 0, 1, 1), "trend": "none"},
    "SARIMA_011_011_law": {"intervention": STEP, "order": {"d": 1, "q": 1, "D": 1, "Q": 1}},
    "SARIMA_101_011_law_petrol_kms": {
        "intervention": STEP, "order": (1, 0, 1, 0, 1, 1), "trend": "none", "covariates": ["lpetrol", "lkms"],
    },
    "AR1_month": {"intervention": LAW, "season": "month"},
}  # fmt: skip


@pytest.mark.parametrize("key", MODELS)
def test_arima_errors(key):
    found, expected = its.arima(BELTS, "ly", time="period", **MODELS[key]), ARIMA[key]
    for name, value in expected["coef"].items():
        ours = found.estimates[OURS.get(name, name).replace("factor(month)", "month_")]
        assert ours.estimate == pytest.approx(value, abs=1e-4)
        if name != "t":  # R differences its Hessian by steps that are too wide for a slope a month
            assert ours.std_error == pytest.approx(expected["se"][name], rel=2e-3)
    # R starts differenced series from a prior of variance 1e6, which moves its likelihood by 7e-4
    assert found.fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-6 if found.order.D == 0 else 1e-3)
    assert found.fit.aicc == pytest.approx(expected["aicc"], abs=2e-3)


# R 4.2.2, stats::arima(method="ML") of the series and the law differenced as the order says, without the prior of variance 1e6; for
# the errors transform.pars=FALSE, ndeps=1e-4 (optimHess in the last model): with TRUE they pass through differences of step 1e-3.
DIFFERENCED = {
    "SARIMA_100_011_law": (
        188.935170804, {"level_change": -0.22683875, "ar_1": 0.58264213, "seasonal_ma_1": -0.82179234},
        {"level_change": 0.04208352, "ar_1": 0.06656764, "seasonal_ma_1": 0.07535518},
    ),
    "SARIMA_011_011_law": (
        197.058048576, {"level_change": -0.24502705, "ma_1": -0.69226060, "seasonal_ma_1": -0.88156387},
        {"level_change": 0.05519322, "ma_1": 0.07156238, "seasonal_ma_1": 0.08469930},
    ),
    "SARIMA_101_011_law_petrol_kms": (
        204.850501306, {"level_change": -0.2239513, "lpetrol": -0.2973374, "lkms": 0.0497067, "ar_1": 0.9445213},
        {"level_change": 0.04869186, "lpetrol": 0.10871779, "lkms": 0.12371698, "ma_1": 0.16171126, "ar_1": 0.06963658},
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", DIFFERENCED)
def test_differenced_series_without_the_prior_of_r(key):
    found, (likelihood, values, errors) = its.arima(BELTS, "ly", time="period", **MODELS[key]), DIFFERENCED[key]
    assert found.fit.log_likelihood == pytest.approx(likelihood, abs=1e-8)
    for name, value in values.items():
        assert found.estimates[name].estimate == pytest.approx(value, abs=1e-6)
    for name, value in errors.items():
        assert found.estimates[name].std_error == pytest.approx(value, rel=2e-6)


def test_gradual_step():
    expected = COUNTS["gradual_step_ar1"]
    data = case("its09_seatbelts_counts")[0]
    step = {"start": "1977-04", "effect": "level"}
    found = its.arima(data, "gradual", time="period", intervention=step, transfer="gradual")
    assert found.fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-6)
    assert found.estimates["decay"].estimate == pytest.approx(expected["decay"], abs=1e-4)
    assert found.estimates["level_change"].estimate == pytest.approx(expected["coef"]["z"], abs=1e-4)


def structural(**choices):
    return its.structural(BELTS, "ly", time="period", likelihood="maximum", **choices)


def test_structural_model_with_a_season_that_moves():
    found = structural(intervention=STEP, season="random", fit="whole")
    expected = UCM["local_level_seasonal_dummy_law"]
    assert found.fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-4)
    assert found.variances["irregular"] == pytest.approx(expected["params"]["sigma2.irregular"], rel=1e-2)
    assert found.variances["level"] == pytest.approx(expected["params"]["sigma2.level"], rel=1e-2)
    assert found.variances["season"] == pytest.approx(0.0, abs=1e-8)
    assert found.estimates.headline.estimate == pytest.approx(expected["params"]["beta.law"], abs=1e-3)


def test_structural_model_with_a_fixed_season():
    found = structural(intervention=STEP, season="month", fit="whole", controls=["lpetrol"])
    expected = UCM["local_level_fixed_seasonal_law_petrol"]
    assert found.fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-4)
    assert found.coefficients["lpetrol"].estimate == pytest.approx(expected["params"]["beta.lpetrol"], abs=1e-3)
    assert found.estimates.headline.estimate == pytest.approx(expected["params"]["beta.law"], abs=1e-3)


def test_forecast_from_before_the_law():
    expected = UCM["pre_fit_forecast_llevel_seasonal_petrol_kms"]
    data = BELTS.assign(ly=BELTS.ly)
    found = its.structural(
        data,
        "ly",
        time="period",
        intervention="1983-02",
        controls=["lpetrol", "lkms"],
        season="random",
        likelihood="maximum",
    )
    assert found.fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-4)
    np.testing.assert_allclose(found.forecast[0].mean, expected["forecast_mean"], atol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(found.forecast[0].covariance)), expected["forecast_se"], atol=1e-4)
    pointwise = [one.estimate for one in found.impact().pointwise]
    np.testing.assert_allclose(pointwise, expected["pointwise_effect"], atol=1e-4)
    assert found.estimates.headline.estimate == pytest.approx(expected["average_effect"], abs=1e-4)


def compared(found, expected, names, rel=1e-6):
    for theirs, ours in names.items():
        assert found[ours].estimate == pytest.approx(expected["coef"][theirs], rel=rel)
        assert found[ours].std_error == pytest.approx(expected["se"][theirs], rel=10 * rel)


def test_negative_binomial_with_an_offset():
    found = its.segmented(
        BELTS,
        "VanKilled",
        time="period",
        intervention="1983-02",
        exposure="kms",
        family="negative_binomial",
        errors="likelihood",
    )
    expected = COUNTS["negative_binomial"]
    compared(found.estimates, expected, NAMES)
    assert found.model.shape == pytest.approx(expected["shape"], rel=1e-5)


def test_negative_binomial_with_a_season():
    found = its.segmented(
        BELTS,
        "drivers",
        time="period",
        intervention="1983-02",
        season=1,
        family="negative_binomial",
        errors="likelihood",
    )
    compared(found.estimates, COUNTS["negative_binomial_harmonic"], NAMES)
    assert found.model.shape == pytest.approx(COUNTS["negative_binomial_harmonic"]["shape"], rel=1e-6)


def test_shares_of_a_denominator():
    found = its.segmented(
        BELTS,
        "DriversKilled",
        time="period",
        intervention="1983-02",
        exposure="drivers",
        family="binomial",
        errors="quasi",
    )
    compared(found.estimates, COUNTS["binomial_quasi"], NAMES)
    assert found.model.dispersion == pytest.approx(COUNTS["binomial_quasi"]["dispersion"], rel=1e-6)


def test_phase_in_beside_another_intervention_and_a_covariate():
    found = its.segmented(
        BELTS, "drivers", time="period", covariates=["lpetrol"], family="poisson", errors="quasi",
        intervention=[{"start": "1983-02", "effect": "level", "phase_in": 3}, {"start": "1973-12", "effect": "level"}],
    )  # fmt: skip
    names = {"t": "trend", "phase": "level_change", "step74": "level_change_1973-12", "(Intercept)": "intercept"}
    expected = COUNTS["poisson_phase_and_second_step"]
    compared(found.estimates, expected, names)
    assert found.coefficients["lpetrol"].estimate == pytest.approx(expected["coef"]["lpetrol"], rel=1e-6)


def test_pulse_as_a_further_intervention():
    pulse = {"start": "1973-12", "effect": "pulse", "periods": 3}
    found = its.segmented(BELTS, "ly", time="period", intervention=["1983-02", pulse], errors="ols")
    names = {name: ours for name, ours in NAMES.items() if name != "tpost"} | {"pulse": "pulse_change_1973-12"}
    compared(found.estimates, COUNTS["gaussian_pulse"], names)


def test_sites_with_shared_months_and_no_autocorrelation():
    expected = COUNTS["sites_independent_months"]
    t = np.arange(1, 193)
    y = np.log(np.array([BELTS.drivers, BELTS.front, BELTS.rear]))
    common = np.column_stack([t - 96.5, BELTS.law, BELTS.tpost]).astype(float)
    X = np.concatenate([np.repeat(np.eye(3)[:, None, :], 192, axis=1), np.repeat(common[None], 3, axis=0)], axis=2)
    problem = _Sites.of(y, X, np.empty((192, 0)))
    free = np.array([np.log(expected["shared"] / expected["own"]), 0.0, 0.0])
    _, squares, coefficients, bread, _ = problem.at(free)
    scale = squares / (3 * 192 - 6)
    assert scale == pytest.approx(expected["own"], rel=1e-6)
    np.testing.assert_allclose(coefficients, list(expected["coef"].values()), rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(scale * bread)), list(expected["se"].values()), rtol=1e-6)
    moves = (np.array([1e-3, 0.0, 0.0]), np.array([-1e-3, 0.0, 0.0]))
    assert all(problem.at(free + move)[0] >= problem.at(free)[0] - 1e-9 for move in moves)
