"""Residual diagnostics of the seat-belt regressions equal R's lmtest and stats (case its02)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.stats.series.serial_tests import autocorrelations, breusch_godfrey, durbin_watson, ljung_box

FOLDER = Path(__file__).parent / "its02_seatbelts_diagnostics"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
ROUNDED_TO_ZERO = 1e-15  # 1 - pchisq() of the case cannot be smaller

MODELS = pytest.mark.parametrize("model", ["simple", "month_dummies"])


@pytest.fixture(scope="module")
def residuals():
    table = pd.read_csv(FOLDER / "data.csv")
    table["period"] = [f"{year}-{month:02d}" for year, month in zip(table.year, table.month, strict=True)]
    seasons = {"simple": 0, "month_dummies": "month"}
    chosen = {"time": "period", "intervention": "1983-02", "family": "log_gaussian", "errors": "newey_west"}
    return {name: its.segmented(table, "drivers", season=season, **chosen).model for name, season in seasons.items()}


@MODELS
def test_durbin_watson(residuals, model):
    assert durbin_watson(residuals[model].residuals[0]) == pytest.approx(CASE[model]["durbin_watson"], rel=RTOL)


@MODELS
@pytest.mark.parametrize("lags", [1, 6, 12, 24])
def test_ljung_box(residuals, model, lags):
    test, expected = ljung_box(residuals[model].residuals[0], lags), CASE[model][f"ljung_box_{lags}"]
    assert test.statistic == pytest.approx(expected["stat"], rel=RTOL)
    assert test.p_value == pytest.approx(expected["p"], rel=1e-4, abs=ROUNDED_TO_ZERO)


@MODELS
@pytest.mark.parametrize("lags", [1, 4, 12])
def test_breusch_godfrey(residuals, model, lags):
    fit, expected = residuals[model], CASE[model][f"breusch_godfrey_chisq_fill0_{lags}"]
    test = breusch_godfrey(fit.residuals[0], fit.design, lags)
    assert test.statistic == pytest.approx(expected["stat"], rel=RTOL)
    assert test.p_value == pytest.approx(expected["p"], rel=1e-6)


@MODELS
def test_autocorrelations(residuals, model):
    ours = autocorrelations(residuals[model].residuals[0], 12)
    np.testing.assert_allclose(ours, CASE[model]["acf_1_12"], rtol=RTOL)


def test_lags_that_the_errors_allow_for_are_left_out(residuals):
    row = residuals["simple"].residuals[0]
    later = ljung_box(row, 12, allowed=4)
    bartlett = 1 + 2 * sum(r**2 for r in CASE["simple"]["acf_1_12"][:4])
    assert later.df == 8
    expected = CASE["simple"]["ljung_box_12"]["stat"] - ljung_box(row, 4).statistic
    assert later.statistic == pytest.approx(expected / bartlett, rel=RTOL)
