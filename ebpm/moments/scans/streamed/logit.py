"""Logistic regressions on a table that stays where it is: one aggregation a step, for all regressions at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import narwhals as nw
import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.whole_sums import Summand, totals
from ebpm.stats.newton import Curve, Peak, maximise

STEEP = 700.0


@dataclass(frozen=True, slots=True)
class Logit:
    """One regression.

    Parameters
    ----------
    outcome : expression of 0 and 1.
    inside : expression of the rows that take part.
    weight : expression of what a row counts, within 0 .. 1.
    """

    outcome: nw.Expr
    inside: nw.Expr
    weight: nw.Expr = field(default_factory=lambda: nw.lit(1.0))


def streamed_logits(
    tables: Sequence[Table], columns: Sequence[str], asked: Mapping[int, Logit], *, rows: int, counts: str = ""
) -> dict[int, Peak | DesignError]:
    """Return the maximum-likelihood coefficients of several logistic regressions, or why there are none.

    Parameters
    ----------
    tables : parts of one table.
    columns : k columns of numbers within -1 .. 1, with the constant.
    asked : the regressions.
    rows : of the whole table, at most.
    counts : column of how many rows a row stands for; empty where it is one.

    Formula: with p = 1 / (1 + exp(-x'b)) a step needs the sums of w (D - p) x and w p (1 - p) x x' alone.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 4.4.
    """
    k = len(columns)
    pairs = [(i, j) for i in range(k) for j in range(i, k)]

    def evaluate(at: Mapping[int, Floats]) -> dict[int, Curve]:
        summands: dict[str, Summand] = {}
        for one, coefficients in at.items():
            bounds = [float(np.abs(coefficients).sum()) + 1.0, *[1.0] * k, *[0.25] * len(pairs)]
            products = enumerate(zip(_products(one, columns, pairs), bounds, strict=True))
            summands |= {
                f"f{one}_{place}": Summand.product(own, bound, rows, counts) for place, (own, bound) in products
            }
        sums = totals([_staged(table, columns, asked, at) for table in tables], summands)
        return {one: _curve([sums[f"f{one}_{place}"] for place in range(1 + k + len(pairs))], k, pairs) for one in at}

    return maximise({one: np.zeros(k) for one in asked}, evaluate)


def _staged(table: Table, columns: Sequence[str], asked: Mapping[int, Logit], at: Mapping[int, Floats]) -> Table:
    """Return the table with log odds l, outcomes d and means m of each regression, and what its rows add: gain g, surprise s, spread v."""
    placed = [(one, asked[one], linear(columns, coefficients)) for one, coefficients in at.items()]
    first = table.with_columns(
        *(eta.alias(f"l{one}") for one, _, eta in placed), *(logit.outcome.alias(f"d{one}") for one, logit, _ in placed)
    )
    second = first.with_columns(*(expit(nw.col(f"l{one}")).alias(f"m{one}") for one in at))
    third = []
    for one, logit, _ in placed:
        eta, mean, outcome = (nw.col(f"{name}{one}") for name in "lmd")
        size = (eta.abs() * -1.0).clip(lower_bound=-STEEP).exp() + 1.0
        third += [
            within(logit.inside, (outcome * eta - eta.clip(lower_bound=0.0) - size.log()) * logit.weight).alias(f"g{one}"),
            within(logit.inside, (outcome - mean) * logit.weight).alias(f"s{one}"),
            within(logit.inside, mean * (1.0 - mean) * logit.weight).alias(f"v{one}"),
        ]  # fmt: skip
    return second.with_columns(*third)


def _products(one: int, columns: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    gain, surprise, spread = f"g{one}", f"s{one}", f"v{one}"
    return [
        (gain,), *((surprise, column) for column in columns), *((spread, columns[i], columns[j]) for i, j in pairs),
    ]  # fmt: skip


def linear(columns: Sequence[str], coefficients: Floats) -> nw.Expr:
    """Return the weighted sum of columns."""
    terms = [nw.col(column) * float(one) for column, one in zip(columns, coefficients, strict=True)]
    return reduce(lambda left, right: left + right, terms)


def expit(log_odds: nw.Expr) -> nw.Expr:
    """Return 1 / (1 + exp(-log odds))."""
    return 1.0 / ((log_odds * -1.0).clip(-STEEP, STEEP).exp() + 1.0)


def within(inside: nw.Expr, value: nw.Expr) -> nw.Expr:
    """Return the value of some rows, zero elsewhere."""
    return nw.when(inside).then(value).otherwise(nw.lit(0.0))


def _curve(sums: Sequence[float], k: int, pairs: Sequence[tuple[int, int]]) -> Curve:
    curvature = np.zeros((k, k))
    for (i, j), value in zip(pairs, sums[1 + k :], strict=True):
        curvature[i, j] = curvature[j, i] = value
    return Curve(sums[0], np.array(sums[1 : 1 + k]), curvature)
