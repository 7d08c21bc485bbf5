"""The regressors of a segmented regression: constant, trend, the effects of interventions, season and covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.its.periods.names import distinct
from ebpm.its.periods.seasons import Season, season_terms
from ebpm.its.series.observed import Observed

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """Regressors of each series.

    Parameters
    ----------
    names : one a column.
    columns : shape (T, p).
    effect : places of the columns of the intervention in question.
    """

    names: tuple[str, ...]
    columns: Floats
    effect: tuple[int, ...]


def designed(observed: Observed, season: Season) -> Design:
    """Return constant, trend 1 .. T, the effects of the interventions in their order, season and covariates.

    Raises
    ------
    DesignError : if the calendar has no such season.
    """
    places = np.arange(observed.calendar.length, dtype=np.float64)
    own, terms = observed.intervention, season_terms(observed.calendar, season)
    further = [(f"{name}_{observed.calendar.name(one.start)}", column) for one in observed.others
               for name, column in zip(one.terms, one.columns(places).T, strict=True)]  # fmt: skip
    columns = [np.ones_like(places), places + 1.0, own.columns(places, skipped=observed.transition)]
    names = ("intercept", "trend", *own.terms, *(name for name, _ in further), *terms.names, *observed.covariate_names)
    distinct(names)
    design = np.column_stack([*columns, *(column for _, column in further), terms.columns, observed.covariates])
    return Design(names, design, tuple(range(2, 2 + len(own.terms))))
