"""Averages of the gaps of treated groups: over all treated unit-periods, by cohort, by period, by time since treatment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ebpm.estimate import Number, Unavailable
from ebpm.moments.frame import Floats, Ints


@dataclass(frozen=True, slots=True)
class Parts:
    """Which gaps each average takes, the last of them all from treatment on.

    Parameters
    ----------
    positions : cohort, period or time since treatment of each average but the last.
    masks : shape (K, G, T), 1 where a gap is taken.
    """

    positions: tuple[int, ...]
    masks: Floats

    @classmethod
    def of(cls, kind: str, starts: Ints, periods: Ints) -> Parts:
        """Return the parts of a kind: "simple", "group", "calendar" or "event" (with the time before treatment).

        Parameters
        ----------
        kind : of the averages.
        starts : place of the first treated period of each group, shape (G,).
        periods : shape (T,).
        """
        since = np.arange(len(periods)) - starts[:, None]
        found = list(_parts(kind, starts, periods, since))
        masks = np.stack([*(mask for _, mask in found), since >= 0]).astype(np.float64)
        return cls(tuple(position for position, _ in found), masks)

    def averages(self, gaps: Floats, counts: Ints) -> tuple[Floats, Floats]:
        """Return the averages, each treated unit alike, and 1 where there is something to average: shapes (B, K).

        Parameters
        ----------
        gaps : shape (B, G, T).
        counts : units of each group, shape (B, G).
        """
        weights = counts.astype(np.float64)
        total = np.einsum("kgt,bg->bk", self.masks, weights)
        known = (total > 0).astype(np.float64)
        sums = np.einsum("kgt,bgt,bg->bk", self.masks, gaps, weights, optimize=True)
        return sums / np.where(total > 0, total, 1.0), known


def _parts(kind: str, starts: Ints, periods: Ints, since: Ints) -> Iterator[tuple[int, Floats]]:
    if kind == "group":
        for start in np.unique(starts):
            yield int(periods[start]), (starts == start)[:, None] & (since >= 0)
    elif kind == "calendar":
        for place in range(int(starts.min()), len(periods)):
            yield int(periods[place]), (np.arange(len(periods)) == place) & (since >= 0)
    elif kind == "event":
        for time in np.unique(since):
            yield int(time), since == time


@dataclass(frozen=True, slots=True)
class Tested:
    """The p value of no effect, and the effects that are not ruled out.

    Parameters
    ----------
    p_value, conf_low, conf_high : or why they are not there.
    """

    p_value: Number
    conf_low: Number
    conf_high: Number

    @classmethod
    def lacking(cls, reason: str, p_value: Number | None = None) -> Tested:
        """Return no interval, and no p value where none is given, for a reason (the code of a label)."""
        none = Unavailable(reason)
        return cls(none if p_value is None else p_value, none, none)
