"""Tables that may be shown: what is sensitive is withheld, and what would give it away with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.attack import Sums, feasible
from ebpm.disclosure.cube import Cube, Floats
from ebpm.disclosure.rounding import Rounded, controlled
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sensitive import Contributions, of_count, of_sum
from ebpm.disclosure.suppression import ROUNDS, Need, Pattern, protect
from ebpm.disclosure.tabulation import Crossed, Hierarchy, crossed
from ebpm.estimate import Unavailable
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.spec import Text
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WITHHELD = Unavailable("disclosure_withheld")
DEARER = 3.0
Found = tuple[str, Need] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedTable(Shown):
    """A table with margins in which some cells are withheld; a reader is not told which for their own sake.

    Parameters
    ----------
    cells : the names of the cells, one value an axis.
    depth : on how many axes each cell is a sum.
    by : the axes.
    amount : what is added up; empty for counts.
    shown : one a cell: the number, or that it is withheld.
    pattern : which cells are withheld, and which of them for their own sake; it stays in the office.
    reasons : how many cells are withheld for their own sake, by reason.
    sums : the true values and what ties them; it stays in the office.
    needs : the protection that each sensitive cell has.
    rounded : the counts as they are rounded, where the rules ask for it.
    """

    cells: tuple[tuple[Any, ...], ...]
    depth: tuple[int, ...]
    by: tuple[str, ...]
    amount: str
    shown: tuple[float | Unavailable, ...]
    pattern: Pattern
    reasons: tuple[tuple[str, int], ...]
    sums: Sums
    needs: tuple[Need, ...]
    rounded: Rounded

    def __getitem__(self, cell: tuple[Any, ...] | str) -> float | Unavailable:
        """Return what is shown of a cell, named by one value an axis; `TOTAL` or its word for a total."""
        wanted = cell if isinstance(cell, tuple) else (cell,)
        names = [tuple(map(str, one)) for one in self.cells]
        return self.shown[names.index(tuple(map(str, wanted)))]

    @property
    def notices(self) -> Notices:
        """How many cells are withheld, whether a cheaper set might do, and whether rounded parts add up."""
        found = [Notice("X610", " × ".join(self.by), self._counts())] if self.pattern.withheld.any() else []
        if not self.pattern.optimal:
            found.append(Notice("X611", " × ".join(self.by)))
        if self.rounded.base > 1:
            found.append(Notice("X613", " × ".join(self.by), {"base": self.rounded.base}))
        return Notices(tuple(found))

    def _counts(self) -> dict[str, object]:
        withheld = int(self.pattern.withheld.sum())
        return {"withheld": withheld, "cells": len(self.cells)}

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Return, for each sensitive cell, the smallest and largest value that an attacker cannot rule out."""
        return tuple(feasible(self.sums, self.pattern.withheld, need.cell) for need in self.needs)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what the table holds and how much of it is withheld."""
        return [label("disclosure_table_line", lang, by=" × ".join(self.by), **self._counts())]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a cell."""
        columns: tuple[str | Text, ...] = (*(Text(ja=name, en=name) for name in self.by), "disclosure_value")
        rows = tuple((*names, value) for names, value in zip(self.cells, self.shown, strict=True))
        return (Table(columns, rows, label("disclosure_table", lang, by=" × ".join(self.by))),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw a bar for each cell that is no sum."""
        from ebpm.figures.protected import draw_protected

        return draw_protected(self, ax, lang=lang)


def frequencies(
    data: Any, by: str | Sequence[str], *, rules: Disclosure, persons: str = "", unit: str = "",
    hierarchy: Hierarchy | None = None, rounds: int = ROUNDS,
) -> ProtectedTable:  # fmt: skip
    """Return the number of persons by some columns, with margins, as far as it may be shown.

    Parameters
    ----------
    data : the rows.
    by : columns of the table.
    rules : of the tier in which the table will be read.
    persons : column with the number of persons of a row; each row is one person where empty.
    unit : column of those whom persons belong to (hospital, school); fewer than `min_units` of them in a cell are too few.
    hierarchy : by axis, the columns of its sums from the finest to the coarsest.
    rounds : how many attacks to answer in the search for the cheapest further cells.

    Raises
    ------
    DataError : if a column is missing or has missing values, or a cell could be worked out whatever is withheld.

    Notes
    -----
    Counts below `min_cell`, zero apart, are withheld, and the cheapest further cells, so that given all that is shown each of
    them could be smaller, larger, and anything in a range at least as wide as `min_cell`.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import disclosure
    >>> people = pd.DataFrame({"ward": ["n"] * 3 + ["s"] * 40 + ["w"] * 20})
    >>> rules = disclosure.Disclosure(tier="semi_closed")
    >>> [str(value) for value in disclosure.frequencies(people, "ward", rules=rules).shown]
    ['withheld', '40.0', 'withheld', '63.0']
    """
    found = crossed(data, by, persons=persons, unit=unit, hierarchy=hierarchy)
    return protected(found, of_count, rules, whole=True, rounds=rounds)


def magnitudes(
    data: Any, amount: str, *, by: str | Sequence[str], rules: Disclosure, unit: str = "",
    hierarchy: Hierarchy | None = None, rounds: int = ROUNDS,
) -> ProtectedTable:  # fmt: skip
    """Return sums of an amount by some columns, with margins, as far as they may be shown.

    Parameters
    ----------
    data : the rows.
    amount : column of amounts, none of them negative.
    by : columns of the table.
    rules : of the tier in which the table will be read.
    unit : column of the contributors (firms), whose rows are added up first; each row by itself where empty.
    hierarchy : by axis, the columns of its sums from the finest to the coarsest.
    rounds : how many attacks to answer in the search for the cheapest further cells.

    Raises
    ------
    DataError : if a column is missing or has missing values, if an amount is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import disclosure
    >>> firms = pd.DataFrame({"sector": ["a"] * 12 + ["b"] * 30, "raised": [900.0] + [1.0] * 41})
    >>> rules = disclosure.Disclosure(tier="semi_closed")
    >>> [str(value) for value in disclosure.magnitudes(firms, "raised", by="sector", rules=rules).shown]
    ['withheld', '30.0', 'withheld']
    """
    found = crossed(data, by, amount=amount, unit=unit, hierarchy=hierarchy)
    return replace(protected(found, of_sum, rules, whole=False, rounds=rounds), amount=amount)


def protected(
    table: Crossed, rule: Callable[[Contributions, Disclosure], Found], rules: Disclosure, *, whole: bool,
    rounds: int = ROUNDS,
) -> ProtectedTable:  # fmt: skip
    """Return a table with what a rule finds sensitive withheld, and what would give it away.

    Parameters
    ----------
    table : the cells and who makes them up.
    rule : why a cell may not be shown and the protection it needs.
    rules : of the tier.
    whole : whether the values are counts.
    rounds : how many attacks to answer in the search for the cheapest further cells.
    """
    sums = Sums.of(table.cube.values, table.cube.equations(), whole=whole)
    found = [(place, one) for place, made in enumerate(table.made_of) if (one := rule(made, rules))]
    needs = tuple(replace(need, cell=place) for place, (_, need) in found)
    pattern = protect(sums, needs, _costs(table.cube), rounds=rounds)
    rounded = _rounded(sums, rules.round_to if whole else 1)
    names = [reason for _, (reason, _) in found]
    return ProtectedTable(
        cells=table.cube.cells,
        depth=tuple(table.cube.depth.tolist()),
        by=tuple(axis.name for axis in table.cube.axes),
        amount="",
        shown=_shown(rounded.values, pattern),
        pattern=pattern,
        reasons=tuple((reason, names.count(reason)) for reason in dict.fromkeys(names)),
        sums=sums,
        needs=needs,
        rounded=rounded,
    )


def _costs(cube: Cube) -> Floats:
    """Return what it costs to withhold a cell: large ones are dearer, and sums dearer still."""
    size = np.log1p(cube.values.ravel()) / np.log1p(max(float(cube.values.max(initial=0.0)), 1.0))
    costs: Floats = (1.0 + size) * DEARER**cube.depth
    return costs


def _rounded(sums: Sums, base: int) -> Rounded:
    if base == 1:
        return Rounded(sums.values, 1, additive=True, nearest=True)
    return controlled(sums.values, sums.equations, base=base)


def _shown(values: Floats, pattern: Pattern) -> tuple[float | Unavailable, ...]:
    return tuple(WITHHELD if hidden else float(value) for value, hidden in zip(values, pattern.withheld, strict=True))
