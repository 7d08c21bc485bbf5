"""Balance at baseline: standardised differences, and one test of all covariates that follows the assignment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.moments.frame import Floats, Frame
from ebpm.moments.naming import some_columns
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.randomisation import declared_columns
from ebpm.rct.threats.arm_balance import ArmBalance
from ebpm.rct.threats.omnibus import Omnibus, omnibus
from ebpm.rct.threats.summed_balance import summed_balance
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.groups import group_sums
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEYOND_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Balance(Shown):
    """Balance of every arm with control.

    Parameters
    ----------
    arms : one an arm that is compared with control.
    stratified : whether units were assigned within strata.
    """

    arms: tuple[ArmBalance, ...]
    stratified: bool = False

    @property
    def notices(self) -> Notices:
        """R105 for every arm whose imbalance is beyond chance."""
        return run(RULES, self)

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a covariate and arm."""
        records = [
            {"term": f"{one.arm}: {name}", "mean_arm": mean, "mean_control": other, "standardised": difference}
            | ({"standardised_within": inside} if self.stratified else {})
            for one in self.arms
            for name, mean, other, difference, inside in zip(
                one.covariates, one.means, one.control_means, one.standardised, one.within, strict=True
            )
        ]
        return (Table.of(records, label("rct_balance_caption", lang)),)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the omnibus tests of each arm in words."""
        return [line for one in self.arms for line in self._lines(one, lang)]

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the standardised differences, a row a covariate."""
        from ebpm.figures.love import draw_balance

        return draw_balance(self, ax, lang=lang)

    def _lines(self, one: ArmBalance, lang: str | None) -> Iterator[str]:
        yield _sentence("rct_omnibus", one.arm, one.test, lang)
        if self.stratified:
            yield _sentence("rct_omnibus_unstratified", one.arm, one.unstratified, lang)


def balance(
    data: Any,
    covariates: str | Sequence[str],
    *,
    treatment: str,
    control: object = None,
    assignment: Assignment | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    seed: int = 20190401,
) -> Notices:
    """Check whether arms differ at baseline beyond what random assignment would give (R105).

    Parameters
    ----------
    data, covariates, treatment, control, assignment, cluster, strata, seed : as in `balance_table`.

    Raises
    ------
    DesignError : as `difference_in_means`.

    Rule: the omnibus p value of an arm, times the number of arms compared, is below 0.01.

    Source: Hansen and Bowers (2008), Statistical Science 23(2), equation 8; the threshold is this library's.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"age": [*range(20, 40), *range(60, 80)], "arm": [0] * 20 + [1] * 20})
    >>> balance(trial, "age", treatment="arm").codes
    ('R105',)
    """
    return balance_table(
        data, covariates, treatment=treatment, control=control, assignment=assignment, cluster=cluster, strata=strata,
        seed=seed,
    ).notices  # fmt: skip


def balance_table(
    data: Any,
    covariates: str | Sequence[str],
    *,
    treatment: str,
    control: object = None,
    assignment: Assignment | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    seed: int = 20190401,
) -> Balance:
    """Compare covariates between arms: standardised differences, and one test of all of them, with and without the strata.

    Parameters
    ----------
    data : any frame that Narwhals knows. A lazy table, a path to Parquet files or `moments.scan` is summed where it lies; the rows of an
        arm and of control, where they were assigned one by one and are fewer than 1,000, are read, because their assignment is redrawn.
    covariates : columns measured before assignment.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the first arm of `assignment`, or the arm called 0, False, "control" or 対照.
    assignment : the declaration, in place of `cluster` and `strata`.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    seed : of the draws of the assignment.

    Raises
    ------
    DesignError : as `difference_in_means`.

    Formula: d = sum_s h_s (r_s1 - r_s0) / sum_s h_s, r the mean over units of the sums of (x - mean x), h_s = n1 n0 / n the
    stratum's; V its covariance over all assignments; the statistic is d'V^-1 d, its p value exact where all assignments can be
    gone through. Single covariates get no p value: their number alone would make some small.

    Source: Hansen and Bowers (2008), Statistical Science 23(2), equations 6-8.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"age": [20, 30, 40, 50, 60, 70], "arm": [0, 1, 1, 0, 0, 1]})
    >>> round(float(balance_table(trial, "age", treatment="arm").arms[0].standardised[0]), 3)
    0.16
    """
    names = some_columns(covariates, "covariates")
    cluster, strata, control = declared_columns(assignment, cluster, strata, control)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    if (summed := summed_balance(data, names, columns, seed=seed, of_rows=_arms)) is not None:
        return Balance(*summed)
    return Balance(*_arms(Frame.of(data), names, columns, seed))


def _arms(
    frame: Frame, names: tuple[str, ...], columns: Mapping[str, Any], seed: int
) -> tuple[tuple[ArmBalance, ...], bool]:
    """Return the balance of every arm of a table in memory, and whether there are strata."""
    matrix = frame.matrix(names, "covariates")
    index = np.arange(len(frame), dtype=np.float64)
    trial = trial_of(frame, index, outcome="", **columns)
    return tuple(_arm(trial, matrix, names, arm, seed) for arm in range(1, len(trial.arms))), len(trial.strata) > 1


def _arm(trial: Trial, matrix: Floats, names: tuple[str, ...], arm: int, seed: int) -> ArmBalance:
    inside = np.isin(trial.arm, [0, arm])
    treated = trial.arm[inside] == arm
    rows = matrix[inside]
    means, others = rows[treated].mean(axis=0), rows[~treated].mean(axis=0)
    spread = np.sqrt((rows[treated].var(axis=0, ddof=1) + rows[~treated].var(axis=0, ddof=1)) / 2)
    within = _within(rows, trial.stratum[inside] * 2 + treated, len(trial.strata))
    scaled = np.divide([means - others, within], spread, out=np.zeros((2, len(names))), where=spread > 0)
    centred = matrix - rows.mean(axis=0)
    return ArmBalance(
        arm=trial.arms[arm], covariates=names, means=means, control_means=others, standardised=scaled[0], within=scaled[1],
        test=omnibus(trial, centred, arm=arm, seed=seed),
        unstratified=omnibus(trial, centred, arm=arm, stratified=False, seed=seed),
    )  # fmt: skip


def _within(rows: Floats, cell: Any, strata: int) -> Floats:
    """Differences in means of the rows within strata, averaged by n1 n0 / n; `cell` is the stratum doubled, plus one if treated."""
    counts = np.bincount(cell, minlength=2 * strata).reshape(strata, 2)
    means = group_sums(rows, cell, groups=2 * strata).reshape(strata, 2, -1) / counts[:, :, None]
    harmonic = counts.prod(axis=1) / counts.sum(axis=1)
    return np.average(means[:, 1] - means[:, 0], axis=0, weights=harmonic)


def _sentence(code: str, arm: str, test: Omnibus, lang: str | None) -> str:
    how = "rct_omnibus_drawn" if test.draws else "rct_omnibus_chi_square"
    return label(
        code, lang, arm=arm, statistic=f"{test.statistic:.3g}", df=test.df, p=f"{test.p_value:.4f}",
        how=label(how, lang, draws=f"{test.draws:,}"),
    )  # fmt: skip


def _beyond_chance(found: Balance) -> Iterator[tuple[str, Facts]]:
    for one in found.arms:
        p_value = min(1.0, one.p_value * len(found.arms))
        if p_value < BEYOND_CHANCE:
            worst = int(np.argmax(np.abs(one.within)))
            yield one.arm, {
                "p": f"{p_value:.4f}", "covariate": one.covariates[worst], "standardised": f"{one.within[worst]:+.2f}",
            }  # fmt: skip


RULES = (Rule("R105", _beyond_chance),)
