"""Two-way fixed effects equal R's fixest and estimatr on the castle panel (case did02), and linearmodels on unbalanced ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did02_castle_twfe"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form


@pytest.fixture(scope="module")
def castle():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.fixture(scope="module")
def grants():
    from linearmodels.datasets import jobtraining

    return jobtraining.load()[["fcode", "year", "lscrap", "grant", "grant_1"]].dropna()


def fitted(castle, treatment, **choices):
    return did.twfe(castle, "l_homicide", unit="sid", time="year", treatment=treatment, **choices)


@pytest.mark.parametrize(("errors", "key"), [("CR1", "cluster_sid_default_ssc"), ("classical", "iid")])
@pytest.mark.parametrize(("block", "weights"), [("unw", None), ("popw", "popwt")])
def test_one_treatment(castle, block, weights, errors, key):
    found = fitted(castle, "post_bin", weights=weights, errors=errors).headline
    row = CASE[block][key]["coef"]["post_bin"]
    assert found.estimate == pytest.approx(row["estimate"], rel=RTOL)
    assert found.std_error == pytest.approx(row["se"], rel=RTOL)
    assert found.p_value == pytest.approx(row["p"], rel=RTOL)
    assert found.conf_low == pytest.approx(row["ci_low"], rel=RTOL)
    assert found.df == CASE[block][key]["df_t"]


def test_period_effects_count_and_unit_effects_nested_in_clusters_do_not(castle):
    found = fitted(castle, "post_bin").headline
    assert (
        round(found.std_error, 7) == 0.0558596
    )  # fixest; pyfixest 0.60 depends on the order of the effects (0.0553476)


@pytest.mark.parametrize(("block", "weights"), [("unw_cov_cluster_sid", None), ("popw_cov_cluster_sid", "popwt")])
def test_several_regressors(castle, block, weights):
    rows = CASE[block]["coef"]
    for item in fitted(castle, list(rows), weights=weights):
        assert item.estimate == pytest.approx(rows[item.term]["estimate"], rel=RTOL)
        assert item.std_error == pytest.approx(rows[item.term]["se"], rel=RTOL)


def test_bias_reduced_errors_with_absorbed_unit_effects(castle):
    found, row = fitted(castle, "post_bin", errors="CR2").headline, CASE["estimatr_CR2_sid"]["post_bin"]
    assert found.std_error == pytest.approx(row["se"], rel=RTOL)
    assert found.df == pytest.approx(row["df"], rel=RTOL)
    assert found.conf_high == pytest.approx(row["ci_high"], rel=RTOL)


def test_job_training_grants_as_published(grants):
    found = did.twfe(grants, "lscrap", unit="fcode", time="year", treatment=["grant", "grant_1"], errors="classical")
    assert [round(item.estimate, 3) for item in found] == [-0.252, -0.422]  # Wooldridge, table 14.1
    assert [round(item.std_error, 3) for item in found] == [0.151, 0.210]
    assert grants.fcode.nunique() == 54


def test_linearmodels_agrees_where_units_miss_periods(grants):
    from linearmodels.panel import PanelOLS

    gapped = grants.drop(grants.index[[0, 7, 31, 90]])
    indexed = gapped.set_index(["fcode", "year"])
    peer = PanelOLS(indexed.lscrap, indexed[["grant", "grant_1"]], entity_effects=True, time_effects=True).fit()
    found = did.twfe(gapped, "lscrap", unit="fcode", time="year", treatment=["grant", "grant_1"], errors="classical")
    np.testing.assert_allclose([item.estimate for item in found], peer.params, rtol=RTOL)
    np.testing.assert_allclose([item.std_error for item in found], peer.std_errors, rtol=RTOL)
