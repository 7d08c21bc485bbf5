"""The two ends of Lee's bounds within a cell of covariates, and their average over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats
from ebpm.rct.trial import Trial
from ebpm.stats.trimming import Trimmed, trim

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class End:
    """One end of the bounds.

    Parameters
    ----------
    value : in the unit of the outcome.
    variance : for independent rows.
    influence : of each row of the trial, shape (n,).
    """

    value: float
    variance: float
    influence: Floats

    def std_error(self, trial: Trial, inside: Flags) -> float:
        """Return the standard error: of rows, or over the clusters of the rows inside."""
        if not trial.clustered:
            return float(np.sqrt(self.variance))
        sums = np.bincount(trial.unit[inside], self.influence[inside])
        clusters = len(np.unique(trial.unit[inside]))
        return float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum()))


@dataclass(frozen=True, slots=True)
class TrimmedCell:
    """The bounds in one cell.

    Parameters
    ----------
    ends : lower and upper end.
    reversed : whether the other arm was observed more here, so that nothing was trimmed.
    seen : rows of the arm of which less were observed, that were.
    """

    ends: tuple[End, End]
    reversed: bool
    seen: Flags


@dataclass(frozen=True, slots=True)
class _Arms:
    """The arm of which more were observed and the other one: rows, observed rows, observed share; and the share to trim."""

    rows: tuple[Flags, Flags]
    seen: tuple[Flags, Flags]
    rates: tuple[float, float]

    @property
    def share(self) -> float:
        return max(0.0, 1.0 - self.rates[1] / self.rates[0])


def trimmed_cell(
    trial: Trial, values: Floats, present: Flags, *, rows: tuple[Flags, Flags], sign: float, ties: str
) -> TrimmedCell:
    """Bound the effect in one cell.

    Parameters
    ----------
    trial : the trial.
    values : outcomes, zero where not observed, shape (n,).
    present : which were observed.
    rows : of the cell in the arm of which more were observed, over all cells, and in the other arm.
    sign : 1 where that is the treated arm, -1 where it is control.
    ties : as in `lee_bounds`.
    """
    seen = rows[0] & present, rows[1] & present
    rates = float(seen[0].sum() / rows[0].sum()), float(seen[1].sum() / rows[1].sum())
    arms = _Arms(rows, seen, rates)
    mean = float(values[seen[1]].mean())
    parts = [trim(values[seen[0]], arms.share, from_above=above, ties=ties) for above in (sign > 0, sign < 0)]
    low, high = (
        End(
            sign * (part.mean - mean),
            _variance(values, part, arms),
            sign * _influence(trial, values, part, arms, present),
        )
        for part in parts
    )
    return TrimmedCell((low, high), rates[0] < rates[1], seen[1])


def average(cells: Sequence[TrimmedCell]) -> tuple[End, End]:
    """Return the ends over all cells, weighted by who was observed in the arm of which less were.

    Parameters
    ----------
    cells : of which there is at least one.

    Source: Lee (2009), Review of Economic Studies 76(3), on narrowing the bounds by covariates: the weights are the cells' shares among those observed in
    either arm.
    """
    if len(cells) == 1:
        return cells[0].ends
    counts = np.array([one.seen.sum() for one in cells], dtype=np.float64)
    return _averaged(cells, counts, 0), _averaged(cells, counts, 1)


def _averaged(cells: Sequence[TrimmedCell], counts: Floats, side: int) -> End:
    ends, total = [one.ends[side] for one in cells], counts.sum()
    values, shares = np.array([one.value for one in ends]), counts / total
    value = float(shares @ values)
    variance = shares**2 @ np.array([one.variance for one in ends]) + (shares @ values**2 - value**2) / total
    influence = sum(
        share * end.influence + one.seen * (end.value - value) / total
        for share, end, one in zip(shares, ends, cells, strict=True)
    )
    return End(value, float(variance), np.asarray(influence))


def _variance(values: Floats, part: Trimmed, arms: _Arms) -> float:
    more, less = (float(one.sum()) for one in arms.seen)
    gap, kept = part.edge - part.mean, 1.0 - arms.share
    missing = sum((1.0 - rate) / seen for rate, seen in zip(arms.rates, (more, less), strict=True))
    trimmed = (part.variance + arms.share * gap**2) / (more * kept) + gap**2 * missing
    return float(trimmed + values[arms.seen[1]].var() / less)


def _influence(trial: Trial, values: Floats, part: Trimmed, arms: _Arms, present: Flags) -> Floats:
    """Of the winsorised outcomes, of who was observed through the share trimmed, and of the other arm's mean."""
    more, less = arms.seen
    gap, influence = part.edge - part.mean, np.zeros(trial.n)
    winsorised = part.kept * (values[more] - part.mean) + (1.0 - part.kept) * gap
    influence[more] = (winsorised - winsorised.mean()) / (more.sum() * (1.0 - arms.share))
    for sign, rows, seen, rate in zip((-1.0, 1.0), arms.rows, arms.seen, arms.rates, strict=True):
        influence[rows] += sign * gap * (present[rows] - rate) / seen.sum()
    influence[less] -= (values[less] - values[less].mean()) / less.sum()
    return influence
