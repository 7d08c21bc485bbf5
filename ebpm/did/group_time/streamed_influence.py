"""The influence of each unit on group-time effects, as expressions of a table that stays where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import narwhals as nw
import numpy as np

from ebpm.did.group_time.arms import Arm
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.streamed import Fit
from ebpm.did.group_time.streamed_cohorts import Cohorts
from ebpm.moments.frame import Floats
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.streamed.logit import STEEP, expit, linear, within
from ebpm.moments.scans.units.table import UnitTable
from ebpm.moments.scans.whole_sums import Summand, totals

AT_A_TIME = 1000
Placed = tuple[Fit, list[int], list[Cell]]


def influence(
    fits: Sequence[Placed], table: UnitTable, cohorts: Cohorts, starts: Sequence[float]
) -> tuple[list[int], list[Table]]:
    """Return the effects in which units of some cohorts take part, and those units with their influence on effect k as column ik.

    Parameters
    ----------
    fits : with the places of their effects, and the cells of these.
    table : of the units.
    cohorts : of the units that take part.
    starts : of the cohorts whose units are returned.

    Formula: that of `Arm`.
    """
    terms: dict[int, list[nw.Expr]] = {}
    shared: list[nw.Expr] = []
    for at, (fit, places, cells) in enumerate(fits):
        for arm, members in zip(fit.found.arms, ([float(fit.block.cohort)], fit.block.comparison), strict=True):
            own = [start for start in starts if start in members]
            if own:
                name = f"{at}_{int(arm.treated)}"
                shared += _shared(arm, name, table)
                for column, (place, cell) in enumerate(zip(places, cells, strict=True)):
                    change = table.y(cell.period) - table.y(cell.base)
                    value = _value(arm, name, column, change, table.columns)
                    terms.setdefault(place, []).append(within(cohorts.inside(own), value))
    kept = sorted(terms)
    columns = [(reduce(lambda a, b: a + b, terms[place]) * nw.col("w")).alias(f"i{place}") for place in kept]
    parts = [part.filter(cohorts.inside(starts)) for part in table.parts]
    if not kept:
        return [], parts
    return kept, [part.with_columns(*shared).with_columns(*columns) for part in parts]


def _shared(arm: Arm, name: str, table: UnitTable) -> Iterator[nw.Expr]:
    """Yield what the effects of an arm share: odds o, surprise u, and how the residual enters e."""
    log_odds = linear(table.columns, arm.propensity)
    odds = log_odds.clip(-STEEP, STEEP).exp() * float(arm.scale)
    if arm.scale:
        yield odds.alias(f"o{name}")
    if arm.score.any():
        yield (float(arm.treated) - expit(log_odds)).alias(f"u{name}")
    slope = linear(table.columns, arm.slope)
    yield (slope + odds if arm.scale else slope).alias(f"e{name}")


def _value(arm: Arm, name: str, column: int, change: nw.Expr, columns: Sequence[str]) -> nw.Expr:
    value = nw.col(f"e{name}") * (change - linear(columns, arm.beta[:, column])) + linear(
        columns, arm.linear[:, column]
    )
    if arm.scale:
        value = value - nw.col(f"o{name}") * float(arm.centre[column])
    if arm.score.any():
        value = value + nw.col(f"u{name}") * linear(columns, arm.score[:, column])
    return value


def bounds_of(places: Sequence[int], parts: Sequence[Table]) -> Floats:
    """Return the largest influence of a unit on each effect, in size."""
    bounds = np.zeros(len(places))
    for part in parts:
        found = part.select(*(nw.col(f"i{place}").abs().max() for place in places)).collect().rows()[0]
        bounds = np.maximum(bounds, [0.0 if one is None else float(one) for one in found])
    return bounds


def products_of(places: Sequence[int], parts: Sequence[Table], rows: int) -> tuple[Floats, Floats]:
    """Return the sums over units of their influence on m effects times their weight, shape (m,), and of its products, shape (m, m)."""
    bounds, m = bounds_of(places, parts), len(places)
    values = [nw.col(f"i{place}") for place in places]
    pairs = [(a, b) for a in range(m) for b in range(a, m)]
    asked = {f"s{a}": Summand(values[a] * nw.col("w"), bounds[a], rows) for a in range(m)}
    asked |= {f"q{a}_{b}": Summand(values[a] * values[b], bounds[a] * bounds[b], rows) for a, b in pairs}
    names, found = list(asked), dict.fromkeys(asked, 0.0)
    for start in range(0, len(names), AT_A_TIME):
        found |= totals(parts, {name: asked[name] for name in names[start : start + AT_A_TIME]})
    products = np.zeros((m, m))
    for a, b in pairs:
        products[a, b] = products[b, a] = found[f"q{a}_{b}"]
    return np.array([found[f"s{a}"] for a in range(m)]), products
