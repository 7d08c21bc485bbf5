"""Segmented regressions of the Great Britain seat-belt series equal R's lm with sandwich (case its01), every column."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import its

FOLDER = Path(__file__).parent / "its01_seatbelts_segmented_ols_nw"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form

BLOCKS = {"ols": ("ols", None), "HC1": ("robust", None), "NW_auto_default": ("newey_west_unadjusted", "automatic")}
for lag in (0, 1, 4, 12):
    BLOCKS[f"NW_lag{lag}_noadj"] = ("newey_west_unadjusted", lag)
    BLOCKS[f"NW_lag{lag}_adj_n_over_nk"] = ("newey_west", lag)

TERMS = {"(Intercept)": "intercept", "t": "trend", "law": "level_change", "tpost": "slope_change"}
COLUMNS = {
    "estimate": "estimate", "se": "std_error", "df": "df", "t": "statistic", "p": "p_value",
    "ci_low": "conf_low", "ci_high": "conf_high",
}  # fmt: skip


@pytest.fixture(scope="module")
def months():
    table = pd.read_csv(FOLDER / "data.csv")
    return table.assign(period=[f"{year}-{month:02d}" for year, month in zip(table.year, table.month, strict=True)])


def fitted(months, model, errors, lags, **choices):
    season = {"simple": 0, "month_dummies": "month"}[model]
    given = {"time": "period", "intervention": "1983-02", "season": season, "errors": errors, "lags": lags}
    return its.segmented(months, "drivers", family="log_gaussian", **given, **choices)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("model", ["simple", "month_dummies"])
def test_every_coefficient(months, model, block):
    coefficients = fitted(months, model, *BLOCKS[block]).coefficients
    assert len(coefficients) == len(CASE[model][block])
    for name, expected in CASE[model][block].items():
        item = coefficients[TERMS.get(name) or name.replace("factor(month)", "month_")]
        for theirs, ours in COLUMNS.items():
            assert getattr(item, ours) == pytest.approx(expected[theirs], rel=RTOL), (name, theirs)


@pytest.mark.parametrize("model", ["simple", "month_dummies"])
def test_automatic_lags_are_those_of_the_case(months, model):
    lags = fitted(months, model, "newey_west_unadjusted", "automatic").model.lags
    assert lags == int(CASE[model]["NW_auto_default_bw_prewhite1"])


@pytest.mark.parametrize(
    ("key", "period"), [("k0", "1983-02"), ("k6", "1983-08"), ("k12", "1984-02"), ("k22", "1984-12")]
)
def test_effect_at_a_period(months, key, period):
    effect = fitted(months, "simple", "newey_west_unadjusted", 12).effect_at(period)
    assert effect.estimate == pytest.approx(CASE["effect_at_post_k"][key]["estimate"], rel=RTOL)
    assert effect.std_error == pytest.approx(CASE["effect_at_post_k"][key]["se_NW12_noadj"], rel=RTOL)


def test_residual_variance(months):
    model = fitted(months, "simple", "ols", None).model
    assert model.dispersion**0.5 == pytest.approx(CASE["simple"]["sigma"], rel=RTOL)
    assert model.n - len(model.names) == CASE["simple"]["df_residual"]
