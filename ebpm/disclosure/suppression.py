"""Complementary suppression: the cheapest further cells to withhold, so that no withheld cell can be worked out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.disclosure.attack import NOISE, Flags, Sums, feasible, furthest
from ebpm.disclosure.cube import Floats
from ebpm.errors import DataError

ROUNDS = 30
NODES = 300
LARGE = 6_000
TRIALS = 500


@dataclass(frozen=True, slots=True)
class Need:
    """How uncertain a withheld cell must stay.

    Parameters
    ----------
    cell : its place.
    up, down : how far above and below its value it must be able to lie.
    width : how wide the range of its possible values must be.
    """

    cell: int
    up: float
    down: float
    width: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which cells are withheld.

    Parameters
    ----------
    withheld : shape (c,).
    primary : shape (c,), those that are withheld for their own sake.
    optimal : whether no cheaper set protects them; otherwise a good one was taken.
    """

    withheld: Flags
    primary: Flags
    optimal: bool


Cut = tuple[Floats, float]


def protect(sums: Sums, needs: tuple[Need, ...], costs: Floats, *, rounds: int = ROUNDS) -> Pattern:
    """Return the cheapest set of cells to withhold that leaves each sensitive cell as uncertain as it needs to be.

    Parameters
    ----------
    sums : the cells and the sums between them.
    needs : the sensitive cells and the protection of each.
    costs : shape (c,), what it costs to withhold a cell.
    rounds : attacks to answer before a good set is taken for the best; a number, not a time, so that every run gives the same.

    Raises
    ------
    DataError : if a cell could be worked out even were every cell withheld.

    Notes
    -----
    min costs'y, y binary and 1 for sensitive cells, such that for each of them the linear programmes of an attacker,
    max and min of the cell given what is shown, reach far enough. Each attack that does not gives, by duality, a linear
    inequality in y, which is added until none is missing. For counts the attacker knows that they are whole.

    Source: Fischetti and Salazar-González (2001), Management Science 47(7), section 3.
    """
    primary = np.zeros(len(sums.values), dtype=bool)
    primary[[need.cell for need in needs]] = True
    if not needs:
        return Pattern(primary, primary, optimal=True)
    _refuse_hopeless(sums, needs)
    found = _searched(sums, needs, costs, primary, rounds)
    return _for_whole_numbers(sums, needs, costs, found)


def _refuse_hopeless(sums: Sums, needs: tuple[Need, ...]) -> None:
    everything = np.ones(len(sums.values), dtype=bool)
    for need in needs:
        if _missing(sums, everything, need):
            raise DataError("disclosure_cannot_protect", cell=need.cell + 1, cells=len(sums.values))


def _searched(sums: Sums, needs: tuple[Need, ...], costs: Floats, primary: Flags, rounds: int) -> Pattern:
    cuts, withheld, optimal = _first_cuts(sums, needs), primary, True
    for _ in range(rounds if len(needs) * len(costs) <= LARGE else 0):
        chosen, best = _cheapest(costs, primary, cuts)
        withheld, optimal = chosen, optimal and best
        missing = [cut for need in needs for cut in _missing(sums, withheld, need)]
        if not missing:
            return Pattern(withheld, primary, optimal)
        cuts += missing
    return Pattern(_completed(sums, needs, costs, withheld), primary, optimal=False)


def _first_cuts(sums: Sums, needs: tuple[Need, ...]) -> list[Cut]:
    """Return what every solution fulfils: a withheld cell is alone in no sum."""
    cuts = []
    for need in needs:
        for row in np.flatnonzero(sums.equations[:, [need.cell]].toarray().ravel()):
            others = np.abs(sums.equations[[int(row)], :].toarray().ravel())
            others[need.cell] = 0.0
            cuts.append((others, 1.0))
    return cuts


def _cheapest(costs: Floats, primary: Flags, cuts: list[Cut]) -> tuple[Flags, bool]:
    """Return the cheapest cells that fulfil some inequalities, and whether none are cheaper."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    rows = csr_array(np.array([np.minimum(prices, needed) for prices, needed in cuts]))
    rules: Any = LinearConstraint(rows, np.array([needed for _, needed in cuts]) - NOISE, np.inf)
    bounds, kinds = Bounds(primary.astype(np.float64), 1.0), np.ones(len(costs))
    found = milp(costs, constraints=rules, bounds=bounds, integrality=kinds, options={"node_limit": NODES})
    return (primary, False) if found.x is None else (found.x > 0.5, found.status == 0)


def _missing(sums: Sums, withheld: Flags, need: Need) -> list[Cut]:
    """Return the inequalities that a set of withheld cells breaks."""
    up, down = (furthest(sums, withheld, need.cell, up=up) for up in (True, False))
    wanted = (
        (up.prices, need.up, up.size),
        (down.prices, need.down, down.size),
        (up.prices + down.prices, need.width, up.size + down.size),
    )
    return [(prices, needed) for prices, needed, reached in wanted if reached < needed - NOISE]


def _completed(sums: Sums, needs: tuple[Need, ...], costs: Floats, withheld: Flags) -> Flags:
    """Return a set that protects: for each cell that is not, the cells of the cheapest way to move it."""
    found = withheld.copy()
    for need in sorted(needs, key=lambda one: -one.width):
        for move in (need.width - need.down, -need.down):
            if _missing(sums, found, need):
                found |= _route(sums, np.where(found, 0.0, costs), need.cell, move)
    return _without_the_needless(sums, needs, costs, found)


def _route(sums: Sums, costs: Floats, cell: int, move: float) -> Flags:
    """Return the cells that change when one cell is moved in the cheapest way that keeps all sums."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack

    count = len(costs)
    bounds = np.zeros((2 * count, 2))
    bounds[:count, 1], bounds[count:, 1] = sums.upper - sums.values, sums.values - sums.lower
    bounds[cell], bounds[count + cell] = (max(move, 0.0),) * 2, (max(-move, 0.0),) * 2
    both = hstack([sums.equations, csr_array(-1.0 * sums.equations)], format="csr")
    prices = np.concatenate([costs, costs])
    found = linprog(prices, A_eq=both, b_eq=np.zeros(both.shape[0]), bounds=bounds, method="highs")
    moved: Flags = (found.x[:count] > NOISE) | (found.x[count:] > NOISE)
    return moved


def _without_the_needless(sums: Sums, needs: tuple[Need, ...], costs: Floats, withheld: Flags) -> Flags:
    """Return the set without the cells that can be shown after all, the dearest first."""
    found, primary = withheld.copy(), {need.cell for need in needs}
    spare = [int(cell) for cell in np.argsort(-costs) if withheld[cell] and int(cell) not in primary]
    for cell in spare if len(spare) * len(needs) <= TRIALS else ():
        found[cell] = False
        found[cell] = any(_missing(sums, found, need) for need in needs)
    return found


def _for_whole_numbers(sums: Sums, needs: tuple[Need, ...], costs: Floats, found: Pattern) -> Pattern:
    """Return a pattern that withstands an attacker who knows that counts are whole."""
    if not sums.whole:
        return found
    withheld, optimal = found.withheld, found.optimal
    for need in needs:
        wider = need
        while not _wide_enough(sums, withheld, need) and wider.width < sums.upper.max():
            wider = replace(wider, up=wider.up + 1, width=2 * wider.width)
            withheld, optimal = _completed(sums, (wider, *needs), costs, withheld), False
    return Pattern(withheld, found.primary, optimal)


def _wide_enough(sums: Sums, withheld: Flags, need: Need) -> bool:
    low, high = feasible(sums, withheld, need.cell)
    value = sums.values[need.cell]
    return value - low >= need.down - NOISE and high - value >= need.up - NOISE and high - low >= need.width - NOISE
