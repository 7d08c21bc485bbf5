"""From a table to sites over the same periods, each with its start, and the regressors of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.periods.calendar import Calendar, read_periods, refuse_holes
from ebpm.its.periods.seasons import Season, season_terms
from ebpm.moments.frame import Codes, Frame

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePanel:
    """Sites over the same periods.

    Parameters
    ----------
    calendar : the T periods.
    sites : their names.
    starts : place of the first period under the intervention of each site; -1 where it was never reached.
    y : outcome over exposure, shape (S, T).
    X : regressors, shape (S, T, k).
    names : of the regressors.
    outcome : name of the outcome.
    """

    calendar: Calendar
    sites: tuple[str, ...]
    starts: tuple[int, ...]
    y: Floats
    X: Floats
    names: tuple[str, ...]
    outcome: str

    @property
    def together(self) -> bool:
        """Whether all sites start in the same period."""
        return len(set(self.starts)) == 1


def read_sites(
    data: Any,
    outcome: str,
    *,
    time: str,
    site: str,
    starts: str,
    exposure: str | None,
    season: Season,
    fixed: bool,
    own: bool,
) -> SitePanel:
    """Return the sites of a table.

    Raises
    ------
    DataError : if a column is missing or not numeric.
    DesignError : if periods are missing or come twice, a site has several starts, or none was reached within the series.
    """
    frame = Frame.of(data)
    calendar, places = read_periods(frame.values(time, "time"), time)
    names = frame.codes(site, "site")
    for place, name in enumerate(names.levels):
        refuse_holes(calendar, places[names.codes == place], str(name))
    values, shape = frame.numbers(outcome, "outcome"), (len(names), calendar.length)
    if exposure is not None:
        values = values / frame.weights(exposure, "exposure")
    y = np.empty(shape)
    y[names.codes, places] = values
    first = _starts(frame, starts, names, calendar)
    if not any(0 < one < calendar.length for one in first):
        raise DesignError("its_none_reached", column=starts, sites=len(names))
    X, terms = _regressors(calendar, first, season, fixed=fixed, own=own)
    return SitePanel(
        calendar=calendar, sites=tuple(map(str, names.levels)), starts=first, y=y, X=X, names=terms, outcome=outcome
    )


def _starts(frame: Frame, column: str, names: Codes, calendar: Calendar) -> tuple[int, ...]:
    present, values = frame.present(column, "starts"), frame.values(column, "starts")
    found = []
    for place, name in enumerate(names.levels):
        rows = names.codes == place
        kinds = {str(value) for value in values[rows & present]}
        if len(kinds) > 1 or (kinds and not present[rows].all()):
            raise DesignError("its_several_starts", site=name, column=column, starts=", ".join(sorted(kinds)[:4]))
        start = calendar.place(next(iter(kinds))) if kinds - {"inf"} else NEVER
        found.append(start if start < calendar.length else NEVER)
    return tuple(max(one, 0) if one != NEVER else NEVER for one in found)


def _regressors(
    calendar: Calendar, starts: tuple[int, ...], season: Season, *, fixed: bool, own: bool
) -> tuple[Floats, tuple[str, ...]]:
    count, places = len(starts), np.arange(calendar.length, dtype=np.float64)
    since = np.array([places - start if start != NEVER else np.full_like(places, -1.0) for start in starts])
    terms = season_terms(calendar, season)
    everywhere = np.ones((count, calendar.length))
    apart = np.repeat(np.eye(count)[:, None, :], calendar.length, axis=1)
    trend = (places - places.mean())[None, :, None]
    blocks = [
        apart if fixed else everywhere[:, :, None],
        apart * trend if own else everywhere[:, :, None] * trend,
        np.stack([(since >= 0) * 1.0, np.maximum(since, 0.0)], axis=2),
        np.broadcast_to(terms.columns, (count, *terms.columns.shape)),
    ]
    names = (
        *(tuple(f"site_{j + 1}" for j in range(count)) if fixed else ("intercept",)),
        *(tuple(f"trend_{j + 1}" for j in range(count)) if own else ("trend",)),
        "level_change", "slope_change", *terms.names,
    )  # fmt: skip
    return np.concatenate(blocks, axis=2), names
