"""What a reader can work out of a table: the values that each withheld cell can have, given all that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.cube import Floats
from ebpm.errors import DataError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Flags = NDArray[np.bool_]
NOISE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Cells and what everybody knows of them: their sums, and bounds before anything is shown.

    Parameters
    ----------
    values : shape (c,), the true values.
    equations : shape (m, c), each row times the values is zero.
    lower, upper : shape (c,), what the values cannot leave.
    whole : whether the values are counts.
    """

    values: Floats
    equations: csr_array
    lower: Floats
    upper: Floats
    whole: bool

    @classmethod
    def of(cls, values: Floats, equations: csr_array, *, whole: bool) -> Sums:
        """Return cells of which a reader knows that they are not negative, and no larger than twice the largest."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        if (flat < 0).any():
            raise DataError("disclosure_negative", value=f"{flat.min():g}")
        ceiling = 2.0 * (flat.max(initial=0.0) + 100.0)
        return cls(
            values=flat, equations=equations, lower=np.zeros_like(flat), upper=np.full_like(flat, ceiling), whole=whole
        )


@dataclass(frozen=True, slots=True)
class Move:
    """The furthest that a withheld cell can lie from its true value in one direction.

    Parameters
    ----------
    size : how far.
    prices : shape (c,), by duality a bound on it: for any set of withheld cells, size ≤ the sum of their prices.
    whole : whether all cells move by whole numbers, so that counts can lie there too.
    """

    size: float
    prices: Floats
    whole: bool


def furthest(sums: Sums, withheld: Flags, cell: int, *, up: bool) -> Move:
    """Return how far above or below its value a cell can lie, by linear programming.

    Parameters
    ----------
    sums : the cells.
    withheld : shape (c,), the cells that are not shown.
    cell : which of them.
    up : above, or below.
    """
    from scipy.optimize import linprog

    free = np.flatnonzero(withheld)
    below, above = sums.values - sums.lower, sums.upper - sums.values
    costs = np.zeros(len(sums.values))
    costs[cell] = -1.0 if up else 1.0
    part = sums.equations[:, free]
    rows = np.flatnonzero(np.diff(part.indptr))
    bounds = np.column_stack([-below[free], above[free]])
    found = linprog(costs[free], A_eq=part[rows], b_eq=np.zeros(len(rows)), bounds=bounds, method="highs")
    reduced = costs - sums.equations[rows].T @ found.eqlin.marginals
    prices = np.maximum(reduced, 0.0) * below + np.maximum(-reduced, 0.0) * above
    return Move(max(0.0, -float(found.fun)), prices, bool(np.allclose(found.x, np.rint(found.x), rtol=0, atol=NOISE)))


def feasible(sums: Sums, withheld: Flags, cell: int) -> tuple[float, float]:
    """Return the smallest and largest value that a withheld cell can have, given all that is shown.

    Counts are whole numbers; where the sums form no two-way table that narrows the range further than linear programming does.
    """
    down, up = (furthest(sums, withheld, cell, up=up) for up in (False, True))
    if not sums.whole or (down.whole and up.whole):
        return float(sums.values[cell] - down.size), float(sums.values[cell] + up.size)
    return _whole(sums, withheld, cell, 1.0), _whole(sums, withheld, cell, -1.0)


def _whole(sums: Sums, withheld: Flags, cell: int, sign: float) -> float:
    """Return the value of a cell that is smallest (sign 1) or largest (sign -1) among whole numbers."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    costs = np.zeros(len(sums.values))
    costs[cell] = sign
    bounds = Bounds(
        np.where(withheld, np.ceil(sums.lower - NOISE), sums.values),
        np.where(withheld, np.floor(sums.upper + NOISE), sums.values),
    )
    rules: Any = LinearConstraint(sums.equations, 0.0, 0.0)
    found = milp(costs, constraints=rules, bounds=bounds, integrality=withheld.astype(np.int64))
    return float(np.rint(found.x[cell]))
