"""Rows of the coverage table for weighting, standardisation and emulated trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from coverage_rows import Judged, Row, judged

from ebpm import cohort

EFFECT, DRAWS, TIMED, FEWER = 1.0, 2000, 1000, 400
OVERLAP = {"moderate": 0.6, "poor": 1.8}
BY: dict[str, Any] = {"treatment": "treated", "covariates": ["x", "z"]}
TRIAL = {
    "person": "pid", "time_zero": "zero", "follow_up": {"days": 365, "interval": 15, "ends": ["left"]},
    "outcome": {"date": "back", "text": "readmission"},
}  # fmt: skip
Fit = Callable[[pd.DataFrame], Any]
MEANS: dict[str, Fit] = {
    "iptw": lambda d: cohort.iptw(d, "y", **BY),
    "iptw, weights taken as known (HC0)": lambda d: cohort.iptw(d, "y", errors="HC0", **BY),
    "iptw, overlap population": lambda d: cohort.iptw(d, "y", estimand="ato", **BY),
    "aipw": lambda d: cohort.aipw(d, "y", **BY),
    "g_computation": lambda d: cohort.g_computation(d, "y", **BY),
}
HANDLINGS = {"landmark": ("landmark", 90), "clones": ("clone_censor_weight", 90), "naive": ("naive", 0)}


def rows() -> Iterator[Row]:
    """Yield the rows."""
    for n in (200, 1000):
        for words, slope in OVERLAP.items():
            for name, fit in MEANS.items():
                yield Row("cohort", name, f"{n} persons, {words} overlap", DRAWS, partial(_means, fit, n, slope))
        yield Row("cohort", "iptw_survival", f"{n} persons followed, no effect", TIMED, partial(_survival, n))
    for name, (handling, days) in HANDLINGS.items():
        run = partial(_emulated, handling, days)
        yield Row("cohort", f"emulate, {name}", "1,000 persons who begin late, no effect", TIMED, run)
    for name, lost in {"clones": "ignored", "clones, loss weighted": "weighted"}.items():
        setting = "1,000 persons of whom the worse leave, no effect"
        yield Row("cohort", f"emulate, {name}", setting, FEWER, partial(_leaving, lost))


def _persons(rng: np.random.Generator, n: int, slope: float) -> pd.DataFrame:
    x, z = rng.normal(size=n), rng.integers(0, 2, n)
    treated = rng.binomial(1, 1 / (1 + np.exp(-slope * (x - z + 0.3))))
    return pd.DataFrame({"x": x, "z": z, "treated": treated})


def _means(fit: Fit, n: int, slope: float, rng: np.random.Generator) -> Judged:
    data = _persons(rng, n, slope)
    data["y"] = data["x"] - 0.5 * data["z"] + EFFECT * data["treated"] + rng.normal(size=n)
    found = fit(data).estimates
    return judged(found, {"difference": EFFECT}, found.notices.codes)


def _survival(n: int, rng: np.random.Generator) -> Judged:
    data = _persons(rng, n, OVERLAP["moderate"])
    back, end = rng.exponential(300 * np.exp(-0.5 * data["x"])), rng.uniform(250, 700, n)
    data = data.assign(days=np.ceil(np.minimum(back, end)), back=(back <= end).astype(int))
    found = cohort.iptw_survival(data, "days", event="back", horizon=240, **BY).estimates
    return judged(
        found, dict.fromkeys(("risk_difference", "rmst_difference", "log_hazard_ratio"), 0.0), found.notices.codes
    )


def _emulated(handling: str, days: int, rng: np.random.Generator) -> Judged:
    n = 1000
    x = rng.normal(size=n)
    started, back = rng.exponential(125 * np.exp(0.4 * x)), np.ceil(rng.exponential(500 * np.exp(-0.4 * x)))
    left = np.where(rng.random(n) < 0.2, np.ceil(rng.uniform(1, 365, n)), np.nan)
    data = pd.DataFrame({
        "pid": np.arange(n), "zero": 0.0, "x": x, "left": left, "back": np.where(back <= 365, back, np.nan),
        "started": np.where((started <= 90) & (started < back), np.ceil(started), np.nan),
    })  # fmt: skip
    data["back"] = data["back"].where(~(data["back"] > data["left"]))
    strategies = {"started": "started", "handling": handling, "days": days, "treated": "begun", "untreated": "none"}
    found = cohort.emulate(data, "back", trial=TRIAL | {"treatment": strategies}, covariates=["x"]).estimates
    return judged(found, dict.fromkeys(("risk_difference", "rmst_difference"), 0.0), found.notices.codes)


def _leaving(lost: str, rng: np.random.Generator) -> Judged:
    """Persons get worse on some day: then they are readmitted sooner and leave sooner, above all those who have not begun."""
    n, day = 1000, np.arange(0, 300, 5)
    x, worse = rng.normal(size=n), np.ceil(rng.exponential(150, n))
    started = np.where(rng.random(n) < 1 / (1 + np.exp(-0.5 * x)), np.ceil(rng.uniform(0, 60, n)), np.inf)
    bad, idle = worse[:, None] <= day, started[:, None] > day
    back = _first(rng.random((n, len(day))) < np.where(bad, 0.03, 0.005), day + 2.0)
    left = _first(rng.random((n, len(day))) < 1 / (1 + np.exp(6.5 - 2.5 * bad - 1.5 * idle)), day + 3.0)
    data = pd.DataFrame({
        "pid": np.arange(n), "zero": 0.0, "x": x, "started": np.where(started < back, started, np.nan),
        "back": np.where((back <= 300) & (back < left), back, np.nan), "left": np.where(left < back, left, np.nan), "worse": worse,
    })  # fmt: skip
    declared = TRIAL | {
        "treatment": {"started": "started", "handling": "clone_censor_weight", "days": 60, "treated": "begun", "untreated": "none"},
        "follow_up": {"days": 300, "interval": 15, "ends": ["left"], "lost": lost, "changes": ["worse"]},
    }  # fmt: skip
    found = cohort.emulate(data, "back", trial=declared, covariates=["x"]).estimates
    return judged(found, dict.fromkeys(("risk_difference", "rmst_difference"), 0.0), found.notices.codes)


def _first(happens: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where(happens.any(axis=1), days[happens.argmax(axis=1)], np.inf)
