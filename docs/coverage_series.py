"""Rows of the coverage table for interrupted time series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd
from coverage_rows import Judged, Row, judged

from ebpm import its
from ebpm.estimate import Estimates

ERRORS = (
    "ols",
    "newey_west",
    "newey_west_satterthwaite",
    "prais_winsten",
    "cochrane_orcutt",
    "recommended",
    "reml_averaged",
)
PERIODS, CORRELATIONS, STRONG = (12, 24, 48, 96), (0.0, 0.3, 0.6), 0.8
BETWEEN, MEAN, SWING = 20, 60.0, 0.15
TRUTH = {"level_change": 0.0, "slope_change": 0.0, "average_effect": 0.0}
CHANGES, AVERAGE = ("level_change", "slope_change"), ("average_effect",)
DRAWS, FEWER, BURN = 2000, 400, 50
SLOW = ("cochrane_orcutt", "reml_averaged", "blocks", "arima", "structural")
SITES, PER_SITE = 6, 36

Fit = Callable[[pd.DataFrame], Estimates]


def rows() -> Iterator[Row]:
    """Yield methods x periods x autocorrelation; "recommended" is "reml_averaged" at 12 and 20 periods, then "reml". Then counts, and sites
    that share shocks.
    """
    for periods, rho, name in product(PERIODS, CORRELATIONS, _methods(0)):
        setting, terms = f"n = {periods}, rho = {rho:g}", AVERAGE if name.startswith("structural") else CHANGES
        yield Row(
            "its",
            name,
            setting,
            FEWER if any(word in name for word in SLOW) else DRAWS,
            _run(periods, rho, name, terms),
        )
    for rho in CORRELATIONS:
        run = _run(BETWEEN, rho, "segmented, recommended", CHANGES)
        yield Row("its", "segmented, recommended below 24", f"n = {BETWEEN}, rho = {rho:g}", DRAWS, run)
    for periods, rho in product(PERIODS, (*CORRELATIONS, STRONG)):
        yield Row(
            "its", "segmented, counts, recommended", f"counts, n = {periods}, rho = {rho:g}", DRAWS, _counts(periods, rho)
        )  # fmt: skip
    for effects, steps in product(("random", "fixed"), (False, True)):
        setting = f"{SITES} sites, n = {PER_SITE}, shared shocks, {'in steps' if steps else 'together'}"
        yield Row("its", f"sites, {effects}", setting, DRAWS, _sites(effects, steps=steps))


def _methods(start: int) -> Mapping[str, Fit]:
    given = {"time": "period", "intervention": start}
    segmented: dict[str, Fit] = {f"segmented, {errors}": _segmented(start, errors) for errors in ERRORS}
    return MappingProxyType({
        **segmented,
        "segmented, moving blocks": lambda data: its.segmented(data, "y", errors="ols", **given).bootstrap(draws=499),
        "arima, restricted": lambda data: its.arima(data, "y", likelihood="restricted", **given).estimates,
        "arima, maximum": lambda data: its.arima(data, "y", likelihood="maximum", **given).estimates,
        "structural, drift": lambda data: its.structural(data, "y", trend="drift", **given).estimates,
    })  # fmt: skip


def _segmented(start: int, errors: str) -> Fit:
    return lambda data: its.segmented(data, "y", time="period", intervention=start, errors=errors).estimates


def _run(periods: int, rho: float, name: str, terms: tuple[str, ...]) -> Callable[[np.random.Generator], Judged]:
    fit, truth = _methods(periods // 2)[name], {term: TRUTH[term] for term in terms}

    def run(rng: np.random.Generator) -> Judged:
        found = fit(
            pd.DataFrame(
                {"period": np.arange(periods), "y": 10 + 0.1 * np.arange(periods) + _errors(rng, periods, rho)}
            )
        )
        return judged(found, truth, found.notices.codes)

    return run


def _counts(periods: int, rho: float) -> Callable[[np.random.Generator], Judged]:
    """Counts of 60 a period, the logarithm of whose rate is autoregressive with a standard deviation of 0.15."""

    def run(rng: np.random.Generator) -> Judged:
        rate = MEAN * np.exp(0.005 * np.arange(periods) + SWING * _errors(rng, periods, rho))
        data = pd.DataFrame({"period": np.arange(periods), "y": rng.poisson(rate)})
        found = its.segmented(data, "y", time="period", intervention=periods // 2, family="poisson").estimates
        return judged(found, dict.fromkeys(CHANGES, 0.0), found.notices.codes)

    return run


def _sites(effects: str, *, steps: bool) -> Callable[[np.random.Generator], Judged]:
    def run(rng: np.random.Generator) -> Judged:
        t, shocks = np.arange(PER_SITE), 0.5 * _errors(rng, PER_SITE, 0.4)
        tables = []
        for site in range(SITES):
            start = PER_SITE // 3 + 3 * site if steps else PER_SITE // 2
            y = rng.normal() - 1.0 * (t >= start) + _errors(rng, PER_SITE, 0.3) + shocks
            tables.append(pd.DataFrame({"period": t, "y": y, "site": site, "start": start}))
        found = its.sites(pd.concat(tables), "y", time="period", site="site", starts="start", effects=effects).estimates
        return judged(found, {"level_change": -1.0, "slope_change": 0.0}, found.notices.codes)

    return run


def _errors(rng: np.random.Generator, periods: int, rho: float) -> np.ndarray:
    """Draw autoregressive errors of variance 1."""
    shocks = np.sqrt(1 - rho**2) * rng.normal(size=BURN + periods)
    for place in range(1, len(shocks)):
        shocks[place] += rho * shocks[place - 1]
    return shocks[BURN:]
