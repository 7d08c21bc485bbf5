"""Extended two-way fixed effects equal diff-diff 3.13.0 on the county minimum-wage panel (case did22)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError

FOLDER = Path(__file__).parent / "did22_etwfe_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
COLUMNS = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}
OUTCOMES = {"gaussian": "lemp", "poisson": "emp", "logit": "above"}
RTOL = 1e-6  # diff-diff's Newton steps stop at 1e-8; the linear case holds at 1e-9
ROWS, COLUMNS_OF_15 = 2500, 15


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


def scale(family):
    """Return diff-diff's further factor in the errors of the nonlinear families."""
    return 1.0 if family == "gaussian" else np.sqrt((ROWS - 1) / (ROWS - COLUMNS_OF_15))


@pytest.mark.parametrize("family", OUTCOMES)
def test_cells(counties, family):
    found = did.extended_twfe(counties, OUTCOMES[family], **COLUMNS, family=family).effects
    errors = np.sqrt((found.influence**2).sum(axis=0))
    names = [f"{g}:{t}" for g, t in zip(found.cohort, found.period, strict=True)]
    assert set(names) == set(CASE[family]["cells"])
    for name, value, error in zip(names, found.values, errors, strict=True):
        assert value == pytest.approx(CASE[family]["cells"][name]["estimate"], rel=RTOL)
        assert error * scale(family) == pytest.approx(CASE[family]["cells"][name]["se"], rel=RTOL)


@pytest.mark.parametrize("kind", ["group", "calendar", "event"])
@pytest.mark.parametrize("family", OUTCOMES)
def test_averages(counties, family, kind):
    found = did.extended_twfe(counties, OUTCOMES[family], **COLUMNS, family=family)
    averages = found.aggregate(kind)
    for term, row in CASE[family][kind].items():
        item = averages[term]
        assert item.estimate == pytest.approx(row["estimate"], rel=RTOL)
        assert item.std_error * scale(family) == pytest.approx(row["se"], rel=RTOL)
    assert found.estimates.headline.estimate == pytest.approx(CASE[family]["overall"]["estimate"], rel=RTOL)
    assert found.estimates.headline.std_error * scale(family) == pytest.approx(CASE[family]["overall"]["se"], rel=RTOL)


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_with_a_covariate(counties, family):
    # Errors differ on purpose: ours count that the mean of the covariate among the treated is estimated.
    found = did.extended_twfe(counties, OUTCOMES[family], **COLUMNS, family=family, covariates=["lpop"])
    for g, t, value in zip(found.effects.cohort, found.effects.period, found.effects.values, strict=True):
        assert value == pytest.approx(CASE[f"{family}_lpop"]["cells"][f"{g}:{t}"]["estimate"], rel=RTOL)


def test_a_peer_gives_numbers_where_no_maximum_exists(counties):
    # In the cohort of 2004 a county is above if and only if its population is above a threshold: the likelihood has no finite maximum.
    cohort = counties[counties.first_treat == 2004].drop_duplicates("countyreal").sort_values("lpop")
    assert cohort.above.is_monotonic_increasing
    assert abs(CASE["logit_lpop_separated"]["cells"]["2004:2004"]["estimate"]) < 1e-9
    with pytest.raises(DesignError, match="separation"):
        did.extended_twfe(counties, "above", **COLUMNS, family="logit", covariates=["lpop"])
