"""Cloning, censoring and weighting once more, by loops over persons and days and another program's regression."""

from functools import cache

import numpy as np
import pytest
from statsmodels.api import Logit

from ebpm import cohort
from tests.cohort.cohorts import records, trial

GRACE, STEP, YEAR = 90, 30, 365
STEPS = GRACE // STEP


def timelines(data):
    for row in data.itertuples():
        ends = [value for value in (row.back, row.left, YEAR) if not np.isnan(value)]
        stop = min(ends)
        begins = row.started if not np.isnan(row.started) and row.started < stop else np.inf
        yield row.x, begins, stop, int(row.back == stop)


def chances(people):
    """Fit the chance of beginning in each step, by hand-made rows of persons and steps."""
    rows, begun = [], []
    for x, begins, stop, _ in people:
        for step in range(STEPS):
            low, high = step * STEP, (step + 1) * STEP
            here = (low < begins <= high) or (step == 0 and begins == 0)
            if begins > low and (here or stop >= high):
                rows.append([1.0, x, step == 1, step == 2])
                begun.append(here)
    fit = Logit(np.array(begun, dtype=float), np.array(rows, dtype=float)).fit(disp=0, tol=1e-12, maxiter=100)
    return lambda x, step: float(fit.predict([[1.0, x, step == 1, step == 2]])[0])


def risk(people, chance, *, treated):
    """Weighted product limit over days."""
    alive = 1.0
    for day in sorted({stop for _, _, stop, event in people if event}):
        at_risk = events = 0.0
        for x, begins, stop, event in people:
            weight = 1.0
            if treated:
                if day > GRACE and begins > GRACE:
                    continue
                if day > GRACE and begins > GRACE - STEP:
                    weight = 1.0 / chance(x, STEPS - 1)
            else:
                if begins <= GRACE and day > begins:
                    continue
                for step in range(min(int((day - 1e-9) // STEP), STEPS)):
                    weight /= 1.0 - chance(x, step)
            if stop >= day:
                at_risk += weight
                events += weight * (event and stop == day)
        alive *= 1.0 - events / at_risk
    return 1.0 - alive


@pytest.mark.parametrize("seed", [0, 1])
def test_both_risks(seed):
    data = records(seed, 110)
    people = [one for one in timelines(data) if one[2] > 0]
    chance = cache(chances(people))

    found = cohort.emulate(
        data, "back", trial=trial("clone_censor_weight", GRACE, interval=STEP), covariates=["x"]
    ).estimates
    for arm, treated in (("treated", True), ("untreated", False)):
        assert found[f"risk_{arm}"].estimate == pytest.approx(risk(people, chance, treated=treated), rel=1e-6)
