"""Effects of a dose by cohort and period, averaged over them: values and influences (Callaway, Goodman-Bacon and Sant'Anna 2024)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ebpm.did.doses.basis import DoseBasis
from ebpm.did.doses.panel import DosePanel
from ebpm.did.group_time.cells import Cell
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEffects:
    """Averages over cohorts and periods as one random vector.

    Parameters
    ----------
    basis : functions of the dose.
    curve : coefficients of the basis, then the mean change of the untreated, shape (q + 1,).
    event_times : periods since treatment, ascending, length E.
    level, slope : average ATT and ACRT over the doses by event time, then over all cohorts and periods from treatment on, shape (E + 1,).
    root : R with R'R the joint covariance of (curve, level, slope), shape (r, q + 2E + 3).
    clusters : independent clusters.
    """

    basis: DoseBasis
    curve: Floats
    event_times: tuple[int, ...]
    level: Floats
    slope: Floats
    root: Floats
    clusters: int

    @property
    def values(self) -> Floats:
        """(curve, level, slope)."""
        return np.concatenate([self.curve, self.level, self.slope])

    def covariance(self, rows: Floats) -> Floats:
        """Return the covariance of combinations of the values, shape (m, m), from their rows, shape (m, q + 2E + 3)."""
        half = self.root @ rows.T
        covariance: Floats = half.T @ half
        return covariance

    def rows(self, target: str) -> Floats:
        """Return the rows that pick the level or the slope averages out of the values, shape (E + 1, q + 2E + 3)."""
        size, start = len(self.level), len(self.curve) + (len(self.level) if target == "slope" else 0)
        return np.eye(size, len(self.values), start)

    def curve_rows(self, doses: Floats, target: str) -> Floats:
        """Return the rows that give ATT(d) or ACRT(d) at some doses, shape (m, q + 2E + 3)."""
        rows = self.basis.slopes(doses) if target == "slope" else self.basis.levels(doses)
        return np.pad(rows, ((0, 0), (0, len(self.values) - rows.shape[1])))


@dataclass(frozen=True, slots=True)
class _Cohort:
    """One cohort's least squares of changes on the basis, the same for all its periods."""

    units: Ints
    shares: Floats
    design: Floats
    hat: Floats
    slopes: Floats

    @classmethod
    def of(cls, cohort: int, panel: DosePanel, basis: DoseBasis) -> _Cohort:
        units = np.flatnonzero(panel.first_treated == cohort)
        X, weights = basis.design(panel.doses[units]), panel.weights[units]
        if np.linalg.matrix_rank(X) < basis.size:
            distinct = len(np.unique(panel.doses[units]))
            raise DesignError("did_dose_rank", cohort=cohort, units=len(units), distinct=distinct, size=basis.size)
        weighted = X * weights[:, None]
        bread = solve(X.T @ weighted, np.zeros(basis.size)).bread
        return cls(units, weights / weights.sum(), X, weighted @ bread, basis.slopes(panel.doses[units]))


@dataclass(frozen=True, slots=True)
class _Foretold:
    """Changes without treatment that the untreated foretell.

    Parameters
    ----------
    values : of the treated, shape (m,).
    rows : their constant and covariates, shape (m, p).
    doubt : influence of each untreated unit on the coefficients, shape (u, p).
    """

    values: Floats
    rows: Floats
    doubt: Floats

    @classmethod
    def of(cls, change: Floats, others: Ints, units: Ints, panel: DosePanel, *, at: int) -> _Foretold:
        Z, own = panel.regressors(others, at), panel.regressors(units, at)
        weighted = Z * panel.weights[others, None]
        fit = solve(weighted.T @ Z, weighted.T @ change[others], names=("1", *panel.names))
        errors = change[others] - Z @ fit.coefficients
        return cls(own @ fit.coefficients, own, (weighted @ fit.bread) * errors[:, None])


def dose_effects(cells: Sequence[Cell], panel: DosePanel, basis: DoseBasis) -> DoseEffects:
    """Return the averages over cohorts and periods with their joint covariance.

    Formula: in cohort g and period t, changes of the treated from the base are regressed on the basis, b = (X'WX)^-1 X'Wd, and m is the mean change of the
    comparison group; with covariates z the changes less z'c, c from least squares in the comparison group. Unit i adds w_i x_i'(X'WX)^-1 (d_i - x_i'b) to the error of b, and w_i (d_i - m) / sum w to that of m; averages over the
    doses add w_i (value at d_i - average) / sum w for the doses being a sample; averages over cohorts, weighted by their size, likewise.
    All averages over cohorts and periods from treatment on first average a cohort's periods.

    Source: Callaway, Goodman-Bacon and Sant'Anna (2024), NBER Working Paper 32117.
    """
    events = tuple(sorted({cell.event_time for cell in cells}))
    masses = {cohort: panel.weights[panel.first_treated == cohort].sum() for cohort in {cell.cohort for cell in cells}}
    shares = _shares(cells, events, masses)
    q, n = basis.size, len(panel.doses)
    found = np.zeros((len(cells), q + 3))
    influence = np.zeros((n, q + 1 + 2 * shares.shape[1]))
    for cohort, places in groupby(range(len(cells)), key=lambda place: cells[place].cohort):
        fit = _Cohort.of(cohort, panel, basis)
        for place in places:
            found[place], units, added = _cell(cells[place], fit, panel)
            influence[units] += _spread(added[:, :, None] * shares[place])
    for cohort, mass in masses.items():
        own, chosen = panel.first_treated == cohort, [cell.cohort == cohort for cell in cells]
        part = _composition(found, shares, np.array(chosen), mass)
        influence[own] += panel.weights[own, None] * _spread(part[None])
    means = found.T @ shares
    influence = group_sums(influence, panel.groups, groups=panel.clusters)
    return DoseEffects(
        basis=basis, curve=means[:-2, -1], event_times=events, level=means[-2], slope=means[-1],
        root=np.asarray(np.linalg.qr(influence, mode="r")), clusters=panel.clusters,
    )  # fmt: skip


def _shares(cells: Sequence[Cell], events: Sequence[int], masses: Mapping[int, float]) -> Floats:
    """Return the weight of each cell in the average of each event time, and in that over all from treatment on, shape (K, E + 1)."""
    mass = np.array([masses[cell.cohort] for cell in cells])
    own = np.array([[cell.event_time == event for event in events] for cell in cells], dtype=np.float64)
    after = np.array([cell.event_time >= 0 for cell in cells], dtype=np.float64)
    cohorts = np.array([cell.cohort for cell in cells])
    periods = (after[:, None] * (cohorts[:, None] == cohorts)).sum(axis=0)
    shares = (
        np.column_stack([own, np.divide(after, periods, out=np.zeros(len(after)), where=periods > 0)]) * mass[:, None]
    )
    return np.asarray(shares / shares.sum(axis=0))


def _cell(cell: Cell, fit: _Cohort, panel: DosePanel) -> tuple[Floats, Ints, Floats]:
    """Return coefficients, mean of the untreated, level and slope of one cell, its units, and their influence, shape (n, q + 3).

    With covariates the mean of the untreated is that of the changes foretold for the treated, and theirs are taken around what is foretold.
    """
    base, period = np.searchsorted(panel.periods, [cell.base, cell.period])
    others = np.flatnonzero(np.isin(panel.first_treated, cell.comparison))
    change = panel.paths[:, period] - panel.paths[:, base]
    foretold = _Foretold.of(change, others, fit.units, panel, at=min(base, period))
    average = float(fit.shares @ foretold.values)
    treated = change[fit.units] - foretold.values + average
    theta = np.append(fit.hat.T @ treated, average)
    responses, mean = fit.slopes @ theta, fit.shares @ fit.slopes
    level, slope = fit.shares @ treated - theta[-1], mean @ theta
    own = fit.hat * (treated - fit.design @ theta[:-1])[:, None]
    doubt = foretold.doubt @ (foretold.rows.T @ fit.shares)
    moved = doubt[:, None] * fit.hat.sum(axis=0) - foretold.doubt @ (foretold.rows.T @ fit.hat)
    of_treated = np.column_stack([
        own, np.zeros(len(own)), fit.shares * (treated - fit.shares @ treated),
        own @ mean[:-1] + fit.shares * (responses - slope),
    ])  # fmt: skip
    of_others = np.column_stack([moved, doubt, -doubt, moved @ mean[:-1] + mean[-1] * doubt])
    numbers = np.concatenate([theta, [level, slope]])
    return numbers, np.concatenate([fit.units, others]), np.vstack([of_treated, of_others])


def _composition(found: Floats, shares: Floats, own: NDArray[np.bool_], mass: float) -> Floats:
    """Return what one more unit of a cohort adds to each average through the sizes of the cohorts, shape (q + 3, E + 1)."""
    part = shares[own].sum(axis=0)
    totals = found.T @ shares
    gap: Floats = found[own].T @ shares[own] - part * totals
    return gap / mass


def _spread(influence: Floats) -> Floats:
    """Return (curve, level, slope) side by side from shape (n, q + 3, E + 1)."""
    return np.hstack([influence[:, :-2, -1], influence[:, -2], influence[:, -1]])
