"""Treatments that may start, stop and change: when each unit first leaves the treatment that it begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.layout import read_layout
from ebpm.moments.panel import read_clusters

GAPS = ("refuse", "drop_units", "pairs")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPaths:
    """Outcome and treatment of units that are seen in every period.

    Parameters
    ----------
    outcome, weights : shape (n, T); missing where a unit is not seen.
    treatment : shape (n, T); where a unit is not seen, as it was last seen.
    groups : cluster of each unit, 0 .. G - 1, shape (n,).
    gaps : (units left out because they miss periods, those of them that switch, rows left out).
    first : place of the first period whose treatment differs from that of the first period; T where none does, shape (n,). A unit
        that is not seen in the period before counts as unchanged as long as it is seen to be.
    switched_to : treatment in that period; that of the first period where there is none, or where the date is not known, shape (n,).
    covariates : shape (n, T, k).
    names : of the covariates.
    """

    outcome: Floats
    treatment: Floats
    weights: Floats
    groups: Ints
    gaps: tuple[int, int, int]
    first: Ints
    switched_to: Floats
    covariates: Floats
    names: tuple[str, ...]

    @property
    def clusters(self) -> int:
        return int(self.groups.max()) + 1

    @property
    def baseline(self) -> Floats:
        """Treatment in the first period, shape (n,)."""
        baseline: Floats = self.treatment[:, 0]
        return baseline

    @property
    def direction(self) -> Floats:
        """1 where the first switch raises treatment, -1 where it lowers it, 0 for a unit that never switches, shape (n,)."""
        return np.sign(self.switched_to - self.baseline)

    @property
    def crossed(self) -> NDArray[np.bool_]:
        """Rows by which the unit has been both above and below its first treatment, shape (n, T)."""
        above = np.maximum.accumulate(self.treatment > self.treatment[:, :1], axis=1)
        below = np.maximum.accumulate(self.treatment < self.treatment[:, :1], axis=1)
        both: NDArray[np.bool_] = above & below
        return both


def read_switching(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str,
    covariates: Sequence[str],
    cluster: str | None,
    weights: str | None,
    gaps: str,
) -> SwitchPaths:
    """Return the paths of a long table, one row a unit and period.

    Raises
    ------
    DataError : duplicated unit and period, periods that are not whole numbers, missing values, units in several clusters.
    DesignError : a single period; units that miss a period, if refused; an outcome that never varies; fewer than two clusters.
    """
    frame = Frame.of(data)
    X = frame.matrix(covariates, "covariates")
    values, doses = frame.numbers(outcome, "outcome"), frame.numbers(treatment, "treatment")
    masses = np.ones(len(frame)) if weights is None else frame.weights(weights)
    layout = read_layout(frame, unit, time)
    seen, table = layout.seen(), layout.table(doses)
    kept: NDArray[np.bool_] = np.asarray(seen[:, 0] if gaps == "pairs" else seen.all(axis=1))
    if gaps == "refuse" and not kept.all():
        broken = np.flatnonzero(~kept)
        raise DesignError(
            "panel_gaps", count=len(broken), total=len(kept), periods=layout.shape[1], units=layout.named(broken)
        )
    if not kept.any():
        raise DesignError("did_switch_no_units", periods=layout.shape[1])
    if not np.ptp(values):
        raise DesignError("did_constant_outcome", column=outcome, units=len(kept), value=float(values[0]))
    lost = np.nanmax(table[~kept], axis=1, initial=-np.inf) > np.nanmin(table[~kept], axis=1, initial=np.inf)
    codes = read_clusters(frame, cluster, layout)
    filled, first, switched_to = _switches(table[kept], seen[kept])
    return SwitchPaths(
        outcome=layout.table(values)[kept], treatment=filled, weights=layout.table(masses)[kept], first=first,
        switched_to=switched_to, groups=clusters_of(codes[kept] if len(codes) else codes, int(kept.sum())),
        gaps=(int((~kept).sum()), int(lost.sum()), int(seen[~kept].sum())), names=tuple(covariates),
        covariates=np.stack([layout.table(column)[kept] for column in X.T], axis=2) if covariates else np.empty((*filled.shape, 0)),
    )  # fmt: skip


def _switches(table: Floats, seen: NDArray[np.bool_]) -> tuple[Floats, Ints, Floats]:
    """Return treatments carried on through periods that are not seen, and the place and treatment of the first switch."""
    units, periods = np.arange(len(table)), table.shape[1]
    last = np.maximum.accumulate(np.where(seen, np.arange(periods), 0), axis=1)
    filled = table[units[:, None], last]
    away = filled != filled[:, :1]
    place = away.argmax(axis=1)
    known = last[units, place - 1] == place - 1
    until = np.where(known, place, last[units, place - 1] + 1)
    switches = away.any(axis=1)
    return filled, np.where(switches, until, periods), filled[units, np.where(switches & known, place, 0)]


def clusters_of(codes: Ints, units: int) -> Ints:
    """Return the cluster of each unit, 0 .. G - 1, shape (n,); the unit itself where there are no codes.

    Raises
    ------
    DesignError : a single cluster.
    """
    groups = np.unique(codes, return_inverse=True)[1].astype(np.int64) if len(codes) else np.arange(units)
    if groups.max() < 1:
        raise DesignError("stats_one_cluster", clusters=1)
    return groups
