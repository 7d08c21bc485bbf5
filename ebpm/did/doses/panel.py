"""Doses of a treatment that does not end: read, checked, one a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_time.cells import CellDesign
from ebpm.did.switches.paths import clusters_of
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.panel import Panel, read_panel


@dataclass(frozen=True, slots=True, kw_only=True)
class DosePanel:
    """Outcome paths with the dose of each unit.

    Parameters
    ----------
    periods : shape (T,), ascending.
    paths : shape (n, T).
    first_treated : shape (n,); infinity where never treated.
    doses : shape (n,); zero where never treated.
    weights : shape (n,).
    groups : cluster of each unit, 0 .. G - 1, shape (n,).
    covariates : shape (n, T, k).
    names : of the covariates.
    gaps : (units left out because they miss a period, those of them that are ever treated, rows left out).
    """

    periods: Ints
    paths: Floats
    first_treated: Floats
    doses: Floats
    weights: Floats
    groups: Ints
    covariates: Floats
    names: tuple[str, ...]
    gaps: tuple[int, int, int]

    @property
    def clusters(self) -> int:
        return int(self.groups.max()) + 1

    def regressors(self, units: Ints, at: int) -> Floats:
        """Return the constant and the covariates of some units in one period, shape (m, 1 + k)."""
        return np.column_stack([np.ones(len(units)), self.covariates[units, at]])

    def where(self, keep: NDArray[np.bool_], design: CellDesign) -> DosePanel:
        """Return the panel of some units; cohorts beyond the periods are never treated."""
        first = design.beyond(self.first_treated[keep], self.periods)
        return replace(
            self, paths=self.paths[keep], first_treated=first, doses=np.where(np.isfinite(first), self.doses[keep], 0.0),
            weights=self.weights[keep], groups=np.unique(self.groups[keep], return_inverse=True)[1], covariates=self.covariates[keep],
        )  # fmt: skip


def read_doses(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    dose: str,
    first_treated: str,
    covariates: Sequence[str],
    cluster: str | None,
    weights: str | None,
    drop_gaps: bool,
) -> DosePanel:
    """Return the panel of a long table, one row a unit and period.

    Raises
    ------
    DataError : what `read_panel` refuses; a treated unit whose dose is not positive, or changes from treatment on; an untreated unit
        with a dose; weights that change within a unit; units in several clusters.
    DesignError : a single period; units that miss a period, unless `drop_gaps`; an outcome that never varies.
    """
    frame = Frame.of(data)
    frame.numbers(dose, "dose")
    panel = read_panel(
        frame, outcome, unit=unit, time=time, first_treated=first_treated, covariates=[dose, *covariates], weights=weights,
        cluster=cluster, drop_gaps=drop_gaps,
    )  # fmt: skip
    if not len(panel):
        raise DesignError("did_switch_no_units", periods=len(panel.periods))
    if not np.ptp(panel.paths):
        raise DesignError("did_constant_outcome", column=outcome, units=len(panel), value=float(panel.paths.flat[0]))
    return DosePanel(
        periods=panel.periods, paths=panel.paths, first_treated=panel.first_treated, gaps=panel.gaps,
        doses=_doses(panel, dose), weights=panel.weights if weights else np.ones(len(panel)),
        groups=clusters_of(panel.clusters, len(panel)), covariates=panel.covariates[:, :, 1:], names=tuple(covariates),
    )  # fmt: skip


def _doses(panel: Panel, column: str) -> Floats:
    given = panel.covariates[:, :, 0]
    after = panel.periods >= panel.first_treated[:, None]
    doses = given[:, -1]
    treated, never = after.any(axis=1), np.isinf(panel.first_treated)
    _refuse(panel, "did_dose_untreated", never & (given != 0).any(axis=1), column, given.max(axis=1))
    _refuse(panel, "did_dose_not_positive", treated & (doses <= 0), column, doses)
    changed = np.where(after, given != doses[:, None], (given != 0) & (given != doses[:, None])).any(axis=1)
    _refuse(panel, "did_dose_changes", changed & treated, column, doses)
    return np.where(treated, doses, 0.0)


def _refuse(panel: Panel, code: str, broken: NDArray[np.bool_], column: str, values: Floats) -> None:
    if broken.any():
        place = int(np.argmax(broken))
        raise DataError(
            code, column=column, count=int(broken.sum()), unit=panel.units[place], value=float(values[place])
        )
