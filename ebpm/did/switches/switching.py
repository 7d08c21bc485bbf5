"""Treatments that start, stop and change: effects by periods since the first switch (de Chaisemartin and D'Haultfoeuille 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.did.joint import Reading
from ebpm.did.switches.checks import SwitchDiagnosis, check_switching
from ebpm.did.switches.covariates import without_covariates
from ebpm.did.switches.effects import Horizon, Switchers
from ebpm.did.switches.paths import GAPS, SwitchPaths, read_switching
from ebpm.did.switches.result import Switching
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import one_of
from ebpm.moments.naming import named_columns
from ebpm.stats.given import number
from ebpm.stats.inference import level, rounding

SWITCHERS = ("all", "in", "out")
CROSSING = ("leave_out", "keep")


def switching(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str,
    covariates: Sequence[str] = (),
    effects: int | None = None,
    placebos: int | None = None,
    switchers: str = "all",
    same_switchers: bool = False,
    crossing: str = "leave_out",
    cluster: str | None = None,
    weights: str | None = None,
    gaps: str = "refuse",
    conf_level: float = 0.95,
) -> Switching:
    """Estimate what it changes to leave the first treatment, by periods since, where treatment may start, stop and have any dose.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    treatment : column of numbers: 0 and 1, several levels, or a dose; it may change in any period and in any direction.
    covariates : columns of numbers that treatment does not move; units would have moved alike given what the changes of these foretell of the outcome.
    effects, placebos : how many periods after and before the switch; all that have switchers and a comparison where None.
    switchers : "all"; "in", those whose first switch raises treatment; "out", those whose first switch lowers it.
    same_switchers : whether the effects of all periods are of the units seen through all of them, so that the composition stays the same.
    crossing : "leave_out" the rows of a switcher once it has been both above and below its first treatment, or "keep" them.
    cluster : column that units are nested in; the unit itself where None.
    weights : column of positive weights (persons in the unit).
    gaps : "refuse" a table in which units miss periods; "drop_units" that do, counted in notice D208; or "pairs", use every difference whose two
        periods are seen: then a unit not seen in the first period is dropped, one not seen just before its switch serves as comparison until it
        is last seen, and one not seen between two periods of its first treatment is taken to have kept it.
    conf_level : level of the intervals.

    Returns
    -------
    Switching. Its headline is the average total effect per unit of treatment; `aggregate("event")` are the effects by periods since
    the switch, event time 0 being the first period of the new treatment, with placebos before it and the last period before the switch as
    reference; `aggregate("normalised")` divides each by the change of treatment cumulated up to it.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, missing values, an unknown choice, a count below 1.
    DesignError : nobody switches, collinear covariates, nobody who switches has a comparison, units that miss periods, one cluster.

    Formula: with F_i the first period in which the treatment of unit i is not D_i1, and S_i = 1 where it rises and -1 where it falls,
    DID_l = sum_i S_i {y_i,F-1+l - y_i,F-1 - mean over j of the same difference} / N_l, j with D_j1 = D_i1 and F_j > F_i - 1 + l.
    With covariates, y_it - x_it'b takes the place of y_it, b from a regression of changes from period to period on those of the covariates and on
    periods, among units that have kept the same first treatment D_j1. Average total effect: sum_l N_l DID_l / sum_l sum_i |D_i,F-1+l - D_i1|. Errors are given the treatments, from residuals around the mean of the units
    of one baseline, period of switch and new treatment (or of the comparison group), with m / (m - 1) for a mean over m, normal reference.

    Assumptions: units that begin with the same treatment would have moved alike had they kept it; no anticipation; what was done before the first
    period does not matter, or is alike. Units without a comparison of the same first treatment are not used. The intervals are conservative where
    effects differ within a cohort.

    Source: de Chaisemartin and D'Haultfoeuille (2024), Review of Economics and Statistics 106(6).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 4, 2, 6, 1, 2, 3, 4], "id": [1, 1, 2, 2, 3, 3, 4, 4], "t": [1, 2] * 4, "d": [0, 2, 0, 2, 0, 0, 0, 0]}
    >>> found = did.switching(pd.DataFrame(rows), "y", unit="id", time="t", treatment="d")
    >>> round(found.aggregate("event")["0"].estimate, 9), round(found.estimates.headline.estimate, 9)
    (2.5, 1.25)
    """
    covariates = named_columns(covariates, "covariates")
    one_of(switchers, SWITCHERS, "switchers")
    _refuse_count("effects", effects, 1)
    _refuse_count("placebos", placebos, 0)
    paths = read_switching(
        data, outcome, unit=unit, time=time, treatment=treatment, covariates=covariates, cluster=cluster, weights=weights,
        gaps=one_of(gaps, GAPS, "gaps"),
    )  # fmt: skip
    everyone = _switchers(paths, treatment, switchers, keep=one_of(crossing, CROSSING, "crossing") == "keep")
    found = _horizons(everyone, effects)
    if not found:
        raise DesignError("did_switch_no_comparison", column=treatment, switchers=int(everyone.chosen.sum()))
    lasting = [everyone.followed(one.length) for one in found]
    used = replace(everyone, chosen=np.logical_and.reduce(lasting)) if same_switchers else everyone
    found = _horizons(used, len(found)) if same_switchers else found
    diagnosis = SwitchDiagnosis(found, _horizons(used, placebos, placebo=True), everyone)
    reading = Reading(
        method="did.switching", estimand="switch_effect", rows=int(np.isfinite(paths.outcome).sum()), clusters=paths.clusters, df=np.inf, conf_level=level(conf_level), floor=rounding(paths.outcome) / max(1.0, np.nanmax(np.abs(paths.treatment))),
        notices=check_switching(diagnosis),
    )  # fmt: skip
    return Switching.of(found, diagnosis.placebos, reading)


def _refuse_count(argument: str, count: int | None, least: int) -> None:
    if count is not None and (number(count, argument) % 1 != 0 or count < least):
        raise DataError("did_switch_count", argument=argument, value=count, least=least)


def _switchers(paths: SwitchPaths, column: str, which: str, *, keep: bool) -> Switchers:
    if not paths.direction.any():
        raise DesignError("did_switch_nobody", column=column, units=len(paths.first))
    sides = {"all": paths.direction != 0, "in": paths.direction > 0, "out": paths.direction < 0}
    if not sides[which].any():
        raise DesignError(
            "did_switch_one_way", column=column, switchers=int((paths.direction != 0).sum()), wanted=which
        )
    adjusted, doubt = without_covariates(paths)
    return Switchers(adjusted, sides[which], ~paths.crossed | keep, doubt)


def _horizons(switchers: Switchers, most: int | None, *, placebo: bool = False) -> tuple[Horizon, ...]:
    periods = switchers.paths.outcome.shape[1]
    lengths = range(1, periods if most is None else min(periods, int(most) + 1))
    found: list[Horizon] = []
    for length in lengths:
        one = switchers.horizon(length, placebo=placebo)
        if one is None:
            break
        found.append(one)
    return tuple(found)
