"""Intervals robust to departures from parallel trends: 10 coefficients, four bounds and, for ebpm, the breakdown value.

Run `python benchmarks/honest.py`. The event study of 2,000 units is made before the clock starts. diff-diff is asked for the same four
bounds, one after another.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

PERIODS, FROM, ROWS = 11, 7, 22_000
BOUNDS = {"relative_magnitudes": [0.5, 1.0, 1.5, 2.0], "smoothness": [0.01, 0.02, 0.03, 0.04]}
NAMES = {"unit": "unit", "time": "time"}
Job = Callable[[], str]


def panel(rows: int) -> pd.DataFrame:
    """Return a synthetic panel: half of the units treated from the seventh of eleven periods on, with a weak trend."""
    rng, units = np.random.default_rng(20190401), rows // PERIODS
    treated, time = np.arange(units) % 2, np.arange(1, PERIODS + 1)
    y = rng.normal(size=(units, PERIODS)) + rng.normal(size=(units, 1))
    y += treated[:, None] * (0.5 * (time >= FROM) + 0.01 * time + 0.03 * (time % 2))
    data = pd.DataFrame({"unit": np.repeat(np.arange(units), PERIODS), "time": np.tile(time, units), "y": y.ravel()})
    return data.assign(treated=np.repeat(treated, PERIODS), first=np.repeat(FROM * treated, PERIODS))


def _ebpm(rows: int, restriction: str) -> Job:
    from ebpm import did

    study = did.event_study(panel(rows), "y", **NAMES, first_treated="first")

    def job() -> str:
        found = did.honest(study, restriction=restriction, bounds=BOUNDS[restriction])
        low, high = found.intervals[1]
        return f"[{low:.4f}, {high:.4f}] at the second of {len(found.bounds)} bounds, breakdown {found.breakdown:.3f}"

    return job


def relative_magnitudes_ebpm(rows: int) -> Job:
    return _ebpm(rows, "relative_magnitudes")


def smoothness_ebpm(rows: int) -> Job:
    return _ebpm(rows, "smoothness")


def _diff_diff(rows: int, method: str, bounds: list[float]) -> Job:
    from diff_diff import HonestDiD, MultiPeriodDiD

    study = MultiPeriodDiD(cluster="unit").fit(
        panel(rows), outcome="y", treatment="treated", time="time", unit="unit",
        post_periods=list(range(FROM, PERIODS + 1)), reference_period=FROM - 1,
    )  # fmt: skip

    def job() -> str:
        found = [HonestDiD(method=method, M=bound).fit(study) for bound in bounds]
        return f"[{found[1].ci_lb:.4f}, {found[1].ci_ub:.4f}] at the second bound"

    return job


def relative_magnitudes_diff_diff(rows: int) -> Job:
    return _diff_diff(rows, "relative_magnitude", BOUNDS["relative_magnitudes"])


def smoothness_diff_diff(rows: int) -> Job:
    return _diff_diff(rows, "smoothness", BOUNDS["smoothness"])


if __name__ == "__main__":
    for restriction in BOUNDS:
        names = [f"{restriction}_ebpm", f"{restriction}_diff_diff"]
        race(__file__, names, ROWS, f"Honest intervals, {restriction.replace('_', ' ')}, 10 coefficients, 4 bounds")
