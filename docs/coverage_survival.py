"""Rows of the coverage table for time to event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from coverage_rows import Judged, Row, judged

from ebpm import cohort
from ebpm.estimate import Estimates

DRAWS, HAZARD, EFFECT, AT = 1000, 0.1, np.log(0.6), 5.0
SAME = {"event": "e", "treatment": "arm"}
DEATH = {"event": "e", "events": {1: "back", 2: "died"}, "cause": "back", "treatment": "arm", "horizon": AT}
PERSONS: dict[str, dict[str, Any]] = {
    "40 persons an arm, 40 % censored": {"size": 40, "end": (6, 14)}, "20 persons an arm, 40 % censored": {"size": 20, "end": (6, 14)},
    "100 persons an arm, 75 % censored": {"size": 100, "end": (1, 5.5)},
}  # fmt: skip
Routine = Callable[[pd.DataFrame], Estimates]


def rows() -> Iterator[Row]:
    """Yield trials of persons, clusters with frailties, competing events, and events that come again."""
    for setting, how in PERSONS.items():
        for name, (routine, truth) in _of_persons(how).items():
            yield _row(name, setting, routine, truth, lambda rng, how=how: _persons(rng, **how))
    for practices in (20, 80):
        for name, (routine, truth) in _of_clusters().items():
            yield _row(
                name,
                f"{practices} practices with frailties",
                routine,
                truth,
                lambda rng, n=practices: _practices(rng, n),
            )
    risks = {"1": _risk(0.25) - _risk(0.05), "0, risk": _risk(0.05), "1, risk": _risk(0.25)}
    yield _row(
        "risk",
        "80 persons an arm, a competing event",
        lambda d: cohort.risk(d, "t", **DEATH).estimates,
        risks,
        _competing,
    )
    falls = {"event": "e", "events": {1: "fall", 2: "died"}, "terminal": "died", "person": "id", "entry": "from"}
    mean = 0.5 * 10 * (1 - np.exp(-0.4))
    yield _row(
        "mean_frequency", "40 persons an arm, death ends the events",
        lambda d: cohort.mean_frequency(d, "t", treatment="arm", horizon=4.0, **falls).estimates,
        {"1": 0.0, "0, frequency": mean, "1, frequency": mean}, _falls,
    )  # fmt: skip


def _row(
    name: str,
    setting: str,
    routine: Routine,
    truth: Mapping[str, float],
    make: Callable[[np.random.Generator], pd.DataFrame],
) -> Row:
    def run(rng: np.random.Generator) -> Judged:
        found = routine(make(rng))
        return judged(found, truth, found.notices.codes)

    return Row("cohort", name, setting, DRAWS, run)


def _of_persons(how: dict[str, Any]) -> dict[str, tuple[Routine, dict[str, float]]]:
    hazards, at = HAZARD * np.exp([0.0, EFFECT]), min(AT, 0.8 * how["end"][1])
    left, means = np.exp(-hazards * at), (1 - np.exp(-hazards * at)) / hazards
    curves = {f"{arm}, {at:g}": left[arm] for arm in (0, 1)}
    restricted = {
        "1": means[1] - means[0],
        "0, rmst": means[0],
        "1, rmst": means[1],
        "1, ratio": float(np.log(means[1] / means[0])),
    }
    survival = {
        f"kaplan_meier, {scale}": (_curve(at, scale), curves) for scale in ("log", "log-log", "plain")
    }  # fmt: skip
    return survival | {
        "rmst": (lambda d: cohort.rmst(d, "t", horizon=at, **SAME).estimates, restricted),
        "cox": (lambda d: cohort.cox(d, "t", **SAME).estimates, {"1": EFFECT}),
        "cox, robust": (lambda d: cohort.cox(d, "t", errors="robust", **SAME).estimates, {"1": EFFECT}),
        "log_rank, one step": (lambda d: cohort.log_rank(d, "t", **SAME).estimates, {"1": EFFECT}),
    }


def _curve(at: float, scale: str) -> Routine:
    return lambda d: cohort.kaplan_meier(d, "t", event="e", by="arm", at=[at], interval=scale).estimates


def _of_clusters() -> dict[str, tuple[Routine, dict[str, float]]]:
    left = (1 + HAZARD * AT / 4) ** -4
    by = {"cluster": "practice"}
    return {
        "kaplan_meier, log-log, by cluster": (
            lambda d: cohort.kaplan_meier(d, "t", event="e", by="arm", at=[AT], **by).estimates, {f"{arm}, 5": left for arm in (0, 1)},
        ),
        "rmst, by cluster": (lambda d: cohort.rmst(d, "t", horizon=AT, **SAME, **by).estimates, {"1": 0.0}),
        "cox, by cluster": (lambda d: cohort.cox(d, "t", **SAME, **by).estimates, {"1": 0.0}),
    }  # fmt: skip


def _persons(rng: np.random.Generator, *, size: int, end: tuple[float, float]) -> pd.DataFrame:
    arm = np.repeat([0, 1], size)
    time, last = rng.exponential(np.exp(-EFFECT * arm) / HAZARD), rng.uniform(*end, 2 * size)
    return pd.DataFrame({"t": np.minimum(time, last), "e": (time <= last).astype(int), "arm": arm})


def _practices(rng: np.random.Generator, practices: int) -> pd.DataFrame:
    """Draw 10 patients of each practice, who share a gamma frailty of variance 1/4; half of the practices are treated, without effect."""
    practice = np.repeat(np.arange(practices), 10)
    time = rng.exponential(1 / (HAZARD * rng.gamma(4, 1 / 4, practices)[practice]))
    last = rng.uniform(6, 14, len(practice))
    happened = (time <= last).astype(int)
    return pd.DataFrame({"t": np.minimum(time, last), "e": happened, "practice": practice, "arm": practice % 2})


def _risk(other: float) -> float:
    return HAZARD / (HAZARD + other) * (1 - float(np.exp(-(HAZARD + other) * AT)))


def _competing(rng: np.random.Generator) -> pd.DataFrame:
    """Draw persons whose treatment acts on the competing event alone."""
    arm = np.arange(160) % 2
    first, second, last = (
        rng.exponential(1 / HAZARD, 160),
        rng.exponential(np.where(arm, 4, 20)),
        rng.uniform(6, 14, 160),
    )
    how = np.select([first <= np.minimum(second, last), second <= last], [1, 2], 0)
    return pd.DataFrame({"t": np.minimum(np.minimum(first, second), last), "e": how, "arm": arm})


def _falls(rng: np.random.Generator) -> pd.DataFrame:
    """Draw events at a rate of the person's own (gamma, mean 0.5) until death or the end of follow-up."""
    spells = []
    for person in range(80):
        rate, death, end = rng.gamma(2, 0.25), rng.exponential(10), rng.uniform(4, 9)
        last = min(death, end)
        times = np.sort(rng.uniform(0, last, rng.poisson(rate * last)))
        how = [*[1] * len(times), 2 if death <= end else 0]
        spells += [
            (person, person % 2, *spell) for spell in zip(np.r_[0.0, times], np.r_[times, last], how, strict=True)
        ]
    return pd.DataFrame(spells, columns=["id", "arm", "from", "t", "e"])
