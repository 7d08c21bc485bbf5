"""A sampling design as arrays, and the covariance that it gives to weighted totals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.survey.calibration import Calibration
from ebpm.survey.codes import written
from ebpm.survey.raking import Raked

EVERYONE = "-"


@dataclass(frozen=True, slots=True)
class Sampling:
    """Who was drawn, how, and out of how many.

    Parameters
    ----------
    weights : shape (n,).
    strata : shape (n,), stratum of each row.
    units : shape (n,), primary sampling unit of each row, numbered across strata.
    stratum_of_unit : shape (units,).
    fractions : shape (strata,), share of the stratum's units that was drawn; 0 without finite population correction.
    calibration : how the weights were calibrated; None where they were not.
    """

    weights: Floats
    strata: Ints
    units: Ints
    stratum_of_unit: Ints
    fractions: Floats
    calibration: Calibration | None = None

    def df(self, rows: NDArray[np.bool_] | slice = slice(None)) -> int:
        """Return units less strata, counting those that hold some of the rows (Korn and Graubard 1999, section 5.2)."""
        return len(np.unique(self.units[rows])) - len(np.unique(self.strata[rows]))

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of the weighted totals of the scores, shape (k, k).

        Parameters
        ----------
        scores : shape (n, k), linearised variables.

        With t_hi the weighted total of unit i of stratum h, n_h units drawn and f_h their share,
        V = sum_h (1 - f_h) n_h / (n_h - 1) sum_i (t_hi - tbar_h)(t_hi - tbar_h)'.

        Source: Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 3.7 and 5.5.
        """
        totals = _sums(self._weighted(scores), self.units, len(self.stratum_of_unit))
        drawn = np.bincount(self.stratum_of_unit, minlength=len(self.fractions)).astype(np.float64)
        means = _sums(totals, self.stratum_of_unit, len(drawn)) / drawn[:, None]
        scale = (1.0 - self.fractions) * drawn / np.maximum(drawn - 1.0, 1.0)
        centred = totals - means[self.stratum_of_unit]
        return np.asarray((centred * scale[self.stratum_of_unit, None]).T @ centred, dtype=np.float64)

    def _weighted(self, scores: Floats) -> Floats:
        if self.calibration is None:
            return scores * self.weights[:, None]
        return self.calibration.influence(scores, self.weights)


def _sums(values: Floats, groups: Ints, count: int) -> Floats:
    return np.column_stack([np.bincount(groups, weights=column, minlength=count) for column in values.T])


def sampling(
    frame: Frame,
    *,
    weights: str | Raked | None,
    strata: str | None,
    cluster: str | None,
    population: str | None = None,
) -> Sampling:
    """Return the design that some columns declare.

    Parameters
    ----------
    weights : column of weights, or the result of `rake`; where None, equal or implied by `population`.
    strata : column of strata; one stratum where None.
    cluster : column of primary sampling units; each row its own where None.
    population : column with the number of units in the row's stratum, for the finite population correction.

    Raises
    ------
    DataError : if raked weights belong to other rows.
    DesignError : if a stratum holds one unit, a unit lies in two strata, or the population is smaller than the sample.
    """
    everyone = Codes(np.zeros(len(frame), dtype=np.int64), (EVERYONE,))
    layers = everyone if strata is None else frame.codes(strata, "strata")
    each = Codes(np.arange(len(frame)), tuple(range(len(frame))))
    units = each if cluster is None else frame.codes(cluster, "cluster")
    home = _home(units, layers)
    drawn = np.bincount(home, minlength=len(layers))
    sizes = None if population is None else _sizes(frame, population, layers, drawn)
    fractions = np.zeros(len(layers)) if sizes is None else drawn / sizes
    _refuse_lonely(layers, drawn, fractions)
    implied = np.ones(len(frame)) if sizes is None else (sizes / drawn)[layers.codes]
    return _weighted(frame, weights, Sampling(implied, layers.codes, units.codes, home, fractions))


def in_strata(design: Sampling, groups: Codes) -> Sampling:
    """Return the design in which each group is a stratum too, where no unit lies in two groups; otherwise the design itself."""
    crossing = len(np.unique(np.column_stack([design.units, groups.codes]), axis=0)) > len(design.stratum_of_unit)
    if crossing:
        return design
    cells, strata = np.unique(design.strata * len(groups) + groups.codes, return_inverse=True)
    codes = Codes(strata.astype(np.int64), tuple(f"{groups.levels[cell % len(groups)]}" for cell in cells.tolist()))
    home = _home(Codes(design.units, tuple(range(len(design.stratum_of_unit)))), codes)
    fractions = design.fractions[cells // len(groups)]
    _refuse_lonely(codes, np.bincount(home, minlength=len(cells)), fractions)
    return replace(design, strata=codes.codes, stratum_of_unit=home, fractions=fractions)


def _weighted(frame: Frame, weights: str | Raked | None, design: Sampling) -> Sampling:
    if weights is None:
        return design
    if isinstance(weights, Raked):
        _refuse_other_rows(frame, weights)
        return replace(design, weights=weights.weights, calibration=weights.calibration)
    return replace(design, weights=frame.weights(weights))


def _refuse_other_rows(frame: Frame, raked: Raked) -> None:
    if len(frame) != len(raked.weights):
        raise DataError("survey_raked_other_rows", rows=len(frame), raked=len(raked.weights), column=EVERYONE)
    for margin in raked.calibrated_on:
        rows = frame.codes(margin.column, "weights")
        if rows.levels != margin.rows.levels or not np.array_equal(rows.codes, margin.rows.codes):
            raise DataError("survey_raked_other_rows", rows=len(frame), raked=len(raked.weights), column=margin.column)


def _home(units: Codes, strata: Codes) -> Ints:
    home = np.empty(len(units), dtype=np.int64)
    home[units.codes] = strata.codes
    strays = home[units.codes] != strata.codes
    if strays.any():
        unit = int(units.codes[np.argmax(strays)])
        found = np.unique(strata.codes[units.codes == unit])
        raise DesignError(
            "survey_unit_in_two_strata",
            unit=units.levels[unit],
            strata=", ".join(str(strata.levels[one]) for one in found),
        )
    return home


def _sizes(frame: Frame, population: str, strata: Codes, drawn: NDArray[Any]) -> Floats:
    values = frame.numbers(population, "population")
    sizes = np.empty(len(strata))
    sizes[strata.codes] = values
    varies = sizes[strata.codes] != values
    if varies.any():
        row = int(np.argmax(varies))
        raise DesignError(
            "survey_population_varies", column=population, stratum=strata.levels[strata.codes[row]], row=row + 1
        )
    if (sizes < drawn).any():
        stratum = int(np.argmax(sizes < drawn))
        raise DesignError(
            "survey_population_small",
            column=population,
            stratum=strata.levels[stratum],
            size=f"{sizes[stratum]:g}",
            drawn=int(drawn[stratum]),
        )
    return sizes


def _refuse_lonely(strata: Codes, drawn: NDArray[Any], fractions: Floats) -> None:
    lonely = (drawn < 2) & (fractions < 1.0)
    if lonely.any():
        names = [written(strata.levels[one]) for one in np.flatnonzero(lonely)]
        if len(strata) == 1:
            raise DesignError("survey_one_unit", rows=len(strata.codes))
        raise DesignError("survey_lonely_unit", strata=", ".join(names), count=len(names))
