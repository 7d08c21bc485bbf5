"""One test of several columns at once that follows the assignment: d'V^-1 d, by redrawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from ebpm.moments.frame import Floats, Ints
from ebpm.rct.trial import Trial
from ebpm.stats.groups import group_sums
from ebpm.stats.redrawn.permutation import Redraws

MANY_UNITS = 1000
DRAWS = 1999
RANK = 1e-10
TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Omnibus:
    """A test of all columns of one arm against control.

    Parameters
    ----------
    statistic : d'V^-1 d of the unit totals, V their covariance under the assignment.
    df : rank of V.
    p_chi_square : of the statistic, by its large-sample distribution.
    p_value : by redrawing the assignment; `p_chi_square` with 1,000 units or more.
    draws : assignments that were compared, 0 where none were.
    """

    statistic: float
    df: int
    p_chi_square: float
    p_value: float
    draws: int


@dataclass(frozen=True, slots=True)
class _Gains:
    """d = (arms @ per_unit) - base for an assignment in zeros and ones; the columns are whitened."""

    per_unit: Floats
    base: Floats
    df: int

    def statistics(self, arms: Floats) -> Floats:
        squares: Floats = ((arms @ self.per_unit - self.base) ** 2).sum(axis=1)
        return squares


def omnibus(trial: Trial, columns: Floats, *, arm: int, stratified: bool = True, seed: int = 20190401) -> Omnibus:
    """Test whether several columns differ between an arm and control by more than the assignment would give.

    Parameters
    ----------
    trial : the trial.
    columns : shape (n, k), centred.
    arm : its place among the arms.
    stratified : whether units are compared, and redrawn, within strata.
    seed : of the draws.

    Formula: d = sum_s h_s (r_s1 - r_s0) / sum_s h_s, r the mean over units of their sums, h_s = n_s1 n_s0 / n_s; V = sum_s h_s^2
    S_s (1/n_s1 + 1/n_s0) / (sum_s h_s)^2 with S_s the covariance of the sums in the stratum. The p value is exact where all
    assignments can be gone through, (1 + number) / (1 + draws) where they are drawn.

    Source: Hansen and Bowers (2008), Statistical Science 23(2), equations 6-8.
    """
    inside = np.flatnonzero(np.isin(trial.of_units(trial.arm), [0, arm]))
    treated = (trial.of_units(trial.arm)[inside] == arm).astype(np.int64)
    strata = trial.of_units(trial.stratum)[inside] if stratified else np.zeros(len(inside), dtype=np.int64)
    sums = group_sums(columns, trial.unit, groups=trial.units)[inside]
    return omnibus_of_units(sums, treated, strata, seed=seed)


def omnibus_of_units(sums: Floats, treated: Ints, strata: Ints, *, seed: int) -> Omnibus:
    """Return the test from the sums of units; formula as `omnibus`.

    Parameters
    ----------
    sums : of the centred columns, shape (units, k).
    treated : 1 for the arm, 0 for control, shape (units,).
    strata : codes, shape (units,).
    seed : of the draws.
    """
    stratum = np.unique(strata, return_inverse=True)[1].astype(np.int64)
    gains = _gains(sums, treated, stratum)
    statistic = float(gains.statistics(treated[None].astype(np.float64))[0])
    chi_square = float(chdtrc(gains.df, statistic)) if gains.df else 1.0
    p_value, draws = chi_square, 0
    if len(sums) < MANY_UNITS:
        p_value, draws = _drawn(gains, Redraws(treated, stratum), statistic, seed)
    return Omnibus(statistic=statistic, df=gains.df, p_chi_square=chi_square, p_value=p_value, draws=draws)


def omnibus_of_cells(counts: Ints, totals: Floats, products: Floats) -> Omnibus:
    """Return the test of 1,000 rows or more, each a unit, from sums by stratum; formula as `omnibus`.

    Parameters
    ----------
    counts : rows of control and the arm, shape (strata, 2).
    totals : sums of the centred columns, shape (strata, 2, k).
    products : sums of their products over both, shape (strata, k, k).
    """
    zeros, ones = counts.T.astype(np.float64)
    weights, factors = _weights(ones, zeros)
    difference = weights @ (totals[:, 1] / ones[:, None] - totals[:, 0] / zeros[:, None])
    whole = totals.sum(axis=1)
    scatter = products - whole[:, :, None] * whole[:, None, :] / (zeros + ones)[:, None, None]
    root, df = _root(np.einsum("s,sij->ij", factors / (zeros + ones - 1), scatter))
    statistic = float(((difference @ root) ** 2).sum())
    chi_square = float(chdtrc(df, statistic)) if df else 1.0
    return Omnibus(statistic=statistic, df=df, p_chi_square=chi_square, p_value=chi_square, draws=0)


def _weights(ones: Floats, zeros: Floats) -> tuple[Floats, Floats]:
    """Weight of each stratum, and the factor of its covariance."""
    harmonic = ones * zeros / (ones + zeros)
    weights: Floats = harmonic / harmonic.sum()
    return weights, np.asarray(weights**2 * (1.0 / ones + 1.0 / zeros))


def _gains(sums: Floats, treated: Ints, stratum: Ints) -> _Gains:
    counts, ones = np.bincount(stratum).astype(np.float64), np.bincount(stratum, treated).astype(np.float64)
    weights, factors = _weights(ones, counts - ones)
    root, df = _root(_assignment_covariance(sums, stratum, factors))
    whitened = sums @ root
    up, down = (weights / ones)[stratum], (weights / (counts - ones))[stratum]
    return _Gains((up + down)[:, None] * whitened, down @ whitened, df)


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


def _drawn(gains: _Gains, redraws: Redraws, statistic: float, seed: int) -> tuple[float, int]:
    as_far = draws = 0
    for block in redraws.blocks(DRAWS, seed):
        far = gains.statistics(block.astype(np.float64)) >= statistic - TIE * max(1.0, statistic)
        as_far, draws = as_far + int(far.sum()), draws + len(block)
    return (as_far / draws, draws) if redraws.enumerable else ((1 + as_far) / (1 + draws), draws)
