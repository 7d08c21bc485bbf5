"""Randomisation inference: the assignment redrawn, the sharp null tested, the interval by inversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Number, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.checks import design_notices
from ebpm.rct.own_statistic import Statistic, own_draws
from ebpm.rct.redrawn import ArmTest, RandomisationTest
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.given import made_by, number, whole
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import level
from ebpm.stats.redrawn.inversion import NullDraws, null_draws
from ebpm.stats.redrawn.permutation import Redraws
from ebpm.stats.redrawn.redrawn_means import Units

STATISTICS = ("studentised", "difference")
NONE = Unavailable("rct_own_statistic")


def randomisation_test(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    assignment: Assignment | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    statistic: str | Statistic = "studentised",
    null: float = 0.0,
    draws: int = 10_000,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> RandomisationTest:
    """Test the null that the treatment moved every unit by the same known amount, by redrawing the assignment.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the first arm of `assignment`, or the arm called 0, False, "control" or 対照.
    assignment : the declaration, in place of `cluster` and `strata`; the data are checked against it.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata or pairs within which units were assigned.
    statistic : "studentised" (valid also where effects vary, in large samples), "difference", or a function of the rows' outcomes
        without the effect of the null, and their arms (1 and 0), whose value far from zero speaks against the null; it has no interval.
    null : effect that the null states, in the unit of the outcome.
    draws : assignments to draw; all are gone through where there are 200,000 or fewer.
    seed : of the draws.
    conf_level : level of the interval.

    Raises
    ------
    DataError : if a statistic of one's own is no finite number.
    DesignError : as `difference_in_means`, and if `assignment` comes with `cluster` or `strata`, or `draws` is too small.

    Formula: p = share of the assignments with |t| >= |t observed|, ties counted; (1 + number) / (1 + draws) where they are drawn.
    Assignments give every stratum the numbers an arm that it has. The interval holds the effects r that are not rejected with
    y - r D in place of y. The estimate and its standard error are those of `difference_in_means`; each arm is tested against
    control with the other arms left as they are.

    Assumptions: the assignment was as declared; no interference between units. The interval assumes one effect for all units.

    Source: Fisher (1935), The Design of Experiments; Wu and Ding (2021), JASA 116(536), for studentising; Phipson and Smyth
    (2010), Statistical Applications in Genetics and Molecular Biology 9(1), for the drawn p value; Rosenbaum (2002), section 2.4.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [1.0, 2, 3, 4, 7, 8, 9, 11], "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> found = randomisation_test(trial, "y", treatment="arm")
    >>> found.headline.draws, round(found.headline.estimate.p_value, 4)
    (70, 0.0286)
    >>> round(randomisation_test(trial, "y", treatment="arm", statistic=lambda y, arm: y[arm == 1].max()).headline.p_greater, 4)
    0.5
    """
    frame = Frame.of(data)
    kind = "own" if callable(statistic) else one_of(statistic, STATISTICS, "statistic")
    cluster, strata, control = declared_columns(assignment, cluster, strata, control)
    trial = read_trial(frame, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata)
    number(null, "null")
    if whole(draws, "draws") < 1.0 / (1.0 - level(conf_level)):
        raise DesignError("rct_too_few_draws", draws=draws, least=int(np.ceil(1.0 / (1.0 - conf_level))))
    notices = design_notices(trial, outcome)
    if assignment is not None:
        notices = assignment.check(frame, treatment=treatment) + notices
    settings = _Settings(statistic, null, draws, seed, conf_level)
    items = tuple(_tested(trial, arm, settings) for arm in range(1, len(trial.arms)))
    return RandomisationTest(items=items, statistic=kind, notices=notices)


@dataclass(frozen=True, slots=True)
class _Settings:
    """How a test is made."""

    statistic: str | Statistic
    null: float
    draws: int
    seed: int
    conf_level: float


def declared_columns(
    assignment: Assignment | None, cluster: str | None, strata: str | None, control: object
) -> tuple[str | None, str | None, object]:
    """Return cluster, strata and control of a declaration, or those that were given in its place."""
    if assignment is None:
        return cluster, strata, control
    if cluster is not None or strata is not None:
        raise DesignError("rct_assignment_twice", cluster=cluster, strata=strata)
    if made_by(assignment, Assignment, "assignment").probability is not None:
        raise DesignError("rct_own_probabilities", column=assignment.probability)
    return assignment.cluster, assignment.strata, assignment.arms[0] if control is None else control


def units_of(trial: Trial, columns: Floats, inside: Ints) -> Units:
    """Return what redrawn comparisons need of some units of a trial.

    Parameters
    ----------
    trial : the trial.
    columns : outcomes, shape (n, K); subtract large means beforehand.
    inside : the units that are compared.
    """
    totals = group_sums(columns, trial.unit, groups=trial.units)
    sizes = np.bincount(trial.unit, minlength=trial.units).astype(np.float64)
    redraws = redraws_of(trial, inside)
    return Units(
        totals=totals[inside], sizes=sizes[inside], members=redraws.members, shares=trial.stratum_shares,
        paired=trial.paired,
    )  # fmt: skip


def redraws_of(trial: Trial, inside: Ints) -> Redraws:
    """Return the assignments of some units of a trial to one arm or control, within strata.

    Parameters
    ----------
    trial : the trial.
    inside : the units.
    """
    arms, strata = trial.of_units(trial.arm)[inside], trial.of_units(trial.stratum)[inside]
    return Redraws((arms > 0).astype(np.int64), strata)


def _tested(trial: Trial, arm: int, settings: _Settings) -> ArmTest:
    inside = np.flatnonzero(np.isin(trial.of_units(trial.arm), [0, arm]))
    middle, spread = trial.outcome.mean(), trial.outcome.std()
    outcome, treated = (trial.outcome - middle) / spread, (trial.arm == arm).astype(np.float64)
    units = units_of(trial, np.column_stack([outcome, -treated]), inside)
    redraws = redraws_of(trial, inside)
    value, variance = units.joint_effects(redraws.arm[None].astype(np.int8))
    about = _About(trial, arm, float(value[0, 0]) * spread, float(np.sqrt(variance[0, 0])) * spread, redraws.possible)
    if callable(settings.statistic):
        return about.test(
            _own(trial, arm, inside, redraws, settings), settings, null=0.0, unit=1.0, limits=(NONE, NONE)
        )
    studentised = settings.statistic == "studentised"
    mirrored = redraws.mirrored
    blocks = redraws.halves() if mirrored else redraws.blocks(settings.draws, settings.seed)
    found = null_draws(
        map(units.joint_effects, blocks), estimate=float(value[0, 0]), variance=float(variance[0, 0]),
        complete=redraws.enumerable, studentised=studentised, mirrored=mirrored,
    )  # fmt: skip
    low, high = found.interval(settings.conf_level)
    limits, unit = (low * spread, high * spread), 1.0 if studentised else spread
    return about.test(found, settings, null=settings.null / spread, unit=unit, limits=limits)


def _own(trial: Trial, arm: int, inside: Ints, redraws: Redraws, settings: _Settings) -> NullDraws:
    place = np.full(trial.units, -1)
    place[inside] = np.arange(len(inside))
    rows = np.flatnonzero(place[trial.unit] >= 0)
    outcome = trial.outcome[rows] - settings.null * (trial.arm[rows] == arm)
    return own_draws(
        settings.statistic,  # type: ignore[arg-type]
        outcome, place=place[trial.unit[rows]], redraws=redraws, draws=settings.draws, seed=settings.seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _About:
    """An arm beside control: their difference in means, its standard error, and the number of possible assignments."""

    trial: Trial
    arm: int
    value: float
    error: float
    possible: int

    def test(
        self, found: NullDraws, settings: _Settings, *, null: float, unit: float, limits: tuple[Number, Number]
    ) -> ArmTest:
        """Return the test of a null value, in the units of the draws."""
        rows = np.isin(self.trial.arm, [0, self.arm])
        estimate = Estimate(
            term=self.trial.arms[self.arm], estimate=self.value, std_error=self.error, df=Unavailable("rct_by_redrawing"),
            p_value=found.p_value(null), conf_low=limits[0], conf_high=limits[1], conf_level=settings.conf_level,
            n=int(rows.sum()), clusters=len(np.unique(self.trial.unit[rows])) if self.trial.clustered else 0, estimand="itt",
            method="rct.randomisation",
        )  # fmt: skip
        return ArmTest(
            estimate=estimate, null=settings.null, statistic=found.observed(null) * unit, p_greater=found.p_greater(null),
            p_less=found.p_less(null), monte_carlo_error=found.monte_carlo_error(null), draws=found.draws,
            possible=self.possible, distribution=found.statistics(null) * unit,
        )  # fmt: skip
