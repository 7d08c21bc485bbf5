"""Treatments that may start, stop and change: when each unit first leaves the treatment that it begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.did.twfe import refuse_unnested
from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.panel import Panel, read_panel

NEVER = "ebpm: never treated"
GAPS = ("refuse", "drop_units")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPaths:
    """Outcome and treatment of units that are seen in every period.

    Parameters
    ----------
    outcome, treatment, weights : shape (n, T).
    groups : cluster of each unit, 0 .. G - 1, shape (n,).
    periods : shape (T,), ascending.
    gaps : (units left out because they miss a period, those of them that switch, rows left out).
    first : place of the first period whose treatment differs from that of the first period; T where none does, shape (n,).
    switched_to : treatment in that period; that of the first period where there is none, shape (n,).
    """

    outcome: Floats
    treatment: Floats
    weights: Floats
    groups: Ints
    periods: Ints
    gaps: tuple[int, int, int]
    first: Ints
    switched_to: Floats

    @classmethod
    def of(cls, panel: Panel, weights: Floats, groups: Ints, lost: int) -> SwitchPaths:
        """Return the paths of a panel whose first covariate is the treatment; `lost` of the units left out switch."""
        treatment = panel.covariates[:, :, 0]
        away = treatment != treatment[:, :1]
        place = away.argmax(axis=1)
        return cls(
            outcome=panel.paths, treatment=treatment, weights=weights, groups=groups, periods=panel.periods,
            gaps=(panel.gaps[0], lost, panel.gaps[2]), switched_to=treatment[np.arange(len(place)), place],
            first=np.where(away.any(axis=1), place, away.shape[1]).astype(np.int64),
        )  # fmt: skip

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
    cluster: str | None,
    weights: str | None,
    drop_gaps: bool,
) -> SwitchPaths:
    """Return the paths of a long table, one row a unit and period.

    Raises
    ------
    DataError : what `read_panel` refuses; treatments or weights that are not numbers; units in several clusters.
    DesignError : a single period; units that miss a period, unless `drop_gaps`; an outcome that never varies; fewer than two clusters.
    """
    frame = Frame.of(data)
    frame.numbers(treatment, "treatment")
    if weights is not None:
        frame.weights(weights)
    columns = [treatment] if weights is None else [treatment, weights]
    marked = Frame(frame.native.with_columns(nw.lit(np.inf).alias(NEVER)))
    panel = read_panel(
        marked, outcome, unit=unit, time=time, first_treated=NEVER, covariates=columns, drop_gaps=drop_gaps
    )
    if not len(panel):
        raise DesignError("did_switch_no_units", periods=len(panel.periods))
    if not np.ptp(panel.paths):
        raise DesignError("did_constant_outcome", column=outcome, units=len(panel), value=float(panel.paths.flat[0]))
    masses = panel.covariates[:, :, 1] if weights else np.ones(panel.paths.shape)
    lost = _switching_units(frame, unit, treatment) - int(np.ptp(panel.covariates[:, :, 0], axis=1).astype(bool).sum())
    return SwitchPaths.of(panel, masses, clusters_of_units(frame, panel, unit, cluster), lost)


def _switching_units(frame: Frame, unit: str, treatment: str) -> int:
    units, values = frame.codes(unit, "unit"), frame.numbers(treatment, "treatment")
    one = np.empty(len(units))
    one[units.codes] = values
    return len(np.unique(units.codes[values != one[units.codes]]))


def clusters_of_units(frame: Frame, panel: Panel, unit: str, cluster: str | None) -> Ints:
    """Return the cluster of each unit of a panel, 0 .. G - 1, shape (n,); the unit itself where no column is named."""
    if cluster is None:
        groups = np.arange(len(panel))
    else:
        units, codes = frame.codes(unit, "unit"), frame.codes(cluster, "cluster")
        refuse_unnested(units, codes, cluster)
        groups = _of_units(codes.codes, units, panel)
    if len(np.unique(groups)) < 2:
        raise DesignError("stats_one_cluster", clusters=len(np.unique(groups)))
    return groups


def _of_units(codes: Ints, units: Codes, panel: Panel) -> Ints:
    of_level = np.empty(len(units), dtype=np.int64)
    of_level[units.codes] = codes
    kept = units.counts() == len(panel.periods)
    return np.unique(of_level[kept], return_inverse=True)[1].astype(np.int64)
