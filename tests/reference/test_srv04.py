"""Competing risks equal R survival and cmprsk (case srv04)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort
from ebpm.stats.survival.gray import gray_test
from ebpm.stats.survival.risk_sets import Spells

FOLDER = Path(__file__).parent / "srv04_mgus_competing"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
EVENTS = {"event": "event", "events": {1: "progression", 2: "death"}}
KINDS = {
    "states": {"interval": "log"},
    "states_weighted": {"weights": "w", "interval": "log"},
    "states_loglog": {"weights": "w", "interval": "log-log"},
}


@pytest.fixture(scope="module")
def patients():
    table = pd.read_csv(FOLDER / "data.csv").sample(frac=1.0, random_state=1)
    return table.assign(man=(table.sex == "M").astype(int))


@pytest.mark.parametrize("key", KINDS)
def test_cumulative_incidence(patients, key):
    found, expected = cohort.cumulative_incidence(patients, "time", by="sex", **EVENTS, **KINDS[key]), CASE[key]
    for row, group in enumerate(expected["group"]):
        for event in ("progression", "death"):
            curve = next(one for one in found.of(event) if one.label == group.removeprefix("sex="))
            ours = curve.at(expected["time"][row])
            np.testing.assert_allclose(ours[:2], [expected[event][row], expected[f"{event}_se"][row]], rtol=RTOL)
            if event == "progression":
                limits = [expected["progression_low"][row], expected["progression_high"][row]]
                np.testing.assert_allclose(ours[2:], limits, rtol=RTOL)


def test_gray_of_groups(patients):
    found = cohort.cumulative_incidence(patients, "time", by="sex", **EVENTS).tests
    np.testing.assert_allclose([test.statistic for test in found], CASE["gray_sex"]["statistic"], rtol=RTOL)
    np.testing.assert_allclose([test.p_value for test in found], CASE["gray_sex"]["p"], rtol=RTOL)


def test_gray_in_strata(patients):
    groups = (patients.ageband - 3).to_numpy()
    spells = Spells.of(patients.time.to_numpy(float), patients.event.to_numpy(), group=patients.man.to_numpy())
    found = [gray_test(spells, groups, kind=kind, rho=0.5) for kind in (1, 2)]
    np.testing.assert_allclose([test.statistic for test in found], CASE["gray_age"]["statistic"], rtol=RTOL)
    assert [test.df for test in found] == CASE["gray_age"]["df"]


@pytest.mark.parametrize(
    ("key", "more"),
    [("fine_gray", {}), ("fine_gray_breslow", {"ties": "breslow"}), ("fine_gray_strata", {"strata": "ageband"})],
)
def test_fine_gray(patients, key, more):
    found = cohort.fine_gray(patients, "time", cause="progression", covariates=["age", "man"], **EVENTS, **more)
    _same(found, CASE[key])


def test_cause_specific_hazards(patients):
    found = cohort.cox(patients, "time", cause="progression", covariates=["age", "man"], **EVENTS)
    _same(found, CASE["cause"])
    assert "C455" in found.notices


def _same(found, expected):
    np.testing.assert_allclose([one.estimate for one in found.estimates], expected["coef"], rtol=RTOL)
    np.testing.assert_allclose(found.estimates.covariance, expected["var"], rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(found.fit.bread, expected["naive"], rtol=RTOL, atol=1e-12)
    np.testing.assert_allclose(found.fit.log_likelihood, expected["loglik"], rtol=RTOL)
