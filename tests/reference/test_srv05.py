"""Recurrent events equal R survival and mets (case srv05)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

FOLDER = Path(__file__).parent / "srv05_bladder_recurrent"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
EVENTS = {"event": "event", "events": {1: "recurrence", 2: "death"}, "cause": "recurrence"}
MONTHS = (6, 12, 24, 36)


@pytest.fixture(scope="module")
def tumours():
    return pd.read_csv(FOLDER / "data.csv").sample(frac=1.0, random_state=1)


def curves(tumours, times, terminal):
    start, stop = times
    return cohort.recurrent(
        tumours, stop, entry=start, person="id", by="arm", at=MONTHS, terminal=terminal, **EVENTS
    ).estimates


def test_mean_cumulative_function(tumours):
    found = curves(tumours, ("start", "stop"), None)
    for arm in ("0", "1"):
        ours = [found[f"{arm}, {month}"] for month in MONTHS]
        np.testing.assert_allclose([one.estimate for one in ours], CASE["mcf"][arm]["value"], rtol=RTOL)
        np.testing.assert_allclose([one.std_error for one in ours], CASE["mcf"][arm]["se"], rtol=RTOL)


def test_mean_frequency_before_death(tumours):
    found = curves(tumours, ("from", "to"), "death")
    for arm in ("0", "1"):
        ours = [found[f"{arm}, {month}"] for month in MONTHS]
        np.testing.assert_allclose([one.estimate for one in ours], CASE["ghosh_lin"][arm]["value"], rtol=RTOL)
        # theirs takes the martingales over those at risk, ours over those who stay; tests/stats shows ours to be the derivative
        np.testing.assert_allclose([one.std_error for one in ours], CASE["ghosh_lin"][arm]["se"], rtol=0.01)


def test_the_difference_is_that_of_the_means(tumours):
    given = {"entry": "from", "person": "id", "terminal": "death", **EVENTS}
    difference = cohort.mean_frequency(tumours, "to", treatment="arm", horizon=24, **given).estimates["1"]
    means = curves(tumours, ("from", "to"), "death")
    control, treated = means["0, 24"], means["1, 24"]
    np.testing.assert_allclose(difference.estimate, treated.estimate - control.estimate, rtol=RTOL)
    np.testing.assert_allclose(difference.std_error, np.hypot(treated.std_error, control.std_error), rtol=RTOL)


@pytest.mark.parametrize(("key", "ties"), [("andersen_gill", "efron"), ("andersen_gill_breslow", "breslow")])
def test_andersen_gill(tumours, key, ties):
    found = cohort.cox(
        tumours,
        "stop",
        entry="start",
        cluster="id",
        ties=ties,
        treatment="arm",
        covariates=["number", "size"],
        **EVENTS,
    )
    np.testing.assert_allclose([one.estimate for one in found.estimates], CASE[key]["coef"], rtol=RTOL)
    np.testing.assert_allclose(found.estimates.covariance, CASE[key]["var"], rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(found.fit.bread, CASE[key]["naive"], rtol=RTOL, atol=1e-12)
