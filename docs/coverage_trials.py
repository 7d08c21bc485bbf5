"""Rows of the coverage table for randomised trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from coverage_rows import Frames, Judged, Row, heavy, judged

from ebpm import rct

EFFECT, TAKEN, DRAWS, REDRAWN = 0.3, 0.7, 2000, 499
ENUMERATED = "randomisation_test"  # with 8 clusters; with 20 the interval takes most of a second
CLUSTERS: dict[str, dict[str, Any]] = {
    "20 clusters": {"clusters": 20}, "8 clusters": {"clusters": 8}, "20 clusters, unequal sizes": {"clusters": 20, "sizes": (3, 80)},
    "20 clusters, binary outcome": {"clusters": 20, "binary": True}, "20 clusters, heavy tails": {"clusters": 20, "tails": 3},
}  # fmt: skip
PERSONS: dict[str, dict[str, Any]] = {
    "40 and 12 persons, three times the spread": {"spread": 3.0}, "40 and 12 persons, binary outcome": {"binary": True},
    "40 and 12 persons, heavy tails": {"tails": 3},
}  # fmt: skip
BY = {"treatment": "arm", "cluster": "school"}
ROUTINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "difference_in_means, CR2": lambda d: rct.difference_in_means(d, "y", **BY),
    "lin, CR2": lambda d: rct.lin(d, "y", covariates=["before"], **BY),
    "wild_cluster": lambda d: rct.wild_cluster(d, "y", draws=REDRAWN, **BY),
    "randomisation_test": lambda d: rct.randomisation_test(d, "y", draws=REDRAWN, **BY).estimates,
    "cace, CR2": lambda d: rct.cace(d, "y", delivered="got", assigned="arm", cluster="school").estimates,
    "gee": lambda d: rct.gee(d, "y", covariates=["before"], **BY),
    "mixed": lambda d: rct.mixed(d, "y", covariates=["before"], **BY).estimates,
}
BLOCKS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "difference_in_means, pairs": lambda d: rct.difference_in_means(d, "y", strata="pair", **BY),
    "ancova with pair effects, CR1 by cluster": lambda d: rct.ancova(d, "y", strata="pair", errors="CR1", **BY),
}


def rows() -> Iterator[Row]:
    """Yield trials of persons, of clusters, of pairs of clusters and of strata."""
    for setting, how in PERSONS.items():
        yield _row(
            "difference_in_means, HC2",
            setting,
            lambda d: rct.difference_in_means(d, "y", treatment="arm"),
            _persons(how),
        )
    for setting, how in CLUSTERS.items():
        for name, routine in ROUTINES.items():
            if name != ENUMERATED or how["clusters"] == 8:
                yield _row(name, setting, routine, _clusters(how))
    for pairs in (10, 4):
        for name, routine in BLOCKS.items():
            yield _row(name, f"{2 * pairs} clusters in pairs", routine, _paired(pairs))
    yield _row(
        "difference_in_means, strata, CR2", "24 clusters in 3 strata",
        lambda d: rct.difference_in_means(d, "y", strata="ward", **BY), _stratified,
    )  # fmt: skip


def _row(name: str, setting: str, routine: Callable[[pd.DataFrame], Any], make: Frames) -> Row:
    def run(rng: np.random.Generator) -> Judged:
        found = routine(make(rng))
        truth = EFFECT / TAKEN if name.startswith("cace") else EFFECT
        return judged([found.headline], {found.headline.term: truth}, found.notices.codes)

    return Row("rct", name, setting, DRAWS, run)


def _clusters(how: dict[str, Any]) -> Frames:
    return lambda rng: _trial(rng, **how)


def _trial(
    rng: np.random.Generator, *, clusters: int, sizes: tuple[int, int] = (15, 25), binary: bool = False, tails: int = 0
) -> pd.DataFrame:
    """Draw clusters, half of them treated; of the persons in treated clusters 70 % take the treatment and carry its effect."""
    school = np.repeat(np.arange(clusters), rng.integers(*sizes, clusters))
    arm = rng.permutation(np.arange(clusters) % 2)[school]
    got = arm * (rng.random(len(school)) < TAKEN)
    shared = (heavy(rng, (clusters,), tails=tails) * (1 / 3 if tails else 0.3))[school]
    before = shared + rng.normal(size=len(school))
    effect = EFFECT / TAKEN * got
    y = effect + shared + 0.5 * before + heavy(rng, school.shape, tails=tails)
    if binary:
        y = (rng.random(len(school)) < 0.35 + effect + 0.3 * np.clip(shared, -0.5, 0.5)).astype(float)
    return pd.DataFrame({"y": y, "before": before, "arm": arm, "got": got, "school": school})


def _persons(how: dict[str, Any]) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        arm = np.repeat([0, 1], [40, 12])
        y = EFFECT * arm + heavy(rng, arm.shape, tails=how.get("tails", 0)) * np.where(arm, how.get("spread", 1.0), 1.0)
        if "binary" in how:
            y = (rng.random(len(arm)) < 0.35 + EFFECT * arm).astype(float)
        return pd.DataFrame({"y": y, "arm": arm})

    return make


def _paired(pairs: int) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        school = np.repeat(np.arange(2 * pairs), 30)
        arm = np.concatenate([rng.permutation([0, 1]) for _ in range(pairs)])[school]
        level = rng.normal(size=pairs)[school // 2] + 0.5 * rng.normal(size=2 * pairs)[school]
        return pd.DataFrame(
            {
                "y": level + EFFECT * arm + rng.normal(size=len(school)),
                "arm": arm,
                "school": school,
                "pair": school // 2,
            }
        )

    return make


def _stratified(rng: np.random.Generator) -> pd.DataFrame:
    school = np.repeat(np.arange(24), rng.integers(5, 60, 24))
    arm = np.concatenate([rng.permutation(np.arange(8) % 2) for _ in range(3)])[school]
    y = school // 8 + EFFECT * arm + 0.3 * rng.normal(size=24)[school] + rng.normal(size=len(school))
    return pd.DataFrame({"y": y, "arm": arm, "school": school, "ward": school // 8})
