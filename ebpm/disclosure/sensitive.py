"""Which cells are sensitive for their own sake, and how uncertain each must stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ebpm.disclosure.cube import Floats
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.suppression import Need

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MARGIN = 0.2
"""Share of a sum by which it stays uncertain where it is withheld for its few contributors."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """Who makes up a cell.

    Parameters
    ----------
    persons : how many.
    units : how many contributors, where persons belong to some (hospitals, schools, firms); the persons where not.
    amounts : what each contributor adds, the largest first.
    """

    persons: int
    units: int
    amounts: Floats


def contributions(amounts: csr_array, present: csr_array, persons: Floats) -> list[Contributions]:
    """Return who makes up each cell.

    Parameters
    ----------
    amounts : shape (cells, contributors), what each adds to a cell.
    present : shape (cells, contributors), 1 where a contributor is in a cell, though it may add nothing.
    persons : shape (cells,).
    """
    units = np.diff(present.indptr)
    parts = np.split(amounts.data, amounts.indptr[1:-1])
    return [
        Contributions(round(float(count)), int(held), -np.sort(-part))
        for count, held, part in zip(persons, units, parts, strict=True)
    ]


def of_count(cell: Contributions, rules: Disclosure) -> tuple[str, Need] | None:
    """Return why a count may not be shown, and the protection it needs; nothing where it may."""
    few = rules.too_few(cell.persons)
    alone = cell.persons > 0 and cell.units < cell.persons and cell.units < rules.min_units
    if not few and not alone:
        return None
    width = float(rules.min_cell) if few else max(rules.min_cell, MARGIN * cell.persons)
    down = 1.0 if cell.persons else 0.0
    return "disclosure_few_persons" if few else "disclosure_few_units", Need(0, 1.0, down, width)


def of_sum(cell: Contributions, rules: Disclosure) -> tuple[str, Need] | None:
    """Return why a sum of amounts may not be shown, and the protection it needs; nothing where it may.

    Notes
    -----
    With the contributions x1 ≥ x2 ≥ … and their sum X a cell is sensitive where fewer than `min_cell` contribute, where
    x1 + … + xn > share X, or where X - x1 - x2 < (p / 100) x1. It must be able to lie above X by (x1 + … + xn) / share - X
    and by (p / 100) x1 - (X - x1 - x2).

    Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, sections 4.2.2 and 4.3.1.
    """
    if not cell.units:
        return None
    total = float(cell.amounts.sum())
    reach = {
        "disclosure_few_contributors": MARGIN * total if cell.units < max(rules.min_cell, rules.min_units) else 0.0,
        "disclosure_dominated": rules.dominance.reach(float(cell.amounts[: rules.dominance.n].sum()), total),
        "disclosure_guessed": rules.reach_of_largest(
            float(cell.amounts[:1].sum()), float(cell.amounts[:2].sum()), total
        ),
    }
    reason = next((name for name, size in reach.items() if size > 0.0), None)
    if reason is None:
        return None
    up = max(reach.values())
    down = min(up, total)
    return reason, Need(0, up, down, up + down)
