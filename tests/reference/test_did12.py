"""Poisson regressions with two-way effects equal R's fixest on the castle panel (case did12)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did12_ppml_castle"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-7  # the case: fixest's iterations end there
COLUMNS = {"unit": "sid", "time": "year"}
MODELS = {
    "count_offset_logpop": ("hom_count", {"exposure": "population"}),
    "rate_homicide": ("homicide", {}),
    "rate_homicide_popweighted": ("homicide", {"weights": "popwt"}),
    "rate_robbery_cov": ("robbery", {}),
}


@pytest.fixture(scope="module")
def castle():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.mark.parametrize("name", MODELS)
def test_the_model(castle, name):
    (outcome, options), rows = MODELS[name], CASE[name]["coef"]
    found = did.poisson(castle, outcome, **COLUMNS, treatment=list(rows), **options)
    for item in found:
        row = rows[item.term]
        assert item.estimate == pytest.approx(row["estimate"], rel=RTOL)
        assert item.std_error == pytest.approx(row["se"], rel=RTOL)
        assert item.p_value == pytest.approx(row["p"], rel=RTOL)
        assert item.conf_low == pytest.approx(row["ci_low"], rel=RTOL)
    assert found.headline.n == CASE[name]["nobs"]


def test_period_effects_count_and_unit_effects_nested_in_clusters_do_not(castle):
    found = did.poisson(castle, "homicide", **COLUMNS, treatment="post_bin").headline
    # K = 1 treatment + 10 years + the constant = 12, as fixest; pyfixest 0.60 takes K = 2, though years are not nested in states.
    assert round(found.std_error, 7) == 0.0395871
    assert round(found.std_error * np.sqrt((550 - 12) / (550 - 2)), 7) == 0.0392243
