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
LOT = rct.Assignment(cluster="school")
ROUTINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "difference_in_means, CR2": lambda d: rct.difference_in_means(d, "y", **BY),
    "lin, CR2": lambda d: rct.lin(d, "y", covariates=["before"], **BY),
    "ancova, CR2": lambda d: rct.ancova(d, "y", covariates=["before"], **BY),
    "horvitz_thompson": lambda d: rct.horvitz_thompson(
        d.assign(arm=d.arm.astype(str)), "y", treatment="arm", assignment=LOT
    ),
    "hajek": lambda d: rct.hajek(d.assign(arm=d.arm.astype(str)), "y", treatment="arm", assignment=LOT),
    "post_stratified": lambda d: rct.post_stratified(d, "y", by=["kind"], **BY),
    "cluster_estimands": lambda d: rct.cluster_estimands(d, "y", **BY),
    "factorial": lambda d: rct.factorial(d, "y", factors=["arm", "letter"], cluster="school"),
    "nonresponse_weighted": lambda d: rct.nonresponse_weighted(
        d.assign(y=d.y.where(d.answered == 1)), "y", covariates=["before"], **BY
    ),
    "wild_cluster": lambda d: rct.wild_cluster(d, "y", draws=REDRAWN, **BY),
    "randomisation_test": lambda d: rct.randomisation_test(d, "y", draws=REDRAWN, **BY).estimates,
    "cace, CR2": lambda d: rct.cace(d, "y", delivered="got", assigned="arm", cluster="school").estimates,
    "gee": lambda d: rct.gee(d, "y", covariates=["before"], **BY),
    "mixed": lambda d: rct.mixed(d, "y", covariates=["before"], **BY).estimates,
}
BINARY: dict[str, Callable[[pd.DataFrame], Any]] = {
    "risks": lambda d: rct.risks(d, "y", covariates=["before"], **BY).estimates,
}
SINGLE: dict[str, Callable[[pd.DataFrame], Any]] = {
    "difference_in_means, HC2": lambda d: rct.difference_in_means(d, "y", treatment="arm"),
    "lin, HC2": lambda d: rct.lin(d, "y", treatment="arm", covariates=["before"]),
    "ancova, HC2": lambda d: rct.ancova(d, "y", treatment="arm", covariates=["before"]),
    "hajek": lambda d: rct.hajek(d, "y", treatment="arm", probability="chance"),
    "post_stratified": lambda d: rct.post_stratified(d, "y", treatment="arm", by=["kind"]),
}
PAIRED: dict[str, dict[str, Any]] = {
    "20 clusters in pairs": {"pairs": 10}, "8 clusters in pairs": {"pairs": 4},
    "20 clusters in pairs, unequal sizes": {"pairs": 10, "sizes": (3, 80)}, "20 clusters in pairs, binary outcome": {"pairs": 10, "binary": True},
    "20 clusters in pairs, heavy tails": {"pairs": 10, "tails": 3},
}  # fmt: skip
VISITS: dict[str, int] = {"60 persons, four visits": 60, "20 persons, four visits": 20}
REPEATED: dict[str, Callable[[pd.DataFrame], Any]] = {
    f"gee, {kind}": (
        lambda d, kind=kind: rct.gee(d, "y", treatment="arm", cluster="person", correlation=kind, time="visit")
    )
    for kind in ("independence", "exchangeable", "ar1", "unstructured")
}
BLOCKS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "difference_in_means, pairs": lambda d: rct.difference_in_means(d, "y", strata="pair", **BY),
    "horvitz_thompson, pairs": lambda d: rct.horvitz_thompson(d, "y", strata="pair", **BY),
    "hajek, pairs": lambda d: rct.hajek(d, "y", strata="pair", **BY),
    "ancova with pair effects, CR1 by cluster": lambda d: rct.ancova(d, "y", strata="pair", errors="CR1", **BY),
}


def rows() -> Iterator[Row]:
    """Yield trials of persons, of clusters, of pairs of clusters, of several visits and of strata."""
    for setting, how in PERSONS.items():
        more = {"risks": lambda d: rct.risks(d, "y", treatment="arm").estimates} if "binary" in how else {}
        yield from (_row(name, setting, routine, _persons(how)) for name, routine in (SINGLE | more).items())
    for setting, how in CLUSTERS.items():
        for name, routine in (ROUTINES | (BINARY if "binary" in how else {})).items():
            if name != ENUMERATED or how["clusters"] == 8:
                yield _row(name, setting, routine, _clusters(how))
    for setting, how in PAIRED.items():
        yield from (_row(name, setting, routine, _paired(how)) for name, routine in BLOCKS.items())
    for setting, persons in VISITS.items():
        yield from (_row(name, setting, routine, _visits(persons)) for name, routine in REPEATED.items())
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
    arm = rng.permutation(np.arange(clusters) % 2)
    letter = np.empty(clusters, dtype=int)
    for place in (0, 1):
        letter[arm == place] = rng.permutation(np.arange((arm == place).sum()) % 2)
    got = arm[school] * (rng.random(len(school)) < TAKEN)
    shared = (heavy(rng, (clusters,), tails=tails) * (1 / 3 if tails else 0.3))[school]
    before = shared + rng.normal(size=len(school))
    y = EFFECT / TAKEN * got + shared + 0.5 * before + heavy(rng, school.shape, tails=tails)
    if binary:
        y = (rng.random(len(school)) < 0.35 + EFFECT / TAKEN * got + 0.3 * np.clip(shared, -0.5, 0.5)).astype(float)
    answered = (rng.random(len(school)) < 1 / (1 + np.exp(-1.2 - 0.5 * before))).astype(int)
    kind = np.arange(clusters) // 2 % 2
    return pd.DataFrame({
        "y": y, "before": before, "arm": arm[school], "letter": letter[school], "kind": kind[school], "got": got,
        "answered": answered, "school": school,
    })  # fmt: skip


def _persons(how: dict[str, Any]) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        arm, before = np.repeat([0, 1], [40, 12]), rng.normal(size=52)
        noise = heavy(rng, arm.shape, tails=how.get("tails", 0)) * np.where(arm, how.get("spread", 1.0), 1.0)
        y = EFFECT * arm + 0.3 * before + noise
        if "binary" in how:
            y = (rng.random(len(arm)) < 0.35 + EFFECT * arm + 0.1 * np.clip(before, -1, 1)).astype(float)
        return pd.DataFrame({"y": y, "arm": arm, "before": before, "kind": (before > 0).astype(int), "chance": 12 / 52})

    return make


def _paired(how: dict[str, Any]) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        pairs, tails = how["pairs"], how.get("tails", 0)
        school = np.repeat(np.arange(2 * pairs), rng.integers(*how.get("sizes", (30, 31)), 2 * pairs))
        arm = np.concatenate([rng.permutation([0, 1]) for _ in range(pairs)])[school]
        level = rng.normal(size=pairs)[school // 2] + 0.5 * heavy(rng, (2 * pairs,), tails=tails)[school]
        y = level + EFFECT * arm + heavy(rng, school.shape, tails=tails)
        if "binary" in how:
            y = (rng.random(len(school)) < 0.35 + EFFECT * arm + 0.1 * np.clip(level, -3, 3)).astype(float)
        return pd.DataFrame({"y": y, "arm": arm, "school": school, "pair": school // 2})

    return make


def _visits(persons: int) -> Frames:
    def make(rng: np.random.Generator) -> pd.DataFrame:
        person, visit = np.repeat(np.arange(persons), 4), np.tile(np.arange(4), persons)
        arm = rng.permutation(np.arange(persons) % 2)
        noise = rng.normal(size=(persons, 4))
        for at in range(1, 4):
            noise[:, at] = 0.6 * noise[:, at - 1] + 0.8 * noise[:, at]
        y = EFFECT * arm[person] + noise.ravel()
        kept = (visit == 0) | (rng.random(4 * persons) < 0.85)
        return pd.DataFrame({"y": y, "arm": arm[person], "person": person, "visit": visit})[kept]

    return make


def _stratified(rng: np.random.Generator) -> pd.DataFrame:
    school = np.repeat(np.arange(24), rng.integers(5, 60, 24))
    arm = np.concatenate([rng.permutation(np.arange(8) % 2) for _ in range(3)])[school]
    y = school // 8 + EFFECT * arm + 0.3 * rng.normal(size=24)[school] + rng.normal(size=len(school))
    return pd.DataFrame({"y": y, "arm": arm, "school": school, "ward": school // 8})
