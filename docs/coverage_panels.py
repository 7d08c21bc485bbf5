"""Rows of the coverage table for difference in differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from coverage_rows import Judged, Row, heavy, judged, whole

from ebpm import did

DRAWS, FEWER, PERIODS = 2_000, 1_000, 7
LEVEL = {0: 0.0, 4: 1.0, 5: 2.0}  # effect in the first treated period, by cohort; it grows by 0.5 a period
STAGGERED = {"unit": "unit", "time": "time", "first_treated": "first"}
TRUTH = {"-3": 0.0, "-2": 0.0, "0": 1.5, "1": 2.0, "2": 2.5, "3": 2.5}  # of event times; only cohort 4 reaches the last
ONE = 1.0
BY = {"cluster": "place"}
EVENTS: dict[str, Callable[..., Any]] = {
    "att_gt": lambda d, **more: did.att_gt(d, "y", **STAGGERED, **more).aggregate("event"),
    "imputation": lambda d, **more: did.imputation(d, "y", **STAGGERED, **more).aggregate("event"),
    "two_stage": lambda d, **more: did.two_stage(d, "y", **STAGGERED, **more).aggregate("event"),
    "stacked": lambda d, **more: did.stacked(d, "y", **STAGGERED, kappa_pre=2, kappa_post=1, **more),
    "local_projection": lambda d, **more: did.local_projection(
        d, "y", **STAGGERED, pre_window=2, post_window=1, **more
    ),
    "extended_twfe": lambda d, **more: did.extended_twfe(d, "y", **STAGGERED, **more).aggregate("event"),
}
SETTINGS = {
    "60 treated clusters": (90, 0), "20 treated clusters": (30, 0), "8 treated clusters": (12, 0),
    "20 treated clusters, heavy tails": (30, 3),
}  # fmt: skip


def rows() -> Iterator[Row]:
    """Yield staggered adoption, two-way fixed effects with few clusters, switches, synthetic controls, few treated units."""
    for setting, (clusters, tails) in SETTINGS.items():
        for name, routine in EVENTS.items():
            yield Row("did", name, setting, DRAWS, _events(routine, clusters, tails))
    for setting in [one for one in SETTINGS if one != "60 treated clusters"]:
        for name, routine in EVENTS.items():
            few = _events(routine, *SETTINGS[setting], errors="satterthwaite")
            yield Row("did", f"{name}, satterthwaite", setting, DRAWS, few)
    for clusters in (20, 8):
        for errors in ("CR1", "CR2"):
            setting = f"{clusters} clusters, a quarter treated, one effect"
            yield Row("did", f"twfe, {errors}", setting, DRAWS, _fixed_effects(clusters, errors))
    yield Row("did", "switching", "90 units switch on and off", DRAWS, _switches)
    yield Row("did", "switching, covariate", "90 units switch on and off, a covariate", DRAWS, _switches_with_covariate)
    yield Row("did", "continuous_dose, covariates", "200 units, doses that go with a covariate", DRAWS, _doses)
    for treated in (1, 4):
        yield Row("did", "synthetic_did, placebo", f"{treated} treated of 24, two factors", FEWER, _synthetic(treated))
    for treated in (1, 2, 3):
        for name in ("few_treated", "twfe, CR1"):
            yield Row("did", name, f"{treated} treated of 20, serial correlation", DRAWS, _few(treated, name))


def _events(
    routine: Callable[..., Any], clusters: int, tails: int, errors: str = "asymptotic"
) -> Callable[[np.random.Generator], Judged]:
    return lambda rng: whole(routine(_adopting(rng, clusters, tails), errors=errors, **BY), TRUTH)


def _adopting(rng: np.random.Generator, clusters: int, tails: int) -> pd.DataFrame:
    """Draw clusters of five units, a third of them never treated, whose effects differ by cohort, event time and unit."""
    place = np.repeat(np.arange(clusters), 5)
    first, time = np.resize([0, 4, 5], clusters)[place], np.arange(1, PERIODS + 1)
    treated = (first[:, None] > 0) & (time >= first[:, None])
    level = np.array([LEVEL[one] for one in first.tolist()])[:, None]
    effect = (level + 0.5 * (time - first[:, None]) + 0.5 * rng.normal(size=(len(place), 1))) * treated
    common = 0.3 * rng.normal(size=(clusters, PERIODS)).cumsum(axis=1)[place]
    y = rng.normal(size=(len(place), 1)) + 0.2 * time + common + effect + heavy(rng, treated.shape, tails=tails)
    return _long(y, treated, first, place)


def _long(y: np.ndarray, treated: np.ndarray, first: np.ndarray, place: np.ndarray) -> pd.DataFrame:
    units, periods = y.shape
    wide = {"unit": np.arange(units), "first": first, "place": place}
    tall = {"time": np.tile(np.arange(1, periods + 1), units), "y": y.ravel(), "d": treated.ravel().astype(float)}
    return pd.DataFrame({name: np.repeat(one, periods) for name, one in wide.items()} | tall)


def _fixed_effects(clusters: int, errors: str) -> Callable[[np.random.Generator], Judged]:
    def run(rng: np.random.Generator) -> Judged:
        place = np.repeat(np.arange(clusters), 5)
        first = np.where(place < clusters // 4, 4, 0)
        treated = (first[:, None] > 0) & (np.arange(1, PERIODS + 1) >= 4)
        common = 0.3 * rng.normal(size=(clusters, PERIODS)).cumsum(axis=1)[place]
        data = _long(
            rng.normal(size=(len(place), 1)) + common + ONE * treated + rng.normal(size=treated.shape),
            treated,
            first,
            place,
        )
        found = did.twfe(data, "y", unit="unit", time="time", treatment="d", errors=errors, **BY)
        return judged(found, {"d": ONE}, found.notices.codes)

    return run


def _few(treated: int, name: str) -> Callable[[np.random.Generator], Judged]:
    def run(rng: np.random.Generator) -> Judged:
        noise = rng.normal(size=(20, 8))
        for period in range(1, 8):
            noise[:, period] = 0.6 * noise[:, period - 1] + 0.8 * noise[:, period]
        first = np.where(np.arange(20) < treated, 5, 0)
        on = (first[:, None] > 0) & (np.arange(1, 9) >= 5)
        data = _long(noise + rng.normal(size=(20, 1)) + ONE * on, on, first, np.arange(20))
        if name == "few_treated":
            found = did.few_treated(data, "y", **STAGGERED, draws=999)
            return judged(found.estimates, {"overall": ONE}, found.notices.codes)
        plain = did.twfe(data, "y", unit="unit", time="time", treatment="d", cluster="unit")
        return judged(plain, {"d": ONE}, plain.notices.codes)

    return run


def _synthetic(treated: int) -> Callable[[np.random.Generator], Judged]:
    def run(rng: np.random.Generator) -> Judged:
        first = np.where(np.arange(24) < treated, 15, 0)
        on = (first[:, None] > 0) & (np.arange(1, 21) >= 15)
        factors = 2 * rng.normal(size=(2, 20)).cumsum(axis=1)
        y = 50 + rng.dirichlet(np.ones(2), size=24) @ factors + ONE * on + rng.normal(size=on.shape)
        found = did.synthetic_did(_long(y, on, first, np.arange(24)), "y", **STAGGERED, draws=100)
        return judged([found.estimates.headline], {found.estimates.headline.term: ONE}, found.notices.codes)

    return run


def _switches(rng: np.random.Generator, *, covariates: tuple[str, ...] = ()) -> Judged:
    """Judge effects that are the same for a unit in all its periods, with treatments that are the same in every draw."""
    fixed, periods = np.random.default_rng(7), np.arange(6)
    base, start = fixed.integers(0, 2, 90), np.where(fixed.random(90) < 0.6, fixed.integers(2, 6, 90), 6)
    d = np.where(periods >= start[:, None], 1 - base[:, None], base[:, None]).astype(float)
    effect = d * (ONE + 0.5 * rng.normal(size=(90, 1)))
    y = 2 * rng.normal(size=(90, 1)) + 0.5 * periods * (1 + base[:, None]) + effect + rng.normal(size=d.shape)
    data = _long(y, d, np.zeros(90), np.arange(90))
    if covariates:
        data["x"] = rng.normal(size=len(data)) + 0.3 * np.repeat(start, 6) * data.time
        data["y"] += data.x
    columns = {"unit": "unit", "time": "time", "treatment": "d"}
    event = did.switching(data, "y", **columns, covariates=covariates, effects=3, placebos=2).aggregate("event")
    truth = {one.term: 0.0 if int(one.term) < 0 else ONE for one in event if one.term.lstrip("-").isdigit()}
    return whole(event, truth)


def _switches_with_covariate(rng: np.random.Generator) -> Judged:
    return _switches(rng, covariates=("x",))


def _doses(rng: np.random.Generator) -> Judged:
    """Judge the curve of an effect of twice the dose, where units of higher doses would have grown more anyway."""
    grown = rng.normal(size=200)
    dose = np.where(rng.random(200) < 0.6, np.exp(0.3 * (grown + rng.normal(size=200))), 0.0)
    first = np.where(dose > 0, np.where(rng.random(200) < 0.5, 3, 4), 0)
    on = (first[:, None] > 0) & (np.arange(1, 6) >= first[:, None])
    y = (
        rng.normal(size=(200, 1))
        + grown[:, None] * np.arange(1, 6)
        + 2 * dose[:, None] * on
        + rng.normal(size=on.shape)
    )
    data = _long(y, on, first, np.arange(200)).assign(dose=np.repeat(dose, 5), grown=np.repeat(grown, 5))
    grid = [0.7, 1.0, 1.4]
    found = did.continuous_dose(data, "y", **STAGGERED, dose="dose", covariates=["grown"], degree=1, grid=grid)
    return whole(found.aggregate("dose"), {f"{one:g}": 2 * one for one in grid})
