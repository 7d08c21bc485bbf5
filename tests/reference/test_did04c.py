"""Counties with gaps and as repeated cross-sections: csdid everywhere, moderndid but for one sign that is wrong there and in R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did04c_att_gt_gaps_sections"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
CONTROL = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
EVENT = {"dynamic": "event"}


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


def fitted(counties, key):
    sample, control, base, covariates, method, extra = key.split("|")
    gaps = sample == "gaps"
    return did.att_gt(
        counties[counties.kept == 1] if gaps else counties, "lemp", unit="countyreal" if gaps else None, time="year",
        first_treated="first_treat", covariates=() if covariates == "none" else (covariates,), control=CONTROL[control],
        base=base, method=method, gaps="all_rows", weights="weight" if extra == "weights" else None,
        cluster="state" if extra == "cluster" else None,
    )  # fmt: skip


def rtol(key):
    """Return the tolerance: closed form, or the convergence of their logit."""
    return 1e-8 if "|reg|" in key else 1e-6


def errors(found):
    return np.sqrt(np.diag(found.effects.covariance))


def numbers(values):
    return [0.0 if value is None else value for value in values]  # None: the reference period


@pytest.mark.parametrize("key", CASE)
def test_cells_and_averages(counties, key):
    found, expected = fitted(counties, key), CASE[key]
    assert [cell.name for cell in found.cells] == expected["cells"]
    np.testing.assert_allclose(found.effects.att, expected["att"], rtol=rtol(key), atol=1e-15)
    np.testing.assert_allclose(errors(found), numbers(expected["se"]), rtol=rtol(key))
    for kind, part in expected["aggregates"].items():
        average = found.aggregate(EVENT.get(kind, kind))
        headline = average.headline
        np.testing.assert_allclose(
            [headline.estimate, headline.std_error], [part["overall_att"], part["overall_se"]], rtol=rtol(key)
        )
        np.testing.assert_allclose([item.estimate for item in average][:-1], part["att"], rtol=rtol(key), atol=1e-15)
        spread = np.sqrt(np.diag(average.covariance))[:-1]
        np.testing.assert_allclose(spread, numbers(part["se"]), rtol=rtol(key))


@pytest.mark.parametrize("key", [key for key in CASE if "moderndid" in CASE[key] and "|dr|" not in key])
def test_moderndid_agrees(counties, key):
    found, expected = fitted(counties, key), CASE[key]["moderndid"]
    np.testing.assert_allclose(found.effects.att, numbers(expected["att"]), rtol=rtol(key), atol=1e-15)
    np.testing.assert_allclose(errors(found), numbers(expected["se"]), rtol=rtol(key))


@pytest.mark.parametrize("key", [key for key in CASE if "moderndid" in CASE[key] and "|dr|" in key])
def test_moderndid_agrees_in_doubly_robust_estimates_and_within_two_thousandths_in_their_errors(counties, key):
    found, expected = fitted(counties, key), CASE[key]["moderndid"]
    np.testing.assert_allclose(found.effects.att, numbers(expected["att"]), rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(errors(found), numbers(expected["se"]), rtol=2e-3)
