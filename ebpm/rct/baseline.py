"""Balance at baseline: standardised differences, and one test of all covariates that follows the assignment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc

from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.trial import Trial, trial_of
from ebpm.stats.groups import group_sums
from ebpm.table import Table
from ebpm.texts import label

BEYOND_CHANCE = 0.01
MANY_UNITS = 1000
DRAWS = 1999
RANK = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBalance:
    """One arm against control.

    Parameters
    ----------
    arm : its label.
    covariates : names, length k.
    means, control_means : of the rows, shape (k,).
    standardised : differences over the root of the mean of the two variances, shape (k,); zero where there is no variation.
    statistic : d'V^-1 d of the unit totals, V their covariance under the assignment.
    df : rank of V.
    p_value : of the statistic, by seeded draws of the assignment, or by chi-square with 1,000 units or more.
    """

    arm: str
    covariates: tuple[str, ...]
    means: Floats = field(compare=False)
    control_means: Floats = field(compare=False)
    standardised: Floats = field(compare=False)
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of every arm with control."""

    arms: tuple[ArmBalance, ...]

    @property
    def notices(self) -> Notices:
        """R105 for every arm whose imbalance is beyond chance."""
        return run(RULES, self)

    def table(self) -> Table:
        """Return one row a covariate and arm."""
        return Table.of([
            {"term": f"{one.arm}: {name}", "mean_arm": mean, "mean_control": other, "standardised": difference}
            for one in self.arms
            for name, mean, other, difference in zip(one.covariates, one.means, one.control_means, one.standardised, strict=True)
        ])  # fmt: skip

    def tidy(self) -> Any:
        """Return the table as a pandas frame."""
        return self.table().to_frame()

    def summary(self, lang: str | None = None) -> str:
        """Return the table, and the omnibus test of each arm in words."""
        tests = [
            label("rct_omnibus", lang, arm=one.arm, statistic=f"{one.statistic:.3g}", df=one.df, p=f"{one.p_value:.4f}")
            for one in self.arms
        ]
        return "\n".join([self.table().to_text(lang), *tests])

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return self.table()._repr_html_() + self.notices._repr_html_()


def balance(
    data: Any,
    covariates: str | Sequence[str],
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    seed: int = 20190401,
) -> Notices:
    """Check whether arms differ at baseline beyond what random assignment would give (R105).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    covariates : columns measured before assignment.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    seed : of the draws of the assignment.

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
        data, covariates, treatment=treatment, control=control, cluster=cluster, strata=strata, seed=seed
    ).notices


def balance_table(
    data: Any,
    covariates: str | Sequence[str],
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    seed: int = 20190401,
) -> Balance:
    """Compare covariates between arms: standardised differences, and one test of all of them.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    covariates : columns measured before assignment.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    seed : of the draws of the assignment.

    Raises
    ------
    DesignError : as `difference_in_means`.

    Formula: d = sum_s p_s (r_s1 - r_s0), r the mean over units of the sums of (x - mean x); V = sum_s p_s^2 S_s (1/n_s1 + 1/n_s0)
    with S_s the covariance of the sums in the stratum; the statistic is d'V^-1 d. Single covariates get no p value: their number
    alone would make some small.

    Source: Hansen and Bowers (2008), Statistical Science 23(2), equation 8.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"age": [20, 30, 40, 50, 60, 70], "arm": [0, 1, 1, 0, 0, 1]})
    >>> round(float(balance_table(trial, "age", treatment="arm").arms[0].standardised[0]), 3)
    0.16
    """
    frame = Frame.of(data)
    names = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    matrix = frame.matrix(names, "covariates")
    index = np.arange(len(frame), dtype=np.float64)
    trial = trial_of(frame, index, outcome="", treatment=treatment, control=control, cluster=cluster, strata=strata)
    rng = np.random.default_rng(seed)
    return Balance(tuple(_arm(trial, matrix, names, arm, rng) for arm in range(1, len(trial.arms))))


def _arm(trial: Trial, matrix: Floats, names: tuple[str, ...], arm: int, rng: np.random.Generator) -> ArmBalance:
    inside = np.isin(trial.arm, [0, arm])
    treated = trial.arm[inside] == arm
    rows = matrix[inside]
    means, others = rows[treated].mean(axis=0), rows[~treated].mean(axis=0)
    spread = np.sqrt((rows[treated].var(axis=0, ddof=1) + rows[~treated].var(axis=0, ddof=1)) / 2)
    statistic, df, p_value = _omnibus(trial, rows - rows.mean(axis=0), inside, arm, rng)
    standardised = np.divide(means - others, spread, out=np.zeros_like(means), where=spread > 0)
    return ArmBalance(
        arm=trial.arms[arm], covariates=names, means=means, control_means=others, standardised=standardised,
        statistic=statistic, df=df, p_value=p_value,
    )  # fmt: skip


def _omnibus(
    trial: Trial, centred: Floats, inside: Any, arm: int, rng: np.random.Generator
) -> tuple[float, int, float]:
    units = np.unique(trial.unit[inside])
    sums = group_sums(centred, np.searchsorted(units, trial.unit[inside]), groups=len(units))
    treated = trial.of_units(trial.arm)[units] == arm
    stratum = np.unique(trial.of_units(trial.stratum)[units], return_inverse=True)[1]
    order = np.argsort(stratum, kind="stable")
    sums, treated, stratum = sums[order], treated[order], stratum[order]
    share = np.bincount(stratum) / len(stratum)
    treated_count = np.bincount(stratum, treated)
    control_count = np.bincount(stratum) - treated_count
    gain = share[stratum] * np.where(treated, 1.0 / treated_count[stratum], -1.0 / control_count[stratum])
    root, df = _root(_assignment_covariance(sums, stratum, share**2 * (1.0 / treated_count + 1.0 / control_count)))
    whitened = sums @ root
    statistic = float(((gain @ whitened) ** 2).sum())
    if len(units) >= MANY_UNITS:
        return statistic, df, float(chdtrc(df, statistic)) if df else 1.0
    return statistic, df, _drawn_p(whitened, gain, stratum, statistic, rng)


def _assignment_covariance(sums: Floats, stratum: Ints, factors: Floats) -> Floats:
    counts = np.bincount(stratum)
    deviations = sums - (group_sums(sums, stratum, groups=len(counts)) / counts[:, None])[stratum]
    scale = (factors / (counts - 1))[stratum]
    covariance: Floats = (deviations * scale[:, None]).T @ deviations
    return covariance


def _root(covariance: Floats) -> tuple[Floats, int]:
    """R with R R' the pseudo-inverse of the covariance, and its rank."""
    scale = np.sqrt(np.diag(covariance))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    kept = values > RANK
    return vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None], int(kept.sum())


def _drawn_p(whitened: Floats, gain: Floats, stratum: Ints, statistic: float, rng: np.random.Generator) -> float:
    """(1 + draws at least as far) / (1 + draws), assignment redrawn within strata; rows are sorted by stratum."""
    as_far = 0
    for _ in range(DRAWS):
        drawn = gain[np.argsort(stratum + rng.random(len(stratum)))]
        as_far += ((drawn @ whitened) ** 2).sum() >= statistic * (1 - 1e-12)
    return (1 + as_far) / (1 + DRAWS)


def _beyond_chance(found: Balance) -> Iterator[tuple[str, Facts]]:
    for one in found.arms:
        p_value = min(1.0, one.p_value * len(found.arms))
        if p_value < BEYOND_CHANCE:
            worst = int(np.argmax(np.abs(one.standardised)))
            yield one.arm, {
                "p": f"{p_value:.4f}", "covariate": one.covariates[worst], "standardised": f"{one.standardised[worst]:+.2f}",
            }  # fmt: skip


RULES = (Rule("R105", _beyond_chance),)
