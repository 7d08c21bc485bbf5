"""Estimators from declared probabilities, of cluster means, in strata, by two stages and of factors equal R's estimatr (rct26)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import rct

HERE = Path(__file__).parent / "rct26_design_based"
COLUMNS = {
    "estimate": "estimate",
    "se": "std_error",
    "df": "df",
    "p": "p_value",
    "ci_low": "conf_low",
    "ci_high": "conf_high",
}
BY_SCHOOL = {"treatment": "zs", "cluster": "school"}
OWN = {"treatment": "zc", "cluster": "school", "probability": "p"}


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(HERE / "data.csv").assign(hi=lambda d: (d.x > 0).astype(int))


@pytest.fixture(scope="module")
def expected():
    return json.loads((HERE / "case.json").read_text(encoding="utf-8"))["expected"]


def weight(data):
    return data.assign(w=(data.zc / data.p) + (1 - data.zc) / (1 - data.p))


CALLS = {
    "ht_coins_rows": lambda d: rct.horvitz_thompson(d, "y_zr", treatment="zr", probability="pr", reference="normal")["1"],
    "ht_coins_clusters": lambda d: rct.horvitz_thompson(d, "y_zc", reference="normal", **OWN)["1"],
    "hajek_coins_rows_HC2": lambda d: rct.hajek(d, "y_zr", treatment="zr", probability="pr")["1"],
    "ipw_clusters_CR2": lambda d: rct.ancova(weight(d), "y_zc", treatment="zc", cluster="school", weights="w")["1"],
    "lin_ipw_clusters_CR2": lambda d: rct.lin(
        weight(d), "y_zc", treatment="zc", cluster="school", weights="w", covariates=["x"])["1"],
    "clusters_means": lambda d: rct.difference_in_means(d, "y_zs", estimand="clusters", **BY_SCHOOL)["1"],
    "clusters_means_strata": lambda d: rct.difference_in_means(
        d, "y_zs", estimand="clusters", strata="stratum", **BY_SCHOOL)["1"],
    "clusters_lin": lambda d: rct.lin(d, "y_zs", estimand="clusters", covariates=["x"], errors="HC2", **BY_SCHOOL)["1"],
    "ancova_strata_CR2": lambda d: rct.ancova(d, "y_zs", covariates=["x"], strata="stratum", **BY_SCHOOL)["1"],
    "ancova_strata_CR0": lambda d: rct.ancova(
        d, "y_zs", covariates=["x"], strata="stratum", errors="CR0", **BY_SCHOOL)["1"],
    "ancova_strata_stata": lambda d: rct.ancova(
        d, "y_zs", covariates=["x"], strata="stratum", errors="CR1S", **BY_SCHOOL)["1"],
    "iv_CR0": lambda d: rct.cace(
        d, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school", errors="CR0").effect,
    "iv_stata": lambda d: rct.cace(
        d, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school", errors="CR1S").effect,
    "iv_CR2": lambda d: rct.cace(d, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school").effect,
    "factorial_alone": lambda d: rct.factorial(d, "y_zr", factors=["zr", "hi"])["zr=1 alone"],
    "factorial_interaction": lambda d: rct.factorial(d, "y_zr", factors=["zr", "hi"])["zr=1 × hi=1"],
    "factorial_main": lambda d: rct.factorial(d, "y_zr", factors=["zr", "hi"])["zr=1"],
}  # fmt: skip


@pytest.mark.parametrize("key", CALLS)
def test_rct26(key, data, expected):
    found = CALLS[key](data)
    other = {"df", "p", "ci_low", "ci_high"}  # Satterthwaite's df of cells, and our n - 2, where estimatr has n - k
    names = set(expected[key]) - (other if key.startswith(("factorial", "hajek")) else set())
    ours = {name: getattr(found, COLUMNS[name]) for name in names}
    assert ours == pytest.approx({name: expected[key][name] for name in names}, rel=1e-8)


def test_rct26_totals_of_clusters_in_strata(data, expected):
    """Theirs averages the totals of schools over schools, ours over rows."""
    lot = rct.Assignment(cluster="school", strata="stratum", shares=(5 / 8, 3 / 8))
    found = rct.horvitz_thompson(data, "y_zs", treatment="zs", assignment=lot)["1"]
    theirs = expected["ht_complete_clusters_in_strata_totals"]
    scale = data.school.nunique() / len(data)
    assert (found.estimate, found.std_error) == pytest.approx(
        (theirs["estimate"] * scale, theirs["se"] * scale), rel=1e-10
    )


def test_rct26_first_stage(data, expected):
    found = rct.cace(data, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school")
    assert found.first_stage_f == pytest.approx(expected["iv_first_stage_F"], rel=1e-8)
