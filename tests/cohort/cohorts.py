"""Cohorts with known truths, and target trials to read them by."""

from __future__ import annotations

import numpy as np
import pandas as pd

COVARIATES = ["x", "z"]


def cohort_of(seed=0, n=400, *, overlap=0.7, effect=1.0):
    """Persons whose treatment depends on x and z, and whose outcomes do too; 20 clusters that mean nothing, and weights."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.integers(0, 2, n)
    treated = rng.binomial(1, 1 / (1 + np.exp(-overlap * (x - z + 0.3))))
    y = 2.0 + x - 0.5 * z + effect * treated + rng.normal(size=n)
    sick = rng.binomial(1, 1 / (1 + np.exp(-(0.5 * x - 0.4 * treated - 0.3))))
    return pd.DataFrame({
        "treated": treated, "x": x, "z": z, "y": y, "sick": sick, "clinic": np.arange(n) % 20, "w": rng.uniform(0.5, 2.0, n),
    })  # fmt: skip


def followed(seed=0, n=400, *, effect=-0.5):
    """The same persons followed for at most 365 days; a few die first."""
    rng = np.random.default_rng(seed)
    data = cohort_of(seed, n)
    back = rng.exponential(300 * np.exp(-0.4 * data["x"] - effect * data["treated"]))
    death = rng.exponential(1500, n)
    end = rng.uniform(200, 700, n)
    time = np.ceil(np.minimum(np.minimum(back, death), np.minimum(end, 365)))
    kind = np.where(back <= np.minimum(death, np.minimum(end, 365)), 1, np.where(death <= np.minimum(end, 365), 2, 0))
    return data.assign(days=time, event=kind, back=(kind == 1).astype(int))


def records(seed=0, n=1500, *, ratio=1.0, slope=0.5):
    """Dates (in days) of persons who begin treatment within 90 days, the fit (low x) sooner; `ratio` is its hazard ratio."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    started = rng.exponential(1 / (0.008 * np.exp(-slope * x)))
    hazard = 0.002 * np.exp(slope * x)
    without = rng.exponential(1 / hazard)
    begun = (started <= 90) & (started < without)
    gone = np.where(begun, started, 0.0)
    back = np.where(begun, gone + (without - gone) / ratio, without)
    left = np.where(rng.random(n) < 0.2, rng.uniform(1, 365, n), np.inf)
    seen = back <= np.minimum(left, 365)
    return pd.DataFrame({
        "pid": np.arange(n), "zero": 0.0, "started": np.where(begun & (started < left), np.ceil(started), np.nan),
        "back": np.where(seen, np.ceil(back), np.nan), "left": np.where(np.isfinite(left), np.ceil(left), np.nan), "x": x,
        "clinic": np.arange(n) % 40,
    })  # fmt: skip


def trial(handling="landmark", days=90, *, interval=15, **changes):
    """A declaration that reads `records`."""
    treatment = {"started": "started", "handling": handling, "days": days, "treated": "begun", "untreated": "none"}
    return {
        "person": "pid", "time_zero": "zero", "treatment": treatment,
        "follow_up": {"days": 365, "interval": interval, "ends": ["left"]}, "outcome": {"date": "back", "text": "readmission"},
    } | changes  # fmt: skip
