"""Randomisation inference: the assignment redrawn, the sharp null tested, the interval by inversion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.notices import Notices
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.checks import design_notices
from ebpm.rct.trial import Trial, read_trial
from ebpm.shown import Shown
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import level
from ebpm.stats.inversion import NullDraws, null_draws
from ebpm.stats.permutation import Redraws
from ebpm.stats.redrawn_means import Units
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATISTICS = ("studentised", "difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTest:
    """The randomisation test of one arm against control.

    Parameters
    ----------
    estimate : difference in means with its p value and interval by redrawing.
    null : effect that the null states.
    statistic : observed, studentised or in the unit of the outcome.
    p_greater, p_less : one-sided p values.
    monte_carlo_error : standard error of the p value from drawing; zero where all assignments were gone through.
    draws : number of assignments that were compared.
    possible : number that there are.
    distribution : statistic of each of them under the null.
    """

    estimate: Estimate
    null: float
    statistic: float
    p_greater: float
    p_less: float
    monte_carlo_error: float
    draws: int
    possible: int
    distribution: Floats = field(compare=False, repr=False)

    @property
    def exact(self) -> bool:
        """Whether every possible assignment was gone through."""
        return self.draws == self.possible

    def sentence(self, lang: str | None = None) -> str:
        """Return the test in words."""
        how = label("rct_ri_drawn", lang, draws=f"{self.draws:,}", error=f"{self.monte_carlo_error:.4f}")
        if self.exact:
            how = label("rct_ri_exact", lang, possible=f"{self.possible:,}")
        return label(
            "rct_ri_sentence", lang, term=self.estimate.term, null=f"{self.null:g}", p=_p(self.estimate.p_value),
            interval=self.estimate.interval(lang), level=f"{100 * self.estimate.conf_level:g}", how=how,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomisationTest(Shown):
    """Tests of every arm against control.

    Parameters
    ----------
    items : one test an arm.
    studentised : whether the statistic is divided by its standard error.
    notices : what the guard rails found.
    """

    items: tuple[ArmTest, ...]
    studentised: bool
    notices: Notices

    @property
    def estimates(self) -> Estimates:
        """The differences, their p values and intervals by redrawing."""
        return Estimates(
            items=tuple(one.estimate for one in self.items), headline_term=self.items[0].estimate.term,
            notices=self.notices,
        )  # fmt: skip

    @property
    def headline(self) -> ArmTest:
        return self.items[0]

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each test in words."""
        return [one.sentence(lang) for one in self.items]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        return (
            Table.of(
                [
                    {
                        "term": one.estimate.term, "estimate": one.estimate.estimate, "conf_low": one.estimate.conf_low,
                        "conf_high": one.estimate.conf_high, "conf_level": one.estimate.conf_level, "statistic": one.statistic,
                        "p_value": one.estimate.p_value, "p_greater": one.p_greater, "p_less": one.p_less,
                        "monte_carlo_error": one.monte_carlo_error, "draws": one.draws, "n": one.estimate.n,
                    }
                    for one in self.items
                ],
                label("rct_ri_caption", lang),
            ),
        )  # fmt: skip

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the distribution of the statistic over the redrawn assignments, and the observed one."""
        from ebpm.figures.randomisation import draw_randomisation

        return draw_randomisation(self, ax, lang=lang)


def randomisation_test(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    assignment: Assignment | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    statistic: str = "studentised",
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
    statistic : "studentised" (valid also where effects vary, in large samples) or "difference".
    null : effect that the null states, in the unit of the outcome.
    draws : assignments to draw; all are gone through where there are 200,000 or fewer.
    seed : of the draws.
    conf_level : level of the interval.

    Raises
    ------
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
    """
    frame = Frame.of(data)
    one_of(statistic, STATISTICS, "statistic")
    cluster, strata, control = declared_columns(assignment, cluster, strata, control)
    trial = read_trial(frame, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata)
    if draws < 1.0 / (1.0 - level(conf_level)):
        raise DesignError("rct_too_few_draws", draws=draws, least=int(np.ceil(1.0 / (1.0 - conf_level))))
    notices = design_notices(trial, outcome)
    if assignment is not None:
        notices = assignment.check(frame, treatment=treatment) + notices
    settings = _Settings(statistic == "studentised", null, draws, seed, conf_level)
    items = tuple(_tested(trial, arm, settings) for arm in range(1, len(trial.arms)))
    return RandomisationTest(items=items, studentised=settings.studentised, notices=notices)


@dataclass(frozen=True, slots=True)
class _Settings:
    """How a test is made."""

    studentised: bool
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
    if assignment.probability is not None:
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
    found = null_draws(
        (units.joint_effects(block) for block in redraws.blocks(settings.draws, settings.seed)),
        estimate=float(value[0, 0]), variance=float(variance[0, 0]), complete=redraws.enumerable,
        studentised=settings.studentised,
    )  # fmt: skip
    error = float(np.sqrt(variance[0, 0])) * spread
    return _arm_test(trial, arm, found, redraws.possible, settings, spread=spread, error=error)


def _arm_test(
    trial: Trial, arm: int, found: NullDraws, possible: int, settings: _Settings, *, spread: float, error: float
) -> ArmTest:
    null, rows = settings.null / spread, np.isin(trial.arm, [0, arm])
    low, high = found.interval(settings.conf_level)
    unit = 1.0 if settings.studentised else spread
    estimate = Estimate(
        term=trial.arms[arm], estimate=found.estimate * spread, std_error=error, df=Unavailable("rct_by_redrawing"),
        p_value=found.p_value(null), conf_low=low * spread, conf_high=high * spread, conf_level=settings.conf_level,
        n=int(rows.sum()), clusters=len(np.unique(trial.unit[rows])) if trial.clustered else 0, estimand="itt",
        method="rct.randomisation",
    )  # fmt: skip
    return ArmTest(
        estimate=estimate, null=settings.null, statistic=found.observed(null) * unit, p_greater=found.p_greater(null),
        p_less=found.p_less(null), monte_carlo_error=found.monte_carlo_error(null), draws=found.draws, possible=possible,
        distribution=found.statistics(null) * unit,
    )  # fmt: skip


def _p(value: object) -> str:
    return "<0.0001" if isinstance(value, float) and value < 0.0001 else f"{value:.4f}"
