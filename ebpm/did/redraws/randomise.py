"""Randomisation inference: which units have which dates of treatment is redrawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ebpm.did.cohort_means import TERM, Allocation, CohortMeans, not_yet_treated_weights
from ebpm.did.constant_outcome import refuse_constant
from ebpm.did.design_checks import Allocated, check_allocation
from ebpm.did.redraws.result import Redrawn
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Unavailable
from ebpm.moments.frame import Frame, Ints, one_of
from ebpm.moments.panel import Panel, read_panel
from ebpm.stats.given import number, whole
from ebpm.stats.inference import level
from ebpm.stats.redrawn.inversion import NullDraws
from ebpm.stats.redrawn.permutation import Redraws
from ebpm.texts import coined

STATISTICS = ("studentised", "difference")
SMALLEST = np.iinfo(np.int8).max


def randomisation_test(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    strata: str | None = None,
    statistic: str = "studentised",
    null: float = 0.0,
    draws: int = 10_000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Redrawn:
    """Test that treatment moved every treated row by the same known amount, by redrawing which units have which dates.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period, no gaps.
    outcome : column of numbers.
    unit : column of what dates were given to. Where that is a cluster of rows (a school of pupils), give one row a cluster and period.
    time, first_treated : as in `did.att_gt`.
    strata : column, constant in a unit, within which the dates were given.
    statistic : "studentised" (valid also where effects vary, in large samples) or "difference".
    null : effect that the null states, in the unit of the outcome.
    draws : allocations to draw; all are gone through where there are 200,000 or fewer.
    seed : of the draws.
    conf_level : level of the interval.

    Returns
    -------
    Redrawn. The estimate is the overall average of `did.att_gt(...).aggregate("simple")`.

    Raises
    ------
    DataError : as `did.att_gt`; strata that change within a unit.
    DesignError : as `did.att_gt`; too few draws for the level.

    Formula: every allocation gives each stratum its dates and the numbers of units that had them; p is the share of allocations whose
    |t| is at least the observed one, ties counted, or (1 + number) / (1 + draws). The interval holds the effects r that are not
    rejected with y - r in place of y in treated rows.

    Assumptions: every allocation was equally likely (by lot, or as good as by lot); no interference; no anticipation. The interval
    assumes one effect for all treated rows.

    Source: Roth and Sant'Anna (2023), Journal of Political Economy Microeconomics 1(4); Athey and Imbens (2022), Journal of Econometrics
    226(1); Wu and Ding (2021), JASA 116(536), for studentising.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> y = [1, 2, 6, 0, 1, 5, 2, 2, 7, 3, 5, 6, 1, 1, 2, 0, 2, 2]
    >>> rows = {"y": y, "id": [i for i in range(6) for _ in range(3)], "t": [1, 2, 3] * 6, "g": [3] * 9 + [0] * 9}
    >>> found = did.randomisation_test(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> found.possible, found.estimate.p_value
    (20, 0.1)
    """
    one_of(statistic, STATISTICS, "statistic")
    panel = read_panel(data, outcome, unit=unit, time=time, first_treated=first_treated)
    refuse_constant(panel, outcome)
    given = Allocation.of(panel, strata_of(data, panel, unit, strata))
    means = CohortMeans.of(given, not_yet_treated_weights(given))
    redraws = redraws_of(given, draws, conf_level)
    found = means.null_draws(given, redraws, draws=draws, seed=seed, studentised=statistic == "studentised")
    return redrawn(
        found, given, redraws, unit=means.unit, null=null, conf_level=conf_level, method="did.randomisation_test",
        studentised=statistic == "studentised",
    )  # fmt: skip


def strata_of(data: Any, panel: Panel, unit: str, strata: str | None) -> Ints:
    """Return the stratum of each unit of the panel, shape (N,); one for all where none is named."""
    if strata is None:
        return np.zeros(len(panel), dtype=np.int64)
    frame = Frame.of(data)
    units, codes = frame.codes(unit, "unit"), frame.codes(strata, "strata")
    of_unit = np.empty(len(units), dtype=np.int64)
    of_unit[units.codes] = codes.codes
    broken = np.unique(units.codes[codes.codes != of_unit[units.codes]])
    if len(broken):
        raise DataError("did_strata_change", column=strata, count=len(broken), unit=units.levels[broken[0]])
    return of_unit


def redraws_of(given: Allocation, draws: int, conf_level: float) -> Redraws:
    """Return the allocations that give each stratum its dates.

    Raises
    ------
    DesignError : too few draws for the level, or more dates than are supported.
    """
    if whole(draws, "draws") < 1.0 / (1.0 - level(conf_level)):
        raise DesignError("did_too_few_draws", draws=draws, least=int(np.ceil(1.0 / (1.0 - conf_level))))
    if len(given.cohorts) > SMALLEST:
        raise DesignError("did_many_dates", dates=len(given.cohorts), most=int(SMALLEST))
    return Redraws(given.dates, np.unique(given.strata, return_inverse=True)[1].astype(np.int64))


def redrawn(
    found: NullDraws,
    given: Allocation,
    redraws: Redraws,
    *,
    unit: float,
    null: float,
    conf_level: float,
    method: str,
    studentised: bool,
) -> Redrawn:
    """Return the result of a test by redrawing, its numbers in units of the outcome.

    Parameters
    ----------
    found : statistics of all draws, in units of `unit`.
    given, redraws : the allocation and its alternatives.
    null : effect that the null states.
    conf_level, method, studentised : for the estimate.
    """
    at, scale = number(null, "null") / unit, 1.0 if studentised else unit
    low, high = found.interval(conf_level)
    estimate = Estimate(
        term=TERM, name=coined(TERM), estimate=found.estimate * unit, std_error=found.variance**0.5 * unit if studentised else Unavailable("did_by_redrawing"),
        df=Unavailable("did_by_redrawing"), p_value=found.p_value(at), conf_low=low * unit, conf_high=high * unit,
        conf_level=conf_level, n=given.paths.size, clusters=len(given.paths), estimand="att", method=method,
    )  # fmt: skip
    return Redrawn(
        estimate=estimate, null=null, statistic=found.observed(at) * scale, p_greater=found.p_greater(at), p_less=found.p_less(at),
        monte_carlo_error=found.monte_carlo_error(at), draws=found.draws, possible=redraws.possible,
        distribution=found.statistics(at) * scale, studentised=studentised,
        notices=check_allocation(Allocated(given.treated, redraws.possible, 1 - conf_level)),
    )  # fmt: skip
