"""Rows of the coverage table for interrupted time series."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pandas as pd
from coverage_rows import Judged, Row, judged

from ebpm import its

ERRORS = ("ols", "newey_west", "newey_west_satterthwaite", "prais_winsten", "recommended")
PERIODS, CORRELATIONS = (12, 24, 48, 96), (0.0, 0.3, 0.6)
TRUTH = {"level_change": 0.0, "slope_change": 0.0}
DRAWS, BURN = 2000, 50


def rows() -> Iterator[Row]:
    """Yield errors x periods x autocorrelation; from 12 periods on "recommended" is "reml"."""
    for periods, rho, errors in product(PERIODS, CORRELATIONS, ERRORS):
        yield Row("its", f"segmented, {errors}", f"n = {periods}, rho = {rho:g}", DRAWS, _run(periods, rho, errors))


def _run(periods: int, rho: float, errors: str) -> Callable[[np.random.Generator], Judged]:
    def run(rng: np.random.Generator) -> Judged:
        data = pd.DataFrame({"period": np.arange(periods), "y": _series(rng, periods, rho)})
        found = its.segmented(data, "y", time="period", intervention=periods // 2, errors=errors).estimates
        return judged(found, TRUTH, found.notices.codes)

    return run


def _series(rng: np.random.Generator, periods: int, rho: float) -> np.ndarray:
    """Draw a trend with autoregressive errors of variance 1."""
    shocks = np.sqrt(1 - rho**2) * rng.normal(size=BURN + periods)
    for place in range(1, len(shocks)):
        shocks[place] += rho * shocks[place - 1]
    return 10 + 0.1 * np.arange(periods) + shocks[BURN:]
