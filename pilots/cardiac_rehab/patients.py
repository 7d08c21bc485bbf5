"""Synthetic patients of the cardiac rehabilitation pilot: 4,000 discharges, October 2019 to March 2021, followed for a year.

A patient of frailty z = 0.03 (age - 70) + 0.35 (severity - 1) + 0.15 (comorbidities - 2) begins rehabilitation with hazard
0.005 exp(-0.8 z) a day, in the first 90 days alone; is readmitted with hazard 0.001 exp(0.6 z), times 0.82 from the day on which
rehabilitation begins; dies with hazard 0.00015 exp(0.8 z), whatever she does; and leaves her insurer with hazard 0.0003. The fit
begin more often, and who is readmitted early cannot begin any more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

PATIENTS, HOSPITALS = 4000, 28
FIRST, DISCHARGE_DAYS = np.datetime64("2019-10-01"), 548
BEGIN, BEGIN_SLOPE, WINDOW = 0.005, -0.8, 90
READMIT, READMIT_SLOPE, RATIO = 0.001, 0.6, 0.82
DIE, DIE_SLOPE, LEAVE = 0.00015, 0.8, 0.0003
YEAR, STEP, LANDMARK, LEAST_AGE = 365, 15, 90, 40
PREVALENT, TRANSFERRED = 40, 15
DIAGNOSES = ("mi", "hf", "surgery")


def draw(rng: np.random.Generator) -> pd.DataFrame:
    """Draw patients with their days since discharge, before anything is written as dates."""
    n = PATIENTS
    severity = rng.choice(4, n, p=(0.35, 0.35, 0.2, 0.1))
    table = pd.DataFrame({
        "pid": [f"P{i:05d}" for i in range(1, n + 1)],
        "hospital_id": [f"H{i:02d}" for i in rng.integers(1, HOSPITALS + 1, n)],
        "insurer": np.where(rng.random(n) < 0.6, "national", "employee"),
        "age": np.clip(np.round(rng.normal(70, 11, n)), 35, 95).astype(int),
        "sex": np.where(rng.random(n) < 0.38, "f", "m"),
        "diagnosis": rng.choice(DIAGNOSES, n, p=(0.5, 0.35, 0.15)),
        "severity": severity,
        "comorb_n": np.minimum(rng.poisson(1.7 + 0.3 * severity), 8),
        "discharged": rng.integers(0, DISCHARGE_DAYS, n),
    })  # fmt: skip
    return _lived(table, rng)


def frailty(table: pd.DataFrame) -> pd.Series:
    """Return z."""
    return 0.03 * (table["age"] - 70) + 0.35 * (table["severity"] - 1) + 0.15 * (table["comorb_n"] - 2)


def _lived(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    z, n = frailty(table), len(table)
    started = rng.exponential(1 / (BEGIN * np.exp(BEGIN_SLOPE * z)))
    started = np.where(started <= WINDOW, started, np.inf)
    without = rng.exponential(1 / (READMIT * np.exp(READMIT_SLOPE * z)))
    later = np.isfinite(started) & (without > started)
    waited = np.where(later, started, 0.0)
    readmitted = np.where(later, waited + (without - waited) / RATIO, without)
    died, left = rng.exponential(1 / (DIE * np.exp(DIE_SLOPE * z))), rng.exponential(1 / LEAVE, n)
    chosen = rng.permutation(n)
    started[chosen[:PREVALENT]] = -rng.integers(1, 30, PREVALENT)
    readmitted[chosen[PREVALENT : PREVALENT + TRANSFERRED]] = 0.0
    return table.assign(
        started=np.ceil(started), readmitted=np.ceil(readmitted), died=np.ceil(died), left=np.ceil(left)
    )


def recorded(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the insurers' files hold: dates within the year, and a code of the first event that the two number otherwise."""
    began = table["started"] < np.minimum(table["readmitted"], np.minimum(table["died"], table["left"]))
    back = (table["readmitted"] <= np.minimum(table["died"], table["left"])) & (table["readmitted"] <= YEAR)
    dead = (table["died"] <= table["left"]) & (table["died"] <= YEAR)
    gone = (table["left"] < table["died"]) & (table["left"] <= YEAR)
    kind = np.where(back, "readmission", np.where(dead, "death", "none"))
    national = {"none": 0, "readmission": 1, "death": 2}
    employee = {"none": 0, "death": 1, "readmission": 2}
    swapped = table["insurer"] == "employee"
    code = [(employee if other else national)[one] for one, other in zip(kind, swapped, strict=True)]
    dates = {
        "cr_start": ("started", began),
        "readmitted": ("readmitted", back),
        "died": ("died", dead),
        "left": ("left", gone),
    }
    columns = {name: _dates(table, days, known) for name, (days, known) in dates.items()}
    result = table.assign(event_code=code, **columns)
    result = result.assign(discharged=(FIRST + table["discharged"].to_numpy()).astype(str))
    names = [
        "pid",
        "hospital_id",
        "insurer",
        "age",
        "sex",
        "diagnosis",
        "severity",
        "comorb_n",
        "discharged",
        *dates,
        "event_code",
    ]
    return result[names]


def _dates(table: pd.DataFrame, days: str, known: pd.Series) -> list[str]:
    since = np.where(known, table[days], 0).astype(int)
    dates = (FIRST + table["discharged"].to_numpy() + since).astype(str)
    return np.where(known, dates, "").tolist()


def landmark_difference(table: pd.DataFrame) -> float:
    """Return the mean difference of the risk from day 90 on, over those followed on that day, had all and had none begun."""
    first = table[["readmitted", "died", "left"]].min(axis=1)
    inside = table[(first > LANDMARK) & (table["started"] >= 0) & (table["age"] >= LEAST_AGE)]
    hazard, death = _hazards(inside)
    days = YEAR - LANDMARK
    return float((_risk(RATIO * hazard, death, days) - _risk(hazard, death, days)).mean())


def clone_difference(table: pd.DataFrame) -> float:
    """Return the mean difference of the risk of a year had all begun within 90 days, those who had not by day 75 after it."""
    eligible = (table["started"] >= 0) & (table["age"] >= LEAST_AGE)
    inside = table[eligible & (table[["readmitted", "died", "left"]].min(axis=1) > 0)]
    hazard, death = (one[:, None] for one in _hazards(inside))
    begin = (BEGIN * np.exp(BEGIN_SLOPE * frailty(inside))).to_numpy()[:, None]
    day = np.arange(WINDOW) + 0.5
    share = np.exp(-begin * (day - 0.5)) - np.exp(-begin * (day + 0.5))
    last = day > WINDOW - STEP
    waiting = np.exp(-begin * (WINDOW - STEP))
    share = np.where(last, share * waiting / share[:, last].sum(axis=1, keepdims=True), share)
    after = np.exp(-(hazard + death) * day) * _risk(RATIO * hazard, death, YEAR - day)
    begun = (share * (_risk(hazard, death, day) + after)).sum(axis=1)
    return float((begun - _risk(hazard, death, YEAR)[:, 0]).mean())


def _hazards(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    z = frailty(table).to_numpy()
    return READMIT * np.exp(READMIT_SLOPE * z), DIE * np.exp(DIE_SLOPE * z)


def _risk(hazard: np.ndarray, death: np.ndarray, days: float | np.ndarray) -> np.ndarray:
    """Return the risk of readmission before death."""
    return hazard / (hazard + death) * (1 - np.exp(-(hazard + death) * days))
