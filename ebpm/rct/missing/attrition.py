"""Whose outcome is missing: by arm, whether that depends on who they are, and whether it is too much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices, run
from ebpm.rct.means.comparison import compare
from ebpm.rct.missing.attrition_checks import RULES
from ebpm.rct.missing.clearinghouse import BOUNDARIES
from ebpm.rct.missing.observed import read_observed
from ebpm.rct.missing.stages import Judged, Stage, judged_table, stages
from ebpm.rct.threats.omnibus import Omnibus, omnibus
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STANDARDS = ("none", *BOUNDARIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAttrition:
    """Attrition of one arm beside control.

    Parameters
    ----------
    arm : its label.
    assigned : rows assigned to the arm and to control.
    missing : shares of them whose outcome is missing.
    difference : of the shares observed, arm less control.
    overall : share missing in the two arms together.
    related : test of whether covariates go with being missing otherwise than in control; Unavailable without covariates.
    stages : what a boundary judges: all rows; of a trial by cluster the clusters, and the rows of those that remain.
    """

    arm: str
    assigned: tuple[int, int]
    missing: tuple[float, float]
    difference: Estimate
    overall: float
    related: Omnibus | Unavailable
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attrition(Shown):
    """Attrition of every arm beside control.

    Parameters
    ----------
    column : what was counted.
    reading : how it was read: as an "indicator" of 1 and 0, an "outcome" with missing values, or a "complete" one.
    control : label of the control arm.
    arms : one an arm that is compared with control.
    missing : share of all rows whose outcome is missing.
    standard : boundary of the What Works Clearinghouse that was asked for: "none", "cautious" or "optimistic".
    """

    column: str
    reading: str
    control: str
    arms: tuple[ArmAttrition, ...]
    missing: float
    standard: str

    @property
    def notices(self) -> Notices:
        """R106 and R107, R120 where covariates were given, R121 where a boundary was asked for, R132 where nothing is missing."""
        return run(RULES, self)

    @property
    def judged(self) -> Judged:
        """Arm, stage, and the largest difference from control that counts as low there; empty where no boundary was asked for."""
        arms = self.arms if self.standard != "none" else ()
        return tuple((one.arm, stage, stage.boundary(self.standard)) for one in arms for stage in one.stages)

    @property
    def estimates(self) -> Estimates:
        """Differences of the shares observed, each arm less control."""
        items = tuple(one.difference for one in self.arms)
        return Estimates(items=items, headline_term=items[0].term, notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the share missing in all, how the column was read, and the test of each arm where there are covariates."""
        first = label("rct_attrition_overall", lang, column=self.column, share=f"{100 * self.missing:.1f}")
        first += label(f"rct_attrition_{self.reading}", lang)
        tests = [(one.arm, one.related) for one in self.arms if isinstance(one.related, Omnibus)]
        return [first, *(
            label("rct_attrition_related", lang, arm=arm, statistic=f"{test.statistic:.3g}", df=test.df, p=f"{test.p_value:.4f}")
            for arm, test in tests
        )]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm, control first."""
        first = self.arms[0]
        blank = {"difference": None, "conf_low": None, "conf_high": None}
        control = {"term": self.control, "assigned": first.assigned[1], "missing_share": first.missing[1]} | blank
        rows = [
            {
                "term": one.arm, "assigned": one.assigned[0], "missing_share": one.missing[0],
                "difference": 0.0 - one.difference.estimate, "conf_low": _negative(one.difference.conf_high),
                "conf_high": _negative(one.difference.conf_low),
            }
            for one in self.arms
        ]  # fmt: skip
        first_table = Table.of([control, *rows], label("rct_attrition_caption", lang))
        return (first_table, judged_table(self.judged, self.standard, lang)) if self.judged else (first_table,)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the shares missing by arm, and the boundary where one was asked for."""
        from ebpm.figures.attrition import draw_attrition

        return draw_attrition(self, ax, lang=lang)


def attrition(
    data: Any,
    column: str,
    *,
    treatment: str,
    covariates: str | Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    standard: str = "none",
    conf_level: float = 0.95,
) -> Notices:
    """Check whether outcomes are missing often, more often in one arm, or of other people in one arm than in another.

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    column : 1 where the outcome was observed and 0 where not; or the outcome itself, observed where it is not missing. A column
        of 1 and 0 without missing values is read as the former.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    standard : boundary of the What Works Clearinghouse: "none", "cautious" or "optimistic".
    conf_level : level of the interval of the difference.

    Raises
    ------
    DataError : if the column has no missing values and holds words.

    Rule: R107 at 20 per cent missing in all; R106 where the interval of the difference in return rates excludes zero or the
    difference is at least 10 points; R120 where the p value of `attrition_table`, times the arms compared, is below 0.05; R121
    beyond the boundary, in a trial by cluster of the clusters that were lost whole, or of the persons in those that remain; R132 (for
    information) where the outcome itself has a value in every row, since a table of those who remain would look the same.

    Source: Schulz and Grimes (2002), Lancet 359(9308), for the 20 per cent; the 10 points are this library's; Ghanem, Hirshleifer
    and Ortiz-Becerra (2023), Journal of Human Resources, for covariates; What Works Clearinghouse (2020), Standards Handbook 4.1.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"returned": [1, 1, 1, 0, 1, 1, 1, 1], "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> attrition(trial, "returned", treatment="arm").codes
    ('R106',)
    """
    return attrition_table(
        data, column, treatment=treatment, covariates=covariates, control=control, cluster=cluster, strata=strata,
        standard=standard, conf_level=conf_level,
    ).notices  # fmt: skip


def attrition_table(
    data: Any,
    column: str,
    *,
    treatment: str,
    covariates: str | Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    standard: str = "none",
    conf_level: float = 0.95,
) -> Attrition:
    """Count who is missing by arm, and test whether it depends on covariates otherwise in one arm than in another.

    Parameters
    ----------
    data, column, treatment, covariates, control, cluster, strata, standard, conf_level : as in `attrition`.

    Raises
    ------
    DataError, DesignError : as `attrition` and `difference_in_means`.

    Formula: the omnibus test of `balance_table` for the columns m (x - mean x), m being 1 where the outcome is missing; its mean
    differs between arms where the slope of m on x does. Exact under the null that assignment moved nobody's answering.

    Source: as `attrition`; Hansen and Bowers (2008), Statistical Science 23(2), for the test.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [1.0, None, 3, 4, 5, 6, None, 8], "age": range(8), "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> found = attrition_table(trial, "y", treatment="arm", covariates="age").arms[0]
    >>> found.missing, found.related.df
    ((0.25, 0.25), 1)
    """
    one_of(standard, STANDARDS, "standard")
    frame = Frame.of(data)
    observed = read_observed(frame, column)
    returned = observed.rows
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    names = named_columns(covariates, "covariates")
    matrix = frame.matrix(names, "covariates")
    index = np.arange(len(frame), dtype=np.float64)
    trial = trial_of(frame, index, outcome=column, **columns)  # type: ignore[arg-type]
    if np.ptp(returned) > 0:
        answers = trial_of(frame, returned, outcome=column, **columns)  # type: ignore[arg-type]
        differences = compare(answers, conf_level).items
    else:
        differences = tuple(
            t_estimate(0.0, math.nan, term=arm, n=trial.n, estimand="itt", method="rct.unit_difference")
            for arm in trial.arms[1:]
        )
    arms = tuple(_arm(trial, returned, matrix, arm, differences[arm - 1]) for arm in range(1, len(trial.arms)))
    return Attrition(
        column=column, reading=observed.reading, control=trial.arms[0], arms=arms, missing=1.0 - float(returned.mean()),
        standard=standard,
    )  # fmt: skip


def _arm(trial: Trial, returned: Floats, matrix: Floats, arm: int, difference: Estimate) -> ArmAttrition:
    own, other = trial.arm == arm, trial.arm == 0
    related: Omnibus | Unavailable = Unavailable("rct_without_covariates")
    if matrix.shape[1]:
        centred = (1.0 - returned)[:, None] * (matrix - matrix[own | other].mean(axis=0))
        related = omnibus(trial, centred, arm=arm)
    return ArmAttrition(
        arm=trial.arms[arm], assigned=(int(own.sum()), int(other.sum())),
        missing=(1.0 - float(returned[own].mean()), 1.0 - float(returned[other].mean())), difference=difference,
        overall=1.0 - float(returned[own | other].mean()), related=related, stages=stages(trial, returned, arm),
    )  # fmt: skip


def _negative(value: float | Unavailable) -> float | None:
    return None if isinstance(value, Unavailable) else -value
