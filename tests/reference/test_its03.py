"""Autoregressive errors equal R: Prais-Winsten and Cochrane-Orcutt (case its03), restricted likelihood by nlme (case its04)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import its

HERE = Path(__file__).parent
FEASIBLE = json.loads((HERE / "its03_seatbelts_prais_winsten" / "case.json").read_text(encoding="utf-8"))["expected"]
RESTRICTED = json.loads((HERE / "its04_seatbelts_reml" / "case.json").read_text(encoding="utf-8"))["expected"]
TERMS = {"const": "intercept", "t": "trend", "law": "level_change", "tpost": "slope_change"}


@pytest.fixture(scope="module")
def belts():
    data = pd.read_csv(HERE / "its03_seatbelts_prais_winsten" / "data.csv")
    return data.assign(period=[f"{year}-{month:02d}" for year, month in zip(data.year, data.month, strict=True)])


def fitted(data, errors, **choices):
    return its.segmented(
        data, "drivers", time="period", intervention="1983-02", family="log_gaussian", errors=errors, **choices
    )


@pytest.mark.parametrize(("errors", "key", "rtol"), [
    ("prais_winsten", "prais_winsten_iterated", 1e-9), ("prais_winsten_two_step", "prais_winsten_twostep", 1e-9),
    ("cochrane_orcutt", "cochrane_orcutt_iterated", 1e-9), ("cochrane_orcutt_two_step", "cochrane_orcutt_twostep", 1e-9),
    ("prais_winsten", "prais_winsten_iterated_month_dummies", 1e-9),
])  # fmt: skip
def test_feasible_generalised_least_squares(belts, errors, key, rtol):
    found = fitted(belts, errors, season="month" if "month" in key else 0)
    assert found.model.autoregression[0] == pytest.approx(FEASIBLE[key]["rho"], rel=rtol)
    for name, row in FEASIBLE[key]["coef"].items():
        if name in TERMS:
            item = found.estimates[TERMS[name]]
            assert item.estimate == pytest.approx(row["estimate"], rel=rtol)
            assert item.std_error == pytest.approx(row["se"], rel=rtol)
            assert item.p_value == pytest.approx(row["p"], rel=1e-6)
            assert item.conf_low == pytest.approx(row["ci_low"], rel=rtol)
            assert item.df == row["df"]


CASES = {
    "ar1": {}, "ar2": {"lags": 2}, "ar1_month_dummies": {"season": "month"}, "ar1_three_months_left_out": {"transition": 3},
    "ar1_42_months": {},
}  # fmt: skip


@pytest.mark.parametrize("key", CASES)
def test_restricted_likelihood(belts, key):
    data = belts[belts.t.between(146, 187)] if "42" in key else belts
    found, case = fitted(data, "reml_unadjusted", **CASES[key]), RESTRICTED[key]
    items = [found.estimates[name] for name in TERMS.values()]
    np.testing.assert_allclose([item.estimate for item in items], case["coef"][:4], rtol=1e-6)
    np.testing.assert_allclose([item.std_error for item in items], case["se"][:4], rtol=1e-6)
    assert np.sqrt(found.model.dispersion) == pytest.approx(case["sigma"], rel=1e-6)
    partial = found.model.autoregression
    assert partial[-1] == pytest.approx(case["phi"][-1], rel=3e-5)
    if len(partial) == 1:
        assert partial[0] == pytest.approx(case["phi"][0], rel=1e-6)
    else:
        assert partial[0] * (1 - partial[1]) == pytest.approx(case["phi"][0], rel=1e-6)
