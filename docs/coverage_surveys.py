"""Rows of the coverage table for sample surveys and experiments in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from coverage_rows import Frames, Judged, Row, heavy, judged

from ebpm import survey

DRAWS, SHARE, ITEMS = 2000, 0.2, 4
AGES, OLD = 0.5, {"age": {"young": 0.5, "old": 0.5}}
CLUSTERS: dict[str, dict[str, Any]] = {
    "20 clusters": {"clusters": 20}, "8 clusters": {"clusters": 8}, "20 clusters, unequal sizes": {"clusters": 20, "sizes": (3, 80)},
    "20 clusters, binary outcome": {"clusters": 20, "binary": True}, "20 clusters, heavy tails": {"clusters": 20, "tails": 3},
}  # fmt: skip
ROUTINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "mean": lambda d: survey.mean(d, "y", cluster="place", weights="weight"),
    "mean, jackknife": lambda d: survey.mean(
        d, "y", cluster="place", weights=survey.replicates(d, cluster="place", weights="weight", df="effective")
    ),
    "raked_mean": lambda d: survey.raked_mean(d, "y", margins=OLD, cluster="place"),
    "response_weighted_mean": lambda d: survey.response_weighted_mean(
        d, "y", response="answered", covariates=["old"], cluster="place"
    ),
}
LISTS: dict[str, dict[str, Any]] = {
    "list of 4 items, 400 persons": {"persons": 400}, "list of 4 items, 80 persons": {"persons": 80},
    "list of 4 items, 300 and 100 persons": {"persons": 400, "long": 0.25}, "list of 4 items, 20 clusters": {"persons": 400, "clusters": 20},
    "list of 4 items, 8 clusters": {"persons": 160, "clusters": 8},
}  # fmt: skip


def rows() -> Iterator[Row]:
    """Yield samples of clusters, and list experiments."""
    for setting, how in CLUSTERS.items():
        for name, routine in ROUTINES.items():
            yield _row(
                name,
                setting,
                routine,
                _sample(how, full=name.startswith("mean"), marked=name.startswith("response")),
                0.5,
            )
        if "binary" in how:
            routine = lambda d: survey.proportion(d, "y", cluster="place", weights="weight")  # noqa: E731
            yield _row("proportion, logit", setting, routine, _sample(how, full=True), 0.5)
    for setting, how in LISTS.items():
        yield _row("list_experiment", setting, _listed(how), _lists(how), SHARE)


def _row(name: str, setting: str, routine: Callable[[pd.DataFrame], Any], make: Frames, truth: float) -> Row:
    def run(rng: np.random.Generator) -> Judged:
        found = routine(make(rng))
        one = found["1"] if "1" in found.terms else found.headline
        return judged([one], {one.term: truth}, found.notices.codes)

    return Row("survey", name, setting, DRAWS, run)


def _listed(how: dict[str, Any]) -> Callable[[pd.DataFrame], Any]:
    cluster = "place" if "clusters" in how else None
    return lambda d: (
        survey.list_experiment(d, "count", treatment="long", control=0, items=ITEMS, cluster=cluster).estimates
    )


def _sample(how: dict[str, Any], *, full: bool, marked: bool = False) -> Frames:
    """Draw clusters of a population whose mean is 0.5; the old answer less often, unless all do."""

    def make(rng: np.random.Generator) -> pd.DataFrame:
        clusters, tails = how["clusters"], how.get("tails", 0)
        place = np.repeat(np.arange(clusters), rng.integers(*how.get("sizes", (15, 25)), clusters))
        old = rng.random(len(place)) < AGES
        shared = heavy(rng, (clusters,), tails=tails)[place] * 0.3
        y = 0.5 + 0.5 * (old - AGES) + shared + heavy(rng, place.shape, tails=tails)
        if "binary" in how:
            y = (rng.random(len(place)) < 0.5 + 0.3 * (old - AGES) + 0.2 * np.clip(shared, -1, 1)).astype(float)
        answered = full | (rng.random(len(place)) < np.where(old, 0.5, 0.85))
        frame = pd.DataFrame({
            "y": y, "place": place, "age": np.where(old, "old", "young"), "old": old.astype(float), "answered": answered.astype(int),
            "weight": rng.uniform(0.5, 2.0, clusters)[place],
        })  # fmt: skip
        return frame.assign(y=frame.y.where(answered)) if marked else frame[answered]

    return make


def _lists(how: dict[str, Any]) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        persons, clusters = how["persons"], how.get("clusters", 0)
        place = np.arange(persons) % clusters if clusters else np.arange(persons)
        units = clusters or persons
        long = rng.permutation(np.arange(units) < how.get("long", 0.5) * units)[place]
        shared = 0.1 * rng.normal(size=units)[place] if clusters else 0.0
        base = (
            rng.random((persons, ITEMS)) < np.clip(0.4 + shared, 0.05, 0.95)[..., None]
            if clusters
            else rng.random((persons, ITEMS)) < 0.4
        )
        count = base.sum(axis=1) + long * (rng.random(persons) < SHARE)
        return pd.DataFrame({"count": count, "long": long.astype(int), "place": place})

    return make
