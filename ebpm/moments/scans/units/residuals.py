"""The second pass over the rows of units: what they leave once unit and period effects are taken out, by row and by cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.streamed.logit import within
from ebpm.moments.scans.units.rows import HALF, TWICE, RowScan, labelled
from ebpm.moments.scans.whole_sums import Summand, collected, grouped, totals

SATURATED, ROUNDED = 1e-10, 1e-12
LEVERED = {"HC2": 1, "HC3": 2}


@dataclass(frozen=True, slots=True)
class Scores:
    """What independent rows or clusters add to a regression, and what is summed over all rows on the way.

    Parameters
    ----------
    products : sum over rows or clusters of the outer products of their scores, shape (k - 1, k - 1).
    clusters, treated : how many clusters there are, and how many have a row in which the first regressor is one; no row is a cluster.
    cross : products of the regressors and the residuals, shape (k - 1,).
    residual, outcome : sums of squares of the residuals, and of the outcome less both effects.
    ones : rows in which the first regressor is one: those in which it is negative less its effects, and the others, shape (2,).
    """

    products: Floats
    clusters: int
    treated: int
    cross: Floats
    residual: float
    outcome: float
    ones: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """The rows of a regression.

    Parameters
    ----------
    table : whose rows these are, with k columns.
    effects : of the periods on each column, beside those of the units, shape (T, k).
    coefficients : of the k - 1 regressors.
    sizes : what no column less its effects exceeds, shape (k,).
    """

    table: RowScan
    effects: Floats
    coefficients: Floats
    sizes: Floats

    def by(self, keys: Sequence[str]) -> Scores:
        """Return the sums of clusters.

        Parameters
        ----------
        keys : columns; rows that are alike in them are a cluster.
        """
        names = list(dict.fromkeys(self.table.request.key(column) for column in keys))
        k = len(self.table.columns)
        sizes = TWICE * len(self.table.periods) if "unit" in names else self.table.rows
        asked = self._asked(sizes)
        found = [grouped(rows, names, asked) for rows in self._rows()]
        if "unit" in names:
            return self._of_units(found, asked)
        summed = collected(found, tuple(names), asked)
        scores, on = summed.values[:, : k - 1], summed.values[:, -2]
        whole = dict(zip(asked, summed.whole.tolist(), strict=True))
        return self._scores(scores.T @ scores, len(scores), int(np.count_nonzero(on)), whole)

    def by_row(self, kind: str, bread: Floats, inverse: Floats) -> Scores:
        """Return the sums of rows that are independent.

        Parameters
        ----------
        kind : "HC0" ... "HC3".
        bread : inverse of the products of the regressors less both effects, shape (k - 1, k - 1).
        inverse : pseudo-inverse of the products of the dummies of periods less the means of their unit, shape (T, T).
        """
        rows, largest = self._rows(), 1.0
        if kind in LEVERED:
            rows = self._inflated(rows, bread, inverse, LEVERED[kind])
            most = [part.select(nw.col("inflation").max()).collect()["inflation"][0] for part in rows]
            largest = max(1.0, *(float(one) for one in most if one is not None))
        inflation = nw.col("inflation") if kind in LEVERED else nw.lit(1.0)
        asked, bounds, k = self._asked(self.table.rows), self._bounds(), len(self.table.columns)
        pairs = {
            f"q{i}_{j}": Summand(
                (nw.col(f"o{i}") * nw.col("e")) * (nw.col(f"o{j}") * nw.col("e")) * inflation,
                float(bounds[i] * bounds[j] * bounds[-1] ** 2 * largest), self.table.rows,
            )
            for i in range(k - 1) for j in range(i, k - 1)
        }  # fmt: skip
        whole = totals(rows, asked | pairs)
        return self._scores(self._square(whole), 0, 0, whole)

    def nested_periods(self, column: str) -> bool:
        """Return whether every period is seen in one cluster alone."""
        part, request = self.table.scan.table, self.table.request
        if column == request.time:
            return True
        rows = part.select(labelled(part, request.time).alias("time"), labelled(part, column).alias("cluster"))
        ends = rows.group_by("time").agg(
            nw.col("cluster").min().alias("low"), nw.col("cluster").max().alias("high")
        )  # fmt: skip
        return not int(ends.filter(nw.col("low") != nw.col("high")).select(nw.len().alias("n")).collect()["n"][0])

    def _bounds(self) -> Floats:
        """Return what no regressor less its effects exceeds, and no residual, shape (k,)."""
        return np.append(self.sizes[:-1], self.sizes[-1] + np.abs(self.coefficients) @ self.sizes[:-1]) * (1 + 2.0**-40)

    def _asked(self, rows: int) -> dict[str, Summand]:
        """Return the scores s and what is summed over all rows, of groups of so many rows; the last two tell of the treated."""
        k, bounds = len(self.table.columns), self._bounds()
        asked = {f"s{j}": Summand(nw.col(f"o{j}") * nw.col("e"), bounds[j] * bounds[-1], rows) for j in range(k - 1)}
        asked["outcome"] = Summand(nw.col(f"o{k - 1}") * nw.col(f"o{k - 1}"), float(self.sizes[-1]) ** 2, rows)
        asked["residual"] = Summand(nw.col("e") * nw.col("e"), bounds[-1] ** 2, rows)
        asked["on"] = Summand(nw.col("on"), 1.0, rows)
        asked["negative"] = Summand(within(nw.col("o0") < -ROUNDED * bounds[0], nw.col("on")), 1.0, rows)
        return asked

    def _rows(self) -> list[Table]:
        """Return the rows with columns o less both effects, the residual e, and the columns by which they are grouped."""
        k = len(self.table.columns)
        own = [(nw.col(f"v{j}") - nw.col(f"m{j}")).alias(f"o{j}") for j in range(k)]
        fitted = [float(self.coefficients[j]) * nw.col(f"o{j}") for j in range(k - 1)]
        left = reduce(lambda rest, one: rest - one, fitted, nw.col(f"o{k - 1}"))
        return [part.with_columns(*own).with_columns(left.alias("e")) for part in self.table.centred(self.effects)[0]]

    def _inflated(self, rows: Sequence[Table], bread: Floats, inverse: Floats, power: int) -> list[Table]:
        """Return the rows with 1 / (1 - h)^power, h their leverage in regressors and effects; 0 where a row determines an effect alone."""
        units, periods = self.table.centred(self.effects)[1], self.table.periods
        k = len(self.table.columns) - 1
        crossed = [
            nw.col(f"o{i}") * nw.col(f"o{j}") * float(bread[i, j] * (1 if i == j else 2)) for i in range(k) for j in range(i, k)
        ]  # fmt: skip
        effects = nw.sum_horizontal(
            *(within(nw.col("time") == period, nw.col(f"h{t}")) for t, period in enumerate(periods))
        )  # fmt: skip
        spare = (1.0 - effects) - reduce(add, crossed)
        factor = reduce(lambda left, right: left * right, [1.0 / nw.col("spare")] * power)
        return [
            part.join(_levers(one, inverse, self.table.halves), on="unit", how="inner")
            .with_columns(spare.alias("spare"))
            .with_columns(within(nw.col("spare") > SATURATED, factor).alias("inflation"))
            for part, one in zip(rows, units, strict=True)
        ]

    def _of_units(self, tables: Sequence[Table], asked: Mapping[str, Summand]) -> Scores:
        """Return the sums of tables of one row a cluster, each of which lies in one of them."""
        k, rows = len(self.table.columns) - 1, self.table.rows
        scored = [
            table.with_columns(*(one.column(name).alias(name) for name, one in asked.items())) for table in tables
        ]
        largest = [one.bound * one.rows for one in asked.values()]
        wanted = {
            f"q{i}_{j}": Summand(nw.col(f"s{i}") * nw.col(f"s{j}"), largest[i] * largest[j], rows)
            for i in range(k) for j in range(i, k)
        }  # fmt: skip
        wanted |= {name: Summand(nw.col(name), one.bound * one.rows, rows) for name, one in asked.items()}
        wanted["clusters"] = Summand((nw.col("on") >= 0).cast(nw.Float64), 1.0, rows)
        wanted["treated"] = Summand((nw.col("on") > 0).cast(nw.Float64), 1.0, rows)
        whole = totals(scored, wanted)
        return self._scores(self._square(whole), round(whole["clusters"]), round(whole["treated"]), whole)

    def _square(self, whole: Mapping[str, float]) -> Floats:
        k = len(self.table.columns) - 1
        return np.array([[whole[f"q{min(i, j)}_{max(i, j)}"] for j in range(k)] for i in range(k)])

    def _scores(self, products: Floats, clusters: int, treated: int, whole: Mapping[str, float]) -> Scores:
        cross = np.array([whole[f"s{j}"] for j in range(len(self.table.columns) - 1)])
        negative = round(whole["negative"])
        return Scores(
            products, clusters, treated, cross, whole["residual"], whole["outcome"],
            np.array([negative, round(whole["on"]) - negative]),
        )  # fmt: skip


def _levers(units: Table, inverse: Floats, halves: Sequence[str]) -> Table:
    """Return units with the leverage h of each period under unit and period effects alone.

    Formula: 1/n + (d - p)' G (d - p), d the dummy of the period, p the shares of the n periods in which the unit is seen.
    """
    places, size = range(len(inverse)), nw.col("n").cast(nw.Float64)
    seen = [((nw.col(halves[t // HALF]) // 2 ** (t % HALF)) % 2).cast(nw.Float64).alias(f"i{t}") for t in places]
    crossed = [reduce(add, (nw.col(f"i{s}") * float(inverse[t, s]) for s in places)).alias(f"g{t}") for t in places]
    square = reduce(add, (nw.col(f"i{t}") * nw.col(f"g{t}") for t in places)) / (size * size)
    levers = [
        ((1.0 / size + float(inverse[t, t])) - 2.0 * (nw.col(f"g{t}") / size) + nw.col("square")).alias(f"h{t}") for t in places
    ]  # fmt: skip
    known = units.with_columns(*seen).with_columns(*crossed).with_columns(square.alias("square"))
    return known.select("unit", *levers)
