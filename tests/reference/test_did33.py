"""A small odd panel (case did33): text labels in no order, heavy tails, weights, gaps and covariates, against pyfixest, diff-diff and csdid."""

import numpy as np
import pytest

from ebpm import did
from tests.reference.every_value import case

DATA, CASE = case("did33_odd_panel")
PANEL = {"unit": "id", "time": "t", "first_treated": "g"}
ERRORS = {"classical": {"errors": "classical"}, "HC1": {"errors": "HC1"}, "CR1": {}, "area": {"cluster": "area"}, "both": {"cluster": ["id", "t"]}}  # fmt: skip
STAGGERED = {"imputation": did.imputation, "two_stage": did.two_stage, "sun_abraham": did.sun_abraham}


def found(sample, routine, kind, options):
    data = DATA if sample == "full" else DATA[DATA.kept == 1]
    data = data.sample(frac=1, random_state=4)
    if routine == "twfe":
        weights = None if options == "plain" else options
        return did.twfe(
            data, "y", unit="id", time="t", treatment="on", covariates=["z"], weights=weights, **ERRORS[kind]
        ).headline
    if routine == "poisson":
        return did.poisson(data, "count", unit="id", time="t", treatment="on", errors=kind).headline
    return STAGGERED[routine](data, "y", **PANEL, covariates=[kind] if kind else []).estimates.headline


def rtol(key):
    iterated = "poisson" in key or "gaps|twfe" in key or "|dr" in key or "|ipw" in key
    return 1e-6 if iterated else 1e-8


@pytest.mark.parametrize("key", [key for key in CASE if "att_gt" not in key])
def test_headline(key):
    item, row = found(*key.split("|")), CASE[key]
    assert item.estimate == pytest.approx(row["estimate"], rel=rtol(key))
    assert item.std_error == pytest.approx(row["se"], rel=rtol(key))


@pytest.mark.parametrize("key", [key for key in CASE if "att_gt" in key])
def test_cells(key):
    sample, _, covariate, method = key.split("|")
    data = DATA if sample == "full" else DATA[DATA.kept == 1]
    result = did.att_gt(
        data, "y", **PANEL, control="never_treated", covariates=[covariate] if covariate else [], method=method,
        gaps="refuse" if sample == "full" else "pairs",
    )  # fmt: skip
    assert set(result.estimates.terms) == set(CASE[key])
    theirs = [CASE[key][term] for term in result.estimates.terms]
    np.testing.assert_allclose(
        [item.estimate for item in result.estimates], [one["estimate"] for one in theirs], rtol=rtol(key), atol=1e-10
    )
    np.testing.assert_allclose(
        [item.std_error for item in result.estimates], [one["se"] for one in theirs], rtol=rtol(key)
    )
