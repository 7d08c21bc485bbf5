"""What looks wrong in the values of a column: heaping, dominance, small cells, constants that change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.notices import Notice, Notices
from ebpm.texts import label

ROUND_SHARE = 0.2
HEAPING_EXCESS = 0.1
LEVEL_DIGITS = 0.001
LEVEL_CUTOFF = 0.01
NEAREST = 20
SPREAD = 30


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows by the cell of a cross-classification.

    Parameters
    ----------
    codes : shape (n,), the cell of each row.
    names : of the cells.
    """

    codes: Ints
    names: tuple[str, ...]

    def counts(self) -> Ints:
        """Return the number of rows of each cell."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)


class Everything:
    """The name of the one cell that holds all rows."""

    def words(self, lang: str | None = None) -> str:
        return label("data_whole", lang)

    def __str__(self) -> str:
        return self.words()


def columns_of(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return a name or several names as a tuple."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def cells(frame: Frame, names: str | Sequence[str] | None, argument: str) -> Cells:
    """Return the observed cells of some columns, in order.

    Raises
    ------
    DataError : if a column is not there or has missing values.
    """
    columns = [frame.codes(name, argument) for name in columns_of(names)]
    if not columns:
        return Cells(np.zeros(len(frame), dtype=np.int64), ("",))
    observed, codes = np.unique(np.column_stack([column.codes for column in columns]), axis=0, return_inverse=True)
    names_of = (
        " × ".join(str(column.levels[code]) for column, code in zip(columns, row, strict=True))
        for row in observed.tolist()
    )
    return Cells(codes.reshape(-1).astype(np.int64), tuple(names_of))


def known(data: Any, column: str) -> Frame:
    """Return the rows of a table in which a column has a value.

    Raises
    ------
    DataError : if there are none.
    """
    frame = Frame.of(data)
    return Frame.of(frame.rows(frame.present(column, "column")).native)


def heaping(data: Any, column: str, *, at: float | None = None) -> Notices:
    """Look for values that heap on round numbers, or just at a cutoff.

    Parameters
    ----------
    data : the table.
    column : numbers; missing values are passed over.
    at : a cutoff. Given, the number of values just at or above it is compared with that just below (T051),
        among the values nearest to it, 20 or as many as tie with the twentieth. Without it the share of values
        whose last digit is 0 or 5 is compared with one in five (T050); zeros and columns of a small spread are passed over.

    Notes
    -----
    Both are exact binomial tests, at the levels 0.01 (two-sided) and 0.001 (one-sided, and ten points above one in five).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> scores = pd.DataFrame({"score": [60.0] * 18 + [59.0, 58.0] + list(range(20, 100))})
    >>> data.heaping(scores, "score", at=60).codes
    ('T051',)
    """
    frame = known(data, column)
    values = frame.numbers(column, "column")
    found = _round_digits(values) if at is None else _at_cutoff(values, float(at))
    return Notices(tuple(Notice(code, column, facts) for code, facts in found.items()))


def _round_digits(values: Floats) -> dict[str, dict[str, object]]:
    from scipy.stats import binom

    digits = _in_smallest_unit(values[values != 0])
    if digits.size < SPREAD or np.ptp(digits) < SPREAD:
        return {}
    rounded = int((digits % 5 == 0).sum())
    p_value = float(binom.sf(rounded - 1, digits.size, ROUND_SHARE))
    share = rounded / digits.size
    if p_value >= LEVEL_DIGITS or share < ROUND_SHARE + HEAPING_EXCESS:
        return {}
    return {"T050": {"share": f"{100 * share:.0f}", "expected": f"{100 * ROUND_SHARE:.0f}", "n": int(digits.size)}}


def _in_smallest_unit(values: Floats) -> Ints:
    """Return values in units of 1, 0.1, 0.01 or 0.001, the first of which they are multiples; none if they are of none."""
    for unit in (1, 10, 100, 1000):
        scaled = np.abs(values) * unit
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-6) and (scaled < 2**53).all():
            digits: Ints = np.rint(scaled).astype(np.int64)
            return digits
    return np.zeros(0, dtype=np.int64)


def _at_cutoff(values: Floats, at: float) -> dict[str, dict[str, object]]:
    from scipy.stats import binomtest

    distances = np.sort(np.abs(values - at))
    if distances.size < NEAREST:
        return {}
    beyond = distances[distances >= max(distances[NEAREST - 1], np.nextafter(0, 1))]
    width = float(beyond[0]) if beyond.size else 0.0
    above = int(((values >= at) & (values < at + width)).sum())
    below = int(((values < at) & (values >= at - width)).sum())
    p_value = float(binomtest(above, above + below, 0.5).pvalue) if above + below else 1.0
    if p_value >= LEVEL_CUTOFF:
        return {}
    facts = {"at": f"{at:g}", "width": f"{width:.3g}", "above": above, "below": below, "p_value": f"{p_value:.2g}"}
    return {"T051": facts}


def dominance(
    data: Any, column: str, *, by: str | Sequence[str] | None = None, unit: str | None = None, share: float = 0.5
) -> Notices:
    """Look for sums of which one unit holds more than a share (T054).

    Parameters
    ----------
    data : the table.
    column : amounts; missing values are passed over.
    by : columns of the cells in which sums are taken; all rows together where None.
    unit : column of the units whose rows are added up first; each row by itself where None.
    share : the largest share of a sum that one unit may have.

    Raises
    ------
    DataError : if `share` is not between 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> grants = pd.DataFrame({"ward": ["a", "a", "b", "b"], "yen": [9.0, 1.0, 5.0, 5.0]})
    >>> data.dominance(grants, "yen", by="ward").codes
    ('T054',)
    """
    if not 0 < share < 1:
        raise DataError("data_bad_share", value=share)
    frame = known(data, column)
    groups = cells(frame, by, "by")
    largest = _largest_shares(np.abs(frame.numbers(column, "column")), groups, frame, unit)
    over = np.flatnonzero(largest > share)
    if not over.size:
        return Notices()
    worst = int(np.argmax(largest))
    facts = {
        "cell": groups.names[worst] or Everything(),
        "count": int(over.size),
        "share": f"{100 * largest[worst]:.0f}",
        "limit": f"{100 * share:g}",
    }
    return Notices((Notice("T054", column, facts),))


def _largest_shares(amounts: Floats, groups: Cells, frame: Frame, unit: str | None) -> Floats:
    units = frame.codes(unit, "unit").codes if unit else np.arange(len(frame), dtype=np.int64)
    pairs, places = np.unique(np.column_stack([groups.codes, units]), axis=0, return_inverse=True)
    sums = np.bincount(places.reshape(-1), weights=amounts)
    totals = np.bincount(pairs[:, 0], weights=sums, minlength=len(groups.names))
    largest = np.zeros(len(groups.names))
    np.maximum.at(largest, pairs[:, 0], sums)
    several = np.bincount(pairs[:, 0], minlength=len(groups.names)) > 1
    return np.divide(largest, totals, out=np.zeros_like(totals), where=several & (totals > 0))


def small_cells(data: Any, column: str | Sequence[str], *, min_cell: int = 10) -> Notices:
    """Look for cells with fewer rows than may be published (T055).

    Parameters
    ----------
    data : the table.
    column : one column, or several whose combinations are the cells; a combination that does not occur is no cell.
    min_cell : the smallest number of rows of a cell.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> data.small_cells(pd.DataFrame({"ward": ["a"] * 12 + ["b"] * 3}), "ward").codes
    ('T055',)
    """
    names = columns_of(column)
    found = cells(Frame.of(data), names, "column")
    small = np.flatnonzero(found.counts() < min_cell)
    if not small.size:
        return Notices()
    facts = {"count": int(small.size), "min_cell": min_cell, "example": found.names[small[0]]}
    return Notices((Notice("T055", " × ".join(names), facts),))


def small_counts(data: Any, column: str, *, min_cell: int = 10) -> Notices:
    """Look for counts of persons that are too small to be published, zero apart (T055).

    Parameters
    ----------
    data : the table, one row a cell.
    column : the number of persons in the cell; missing values are passed over.
    min_cell : the smallest number, but for zero, that may be published.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> data.small_counts(pd.DataFrame({"readmitted": [0, 3, 12]}), "readmitted").codes
    ('T055',)
    """
    values = known(data, column).numbers(column, "column")
    small = values[(values > 0) & (values < min_cell)]
    if not small.size:
        return Notices()
    facts = {"count": int(small.size), "min_cell": min_cell, "example": f"{column} = {small[0]:g}"}
    return Notices((Notice("T055", column, facts),))


def changed(data: Any, column: str, *, by: str | Sequence[str]) -> Notices:
    """Look for units within which a value changes that should be constant (T053).

    Parameters
    ----------
    data : the table.
    column : the value: a city, an arm, a school; missing values are passed over.
    by : column of the units.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> rows = pd.DataFrame({"pupil": [1, 1, 2, 2], "arm": [0, 1, 1, 1]})
    >>> data.changed(rows, "arm", by="pupil").codes
    ('T053',)
    """
    frame = known(data, column)
    units, values = cells(frame, by, "by"), frame.codes(column, "column")
    pairs: NDArray[np.int64] = np.unique(np.column_stack([units.codes, values.codes]), axis=0)
    several = np.flatnonzero(np.bincount(pairs[:, 0], minlength=len(units.names)) > 1)
    if not several.size:
        return Notices()
    seen = ", ".join(str(values.levels[code]) for code in pairs[pairs[:, 0] == several[0], 1])
    facts = {"count": int(several.size), "example": f"{units.names[several[0]]}: {seen}"}
    return Notices((Notice("T053", column, facts),))
