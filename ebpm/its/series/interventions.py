"""What an intervention is taken to do to a series: when it sets in, and the shape of its effect, chosen before the series is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import Calendar
from ebpm.moments.frame import one_of

Floats = NDArray[np.float64]

KINDS = ("level", "slope", "pulse")
KEYS = ("start", "effect", "lag", "phase_in", "periods")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """An intervention and the shape of its effect.

    Parameters
    ----------
    start : place of its first period.
    effect : of "level", "slope" and "pulse".
    lag : periods from the start until the effect sets in.
    phase_in : periods in which the level rises in equal steps to the whole of its change.
    periods : how long the pulse lasts.
    """

    start: int
    effect: tuple[str, ...] = ("level", "slope")
    lag: int = 0
    phase_in: int = 0
    periods: int = 1

    @property
    def onset(self) -> int:
        """Place of the first period that the effect may touch."""
        return self.start + self.lag

    @property
    def terms(self) -> tuple[str, ...]:
        """What its coefficients are called."""
        return tuple(f"{one}_change" for one in self.effect)

    def columns(self, places: Floats, *, skipped: int = 0) -> Floats:
        """Return the regressors at some places, one column a term, shape (n, q).

        Parameters
        ----------
        places : shape (n,); they may lie beyond the series.
        skipped : periods of transition after the onset; the effect is measured from their end on.
        """
        since = places - self.onset - skipped
        after = since >= 0
        shapes = {
            "level": np.clip((since + 1.0) / (self.phase_in + 1.0), 0.0, 1.0),
            "slope": np.where(after, since, 0.0),
            "pulse": (after & (since < self.periods)).astype(np.float64),
        }
        return np.column_stack([shapes[one] for one in self.effect])


def read_interventions(given: Any, calendar: Calendar) -> tuple[Intervention, ...]:
    """Return interventions, the one in question first.

    Parameters
    ----------
    given : the first period under the intervention; {"start": period, "effect": ["level", "slope", "pulse"], "lag": 0, "phase_in": 0,
        "periods": 1}, of which all but the start may be left out; or a list of such declarations.

    Raises
    ------
    DataError : if a declaration has another form, or a period cannot be read.
    """
    if isinstance(given, Sequence) and not isinstance(given, str):
        if not given:
            raise DataError("its_bad_intervention", given=given)
        return tuple(_read(one, calendar) for one in given)
    return (_read(given, calendar),)


def _read(given: Any, calendar: Calendar) -> Intervention:
    if isinstance(given, Intervention):
        return given
    if not isinstance(given, Mapping):
        return Intervention(start=calendar.place(given))
    if "start" not in given or not set(given) <= set(KEYS):
        raise DataError("its_bad_intervention", given=_written(given))
    named = given.get("effect", ("level", "slope"))
    effect = (named,) if isinstance(named, str) else tuple(named)
    for one in effect:
        one_of(one, KINDS, "effect")
    asked = {name: given.get(name, least) for name, least in (("lag", 0), ("phase_in", 0), ("periods", 1))}
    counts = {name: int(value) for name, value in asked.items()}
    if (
        not effect
        or counts != asked
        or len(set(effect)) < len(effect)
        or min(counts["lag"], counts["phase_in"], counts["periods"] - 1) < 0
    ):
        raise DataError("its_bad_intervention", given=_written(given))
    return Intervention(start=calendar.place(given["start"]), effect=effect, **counts)


def _written(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in given.items())


def refuse_unseen(others: Sequence[Intervention], calendar: Calendar) -> None:
    """Refuse further interventions whose effect starts outside the series, because nothing tells of them.

    Raises
    ------
    DesignError : if one does.
    """
    for one in others:
        if not 0 < one.onset < calendar.length:
            last = calendar.name(calendar.length - 1)
            raise DesignError("its_outside", intervention=calendar.name(one.start), first=calendar.name(0), last=last)
