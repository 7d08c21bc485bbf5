"""One stage of a sampling design: cells out of which units were drawn, and the covariance that this gives to totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import labels_of
from ebpm.moments.naming import named_columns
from ebpm.stats.groups import group_sums

Columns = str | Sequence[str] | None

LONELY = ("error", "certainty", "adjust", "average")
EVERYONE = "-"


@dataclass(frozen=True, slots=True)
class Stage:
    """The units drawn at one stage.

    Parameters
    ----------
    units : shape (n,), unit of each row, numbered across cells.
    strata : shape (n,), cell of each row: its stratum, inside its unit of the stage before.
    stratum_of_unit : shape (units,).
    fractions : shape (cells,), share of the cell's units that was drawn; 0 without finite population correction.
    factors : shape (cells,), product of the fractions of the stages before; 1 at the first.
    names, labels : of the cells and of the units, for messages.
    """

    units: Ints
    strata: Ints
    stratum_of_unit: Ints
    fractions: Floats
    factors: Floats
    names: tuple[str, ...]
    labels: tuple[object, ...]

    @property
    def drawn(self) -> Ints:
        """Units drawn out of each cell, shape (cells,)."""
        return np.bincount(self.stratum_of_unit, minlength=len(self.fractions)).astype(np.int64)

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Cells of which one unit was drawn though it has more, shape (cells,)."""
        return (self.drawn < 2) & (self.fractions < 1.0) & (self.factors > 0.0)

    def refuse_lonely(self) -> None:
        """Raise where the variance of a cell cannot be computed."""
        if self.lonely.any():
            names = [self.names[cell] for cell in np.flatnonzero(self.lonely)]
            if len(self.fractions) == 1:
                raise DesignError("survey_one_unit", rows=len(self.strata))
            raise DesignError("survey_lonely_unit", strata=", ".join(names[:10]), count=len(names))

    def covariance(self, weighted: Floats, *, lonely: str = "error") -> Floats:
        """Return the stage's part of the covariance of column totals, shape (k, k).

        Parameters
        ----------
        weighted : shape (n, k), weights times scores.
        lonely : how cells with one unit count: "certainty" (or "error", which refused them) not at all, "adjust" by the square of
            their total about zero, "average" as the average of the other cells.
        """
        totals = group_sums(weighted, self.units, groups=len(self.stratum_of_unit))
        drawn = self.drawn.astype(np.float64)
        means = group_sums(totals, self.stratum_of_unit, groups=len(drawn)) / drawn[:, None]
        if lonely == "adjust":
            means[self.lonely] = 0.0
        scale = self.factors * (1.0 - self.fractions) * drawn / np.maximum(drawn - 1.0, 1.0)
        centred = totals - means[self.stratum_of_unit]
        share = len(drawn) / (len(drawn) - self.lonely.sum()) if lonely == "average" else 1.0
        return np.asarray(share * (centred * scale[self.stratum_of_unit, None]).T @ centred, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stage with the weight that its sizes imply for each row, shape (n,); ones where no sizes are known."""

    stage: Stage
    implied: Floats


def stages(frame: Frame, *, strata: Columns, cluster: Columns, population: Columns) -> Iterator[Drawn]:
    """Yield the stages that columns declare, the first first.

    Parameters
    ----------
    strata, cluster, population : one column, or one a stage; at a stage without a cluster column each row is a unit.

    Raises
    ------
    DesignError : if a unit lies in two strata, or the population is smaller than the sample or varies in a cell.
    """
    named = (("strata", strata), ("cluster", cluster), ("population", population))
    columns = [named_columns(given, argument) for argument, given in named]
    above: Stage | None = None
    for stage in range(max(1, *map(len, columns))):
        layer, unit, sizes = (one[stage] if stage < len(one) else None for one in columns)
        found = _stage(frame, above, strata=layer, cluster=unit, population=sizes)
        yield found
        above = found.stage


def _stage(
    frame: Frame, above: Stage | None, *, strata: str | None, cluster: str | None, population: str | None
) -> Drawn:
    layers = (
        Codes(np.zeros(len(frame), dtype=np.int64), (EVERYONE,)) if strata is None else frame.codes(strata, "strata")
    )
    each = Codes(np.arange(len(frame)), tuple(range(len(frame))))
    drawn = each if cluster is None else frame.codes(cluster, "cluster")
    cells, units = layers, drawn
    factors = np.ones(len(cells))
    if above is not None:
        cells, units = _inside(above, layers), _inside(above, drawn)
        passed = above.factors * above.fractions
        factors = np.empty(len(cells))
        factors[cells.codes] = passed[above.strata]
    home = home_of(units, cells)
    counts = np.bincount(home, minlength=len(cells)).astype(np.float64)
    sizes = None if population is None else _sizes(frame, population, cells, counts)
    fractions = np.zeros(len(cells)) if sizes is None else counts / sizes
    implied = np.ones(len(frame)) if sizes is None else (sizes / counts)[cells.codes]
    names = labels_of(cells)
    return Drawn(Stage(units.codes, cells.codes, home, fractions, factors, names, tuple(units.levels)), implied)


def _inside(above: Stage, codes: Codes) -> Codes:
    """Number codes anew inside each unit of the stage above."""
    pairs, inside = np.unique(above.units * len(codes) + codes.codes, return_inverse=True)
    units, levels = np.divmod(pairs, len(codes))
    names = zip(units.tolist(), levels.tolist(), strict=True)
    return Codes(
        inside.astype(np.int64), tuple(f"{above.labels[unit]} / {codes.levels[level]}" for unit, level in names)
    )


def home_of(units: Codes, strata: Codes) -> Ints:
    """Return the stratum of each unit, shape (units,).

    Raises
    ------
    DesignError : if a unit lies in two strata.
    """
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


def _sizes(frame: Frame, population: str, strata: Codes, drawn: Floats) -> Floats:
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


def refuse_other_rows(frame: Frame, *, rows: int, codes: Sequence[tuple[str, Codes]]) -> None:
    """Raise where weights that were made from one table are used with another.

    Raises
    ------
    DataError : if the number of rows, or the codes of a column, differ.
    """
    if len(frame) != rows:
        raise DataError("survey_raked_other_rows", rows=len(frame), raked=rows, column=EVERYONE)
    for column, known in codes:
        found = frame.codes(column, "weights")
        if found.levels != known.levels or not np.array_equal(found.codes, known.codes):
            raise DataError("survey_raked_other_rows", rows=len(frame), raked=rows, column=column)
