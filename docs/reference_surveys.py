"""Rows of the table of reference values for surveys."""

from __future__ import annotations

from collections.abc import Iterator

from reference_rows import Witness

from ebpm import survey


def rows() -> Iterator[Witness]:
    """Yield what the table compares."""
    yield from _surveys()
    yield from _lonely_and_paired()


def _surveys() -> Iterator[Witness]:
    design = {"weights": "pw", "strata": "stype", "population": "fpc"}
    yield Witness(
        "svy01_stratified_mean", "mean in strata, finite population", ("strat_fpc", "mean_api00"),
        lambda data: survey.mean(data, "api00", **design).headline,
    )  # fmt: skip
    yield Witness(
        "svy01_stratified_mean", "total in strata, finite population", ("strat_fpc", "total_enroll"),
        lambda data: survey.total(data, "enroll", **design).headline,
    )  # fmt: skip
    yield from _samples_in_stages()
    yield from _calibrated()


def _samples_in_stages() -> Iterator[Witness]:
    for what, place, routine, outcome in (
        ("mean in strata", "mean", survey.mean, "api00"), ("total in strata", "total", survey.total, "enroll"),
    ):  # fmt: skip
        yield Witness(
            "svy04_api_stratified", what, ("basics", place),
            lambda data, routine=routine, outcome=outcome: routine(
                data, outcome, weights="pw", strata="stype", population="fpc"
            ).headline,
        )  # fmt: skip
    case, stages = "svy06_api_two_stage", {"cluster": ["dnum", "snum"], "population": ["fpc1", "fpc2"]}
    for what, place, where in (("mean in two stages", "mean", None), ("its domain", "mean_wide", {"sch.wide": "Yes"})):
        yield Witness(
            case, what, (place,), lambda data, where=where: survey.mean(data, "api00", where=where, **stages).headline
        )
    yield Witness(
        case, "share, Korn-Graubard interval", ("props", "beta"),
        lambda data: survey.proportion(data, "sch.wide", interval="korn_graubard", **stages)["Yes"],
        (("conf_low", "low"), ("conf_high", "high")),
    )  # fmt: skip


def _calibrated() -> Iterator[Witness]:
    types, clusters = {"E": 4421, "H": 755, "M": 1018}, {"cluster": "dnum", "population": "fpc"}
    made = {
        "post": ("post-stratified mean", lambda data: survey.post_stratify(data, "stype", cells=types, weights="pw")),
        "linear": ("GREG mean", lambda data: survey.calibrate(data, {"stype": types, "api99": 3914069}, weights="pw")),
    }  # fmt: skip
    for kind, (what, weights) in made.items():
        yield Witness(
            "svy05_api_clusters", what, ("calibrated", kind, "mean"),
            lambda data, weights=weights: survey.mean(data, "api00", weights=weights(data), **clusters).headline,
        )  # fmt: skip


def _lonely_and_paired() -> Iterator[Witness]:
    for rule in ("certainty", "adjust", "average"):
        yield Witness(
            "svy07_api_lonely", f"a stratum with one unit, {rule}", (rule, "mean"),
            lambda data, rule=rule: survey.mean(
                data, "api00", weights="pw", strata="stype", population="fpc", lonely=rule
            ).headline,
        )  # fmt: skip
    columns = {"strata": "ESA", "cluster": "unit"}
    for kind, place in (("jackknife", "jkn"), ("brr", "brr")):
        yield Witness(
            "svy08_scd_pairs", f"total, two units a stratum, {kind} weights", (place, "total"),
            lambda data, kind=kind: survey.total(
                data, "alive", weights=survey.replicates(data, weights="one", kind=kind, **columns), **columns
            ).headline,
        )  # fmt: skip
