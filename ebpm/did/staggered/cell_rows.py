"""The rows whose effect an extended two-way regression gives, by cohort and period, and the rows that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.comparisons import Flags
from ebpm.did.staggered.adopted import Adopted
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.panel import PanelRows


@dataclass(frozen=True, slots=True)
class CellRows:
    """Rows of effects and rows of comparison.

    Parameters
    ----------
    rows : all of them.
    groups : cluster of each row, shape (n,).
    X : covariates, shape (n, k).
    compared : rows of comparison, shape (n,); the others have effects.
    anchors : (cohort, period) that are the reference of their cohort, zero by definition.
    """

    rows: PanelRows
    groups: Ints
    X: Floats
    compared: Flags
    anchors: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, adopted: Adopted, X: Floats, control: str) -> CellRows:
        """Return the rows of an adoption.

        Raises
        ------
        DesignError : no unit never treated, where they are to be the comparison.
        """
        rows = adopted.rows
        if control == "not_yet_treated":
            return cls(rows, adopted.groups, X, ~adopted.late, ())
        if np.isfinite(rows.first_treated).all():
            named = ", ".join(f"{one:g}" for one in np.unique(rows.first_treated))
            raise DesignError("did_no_never_treated", cohorts=named)
        cohorts, codes = np.unique(rows.cohort, return_inverse=True)
        last = np.full(len(cohorts), rows.periods[0])
        np.maximum.at(last, codes[~adopted.late], rows.time[~adopted.late])
        anchors = tuple((int(cohort), int(period)) for cohort, period in zip(cohorts[:-1], last[:-1], strict=True))
        return cls(rows, adopted.groups, X, np.isinf(rows.cohort) | (rows.time == last[codes]), anchors)

    def where(self, keep: Flags) -> CellRows:
        """Return some rows."""
        rows = self.rows.where(keep)
        groups = np.unique(self.groups[keep], return_inverse=True)[1]
        cohorts = set(rows.first_treated)
        anchors = tuple(one for one in self.anchors if one[0] in cohorts)
        return CellRows(rows, groups, self.X[keep], self.compared[keep], anchors)

    @property
    def clusters(self) -> int:
        return int(self.groups.max()) + 1

    @property
    def mass(self) -> Floats:
        """Independent clusters that each cluster stands for, shape (G,); shape (0,) where each is itself."""
        return self.rows.standing.of_clusters(self.groups, self.rows.units.codes)

    def cells(self) -> tuple[Ints, Ints, Ints]:
        """Return the cohort and the period of each of K cells, shape (K,), and the cell of each row of effects, shape (m,)."""
        used, width = ~self.compared, len(self.rows.periods)
        cohorts, codes = np.unique(self.rows.cohort[used], return_inverse=True)
        found, cell = np.unique(codes * width + self.rows.period[used], return_inverse=True)
        cohort, period = np.divmod(found, width)
        return cohorts[cohort].astype(np.int64), self.rows.periods[period], cell

    def arms(self, errors: str) -> Arms:
        """Return the arms of the clusters."""
        return Arms.of(self.groups, self.rows.cohort, errors, self.mass)

    def effects(self, values: Floats, influence: Floats) -> CellEffects:
        """Return the effects of the cells, and the references.

        Parameters
        ----------
        values : shape (K,).
        influence : shape (G, K).
        """
        cohort, period, cell = self.cells()
        base = np.array(self.anchors, dtype=np.int64).reshape(-1, 2)
        cohort, period = np.append(cohort, base[:, 0]), np.append(period, base[:, 1])
        rows = self.rows
        at = [np.flatnonzero((rows.cohort == g) & (rows.time == t)) for g, t in self.anchors]
        seen = [rows.standing.number(rows.units.codes[one]) for one in at]
        members = {one: rows.standing.number(np.flatnonzero(rows.first_treated == one)) for one in np.unique(cohort)}
        counts = np.append(rows.counts(cell, ~self.compared), np.array(seen, dtype=np.int64))
        return CellEffects(
            cohort=cohort, period=period, values=np.append(values, np.zeros(len(base))), rows=counts, mass=counts.astype(np.float64),
            members=np.array([float(members[one]) for one in cohort]),
            influence=np.column_stack([influence, np.zeros((self.clusters, len(base)))]),
            presence=np.empty((self.clusters, 0)), reference=np.arange(len(cohort)) >= len(values),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profiles:
    """Units that are alike but for their outcome: same cohort, same periods, no covariates.

    Parameters
    ----------
    table : one row a profile and period; its outcome is the mean.
    mass : units of the profile of each row of the table, shape (m,).
    place : row of the table of each row of the data, shape (n,).
    """

    table: CellRows
    mass: Floats
    place: Ints

    @classmethod
    def of(cls, cells: CellRows) -> Profiles:
        """Return the profiles; each unit its own where there are covariates."""
        rows, width = cells.rows, len(cells.rows.periods)
        if cells.X.shape[1]:
            return cls(cells, np.ones(len(rows)), np.arange(len(rows)))
        seen = np.zeros((len(rows.units), width), dtype=np.bool_)
        seen[rows.units.codes, rows.period] = True
        cohorts = np.unique(rows.first_treated, return_inverse=True)[1]
        alike = np.column_stack([cohorts, np.packbits(seen, axis=1)])
        first, code = np.unique(alike, axis=0, return_index=True, return_inverse=True)[1:]
        key, each = code[rows.units.codes] * width + rows.period, rows.standing.of_rows(rows.units.codes)
        counts = np.asarray(np.bincount(key, each), dtype=np.float64)
        found = np.flatnonzero(counts)
        place = (np.cumsum(counts > 0) - 1)[key]
        compared = np.empty(len(found), dtype=np.bool_)
        compared[place] = cells.compared
        means = np.bincount(key, rows.outcome * each)[found] / counts[found]
        profile, period = np.divmod(found, width)
        table = PanelRows(
            Codes(profile, tuple(range(len(first)))), rows.periods, period, means, rows.first_treated[first], found
        )
        empty = np.empty((len(found), 0))
        return cls(CellRows(table, profile, empty, compared, cells.anchors), counts[found], place)

    def deviations(self, outcome: Floats, units: Ints) -> Floats:
        """Return each row's outcome less the mean of its profile and period, and less the mean of that by unit, shape (n,)."""
        apart = outcome - self.table.rows.outcome[self.place]
        return np.asarray(apart - (np.bincount(units, apart) / np.bincount(units))[units])


def constant_within(data: Any, rows: PanelRows, covariates: tuple[str, ...]) -> Floats:
    """Return covariates of each row, shape (n, k).

    Raises
    ------
    DataError : if one changes within a unit.
    """
    if not covariates:
        return np.empty((len(rows), 0))
    X = Frame.of(data).matrix(covariates, "covariates")[rows.order]
    starts = np.searchsorted(rows.units.codes, np.arange(len(rows.units)))
    changed = X[starts][rows.units.codes] != X
    if changed.any():
        row, column = np.argwhere(changed)[0]
        unit = rows.units.levels[rows.units.codes[row]]
        raise DataError("did_covariate_changes", column=covariates[column], unit=unit)
    return X
