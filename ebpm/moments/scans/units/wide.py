"""One row a unit of a table that stays where it is, with a path for the outcome and for each covariate that may change from row to row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.request import PathRequest, never_of
from ebpm.moments.scans.paths.sums import Group, PathSums
from ebpm.moments.scans.profile import Table, number, read_profile
from ebpm.moments.scans.whole_sums import Summand, collected, grouped

HALF = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Cellwise:
    """A regression of paths on covariates, with effects of units and of cohorts in periods, fitted to some cohorts and periods.

    Parameters
    ----------
    inside : whether rows of a cohort and period were fitted, by cohort, each shape (T,).
    effects : of each cohort and period on the k covariates and on what they leave of the outcome, by cohort, each shape (T, k + 1).
    slopes : of the covariates, shape (k,).
    """

    inside: Mapping[int, NDArray[np.bool_]]
    effects: Mapping[int, Floats]
    slopes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMoments:
    """Sums over the units of each group of m columns u.

    Parameters
    ----------
    sums : of u, by group, each shape (m,).
    products : of u u', by group, each shape (m, m); none where clusters are kept apart.
    """

    sums: Mapping[Group, Floats]
    products: Mapping[Group, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class WideUnits:
    """Units, as lazy tables with their cohort, the bits of the periods in which they are seen, their cluster, and columns v<j>_<t>.

    Column 0 is the outcome, the others are covariates: less the unit's mean, zero where the unit is not seen.

    Parameters
    ----------
    parts : tables that hold whole units.
    periods : length T, ascending.
    never : number that stands for the cohort of those never treated.
    rows : units, at most.
    spans : what no value of a column exceeds in size, shape (k + 1,).
    levels : the same of the columns as they were read, shape (k + 1,).
    clustered : whether clusters are kept apart.
    """

    parts: tuple[Table, ...]
    periods: tuple[int, ...]
    never: int
    rows: int
    spans: Floats
    levels: Floats
    clustered: bool

    @classmethod
    def of(cls, scan: Scan, request: PathRequest, covariates: Sequence[str], known: PathSums) -> WideUnits:
        """Return the units of a table of which the paths were summed, and so checked.

        Raises
        ------
        DataError : a covariate that is missing, is not of numbers, or lacks values.
        """
        columns = (request.outcome, *covariates)
        numbers = [*request.numbers, *((one, "covariates") for one in covariates)]
        rows, ranges = read_profile(scan.table, numbers, request.labels, gaps=[request.first_treated])
        found = [ranges[column] for column in columns]
        never, units = never_of(known.periods), -(-rows // len(known.periods))
        reader = _Reader(request, columns, known.periods, never, tuple((one.low + one.high) / 2 for one in found))
        parts = scan.buckets(request.unit, units, width=2 * len(columns) * len(known.periods))
        spans = np.array([(one.high - one.low) * (1 + 2.0**-40) for one in found])
        levels = np.array([max(abs(one.low), abs(one.high)) for one in found])
        return cls(
            parts=tuple(reader.units(part) for part in parts), periods=known.periods, never=never, rows=rows, spans=spans, levels=levels,
            clustered=bool(request.cluster),
        )  # fmt: skip

    def v(self, j: int, t: int) -> nw.Expr:
        """Return a column in a period."""
        return nw.col(f"v{j}_{t}")

    def paths(self) -> GroupMoments:
        """Return the sums of all columns in all periods, by cohort and pattern."""
        T, k = len(self.periods), len(self.spans)
        columns = {f"v{j}_{t}": float(self.spans[j]) for j in range(k) for t in range(T)}
        return self._summed(self.parts, columns, apart=False)

    def adjusted(self, fits: Sequence[Cellwise]) -> GroupMoments:
        """Return the sums of the path of the outcome less what covariates explain, and of the unit's scores of their slopes, by group.

        Parameters
        ----------
        fits : regressions, whose paths and scores stand one after the other.
        """
        T, parts = len(self.periods), list(self.parts)
        columns: dict[str, float] = {}
        for f, fit in enumerate(fits):
            k, left = len(fit.slopes), float(self.spans[0] + np.abs(fit.slopes) @ self.spans[1:])
            named = {f"e{t}": f"e{f}_{t}" for t in range(T)} | {f"s{j}": f"s{f}_{j}" for j in range(k)}
            parts = [self._scored(part, fit).rename(named) for part in parts]
            most = [
                8 * T * (span + _largest(fit, j)) * (left + _largest(fit, k)) for j, span in enumerate(self.spans[1:])
            ]
            columns |= dict(zip(named.values(), [left] * T + most, strict=True))
        return self._summed(parts, columns, apart=self.clustered)

    def _scored(self, part: Table, fit: Cellwise) -> Table:
        """Return the units with columns e<t>, the path less what covariates explain, and s<j>, the sum of x~ e~ over the periods that were fitted."""
        T, k = len(self.periods), len(fit.slopes)
        left = [
            reduce(add, (self.v(j + 1, t) * -float(slope) for j, slope in enumerate(fit.slopes)), self.v(0, t))
            for t in range(T)
        ]
        held = part.with_columns(*(one.alias(f"e{t}") for t, one in enumerate(left)))
        held = held.with_columns(*(self._inside(fit, t).alias(f"on{t}") for t in range(T)))
        own = {j: [self.v(j + 1, t) for t in range(T)] for j in range(k)} | {k: [nw.col(f"e{t}") for t in range(T)]}
        held = held.with_columns(
            *(
                ((own[j][t] - self._effect(fit, j, t)) * nw.col(f"on{t}")).alias(f"z{j}_{t}")
                for j in range(k + 1)
                for t in range(T)
            )
        )
        size = reduce(add, (nw.col(f"on{t}") for t in range(T))).clip(lower_bound=1.0)
        means = [(reduce(add, (nw.col(f"z{j}_{t}") for t in range(T))) / size).alias(f"m{j}") for j in range(k + 1)]
        held = held.with_columns(*means)
        return held.with_columns(
            *(
                reduce(
                    add,
                    (
                        (nw.col(f"z{j}_{t}") - nw.col(f"m{j}"))
                        * (nw.col(f"z{k}_{t}") - nw.col(f"m{k}"))
                        * nw.col(f"on{t}")
                        for t in range(T)
                    ),
                ).alias(f"s{j}")
                for j in range(k)
            )
        )

    def _inside(self, fit: Cellwise, t: int) -> nw.Expr:
        fitted = [cohort for cohort, inside in fit.inside.items() if inside[t]]
        on = nw.col(f"seen{t}") & nw.col("cohort").is_in(fitted)
        return nw.when(on).then(nw.lit(1.0)).otherwise(nw.lit(0.0))

    def _effect(self, fit: Cellwise, j: int, t: int) -> nw.Expr:
        own = [
            nw.when(nw.col("cohort") == cohort).then(nw.lit(float(effects[t, j]))).otherwise(nw.lit(0.0))
            for cohort, effects in fit.effects.items()
        ]
        return reduce(add, own)

    def _summed(self, parts: Sequence[Table], columns: Mapping[str, float], *, apart: bool) -> GroupMoments:
        names = list(columns)
        pairs = [] if apart else [(a, b) for at, a in enumerate(names) for b in names[at:]]
        asked = {name: Summand(nw.col(name), bound, self.rows) for name, bound in columns.items()}
        asked |= {
            f"p{place}": Summand(nw.col(a) * nw.col(b), columns[a] * columns[b], self.rows)
            for place, (a, b) in enumerate(pairs)
        }
        halves = [f"b{h}" for h in range(-(-len(self.periods) // HALF))]
        keys = ("cohort", *halves, *(["cluster"] if apart else []))
        found = collected([grouped(part, keys, asked) for part in parts], keys, asked)
        groups = [self._group(key, len(halves)) for key in found.keys]
        sums = {group: values[: len(names)] for group, values in zip(groups, found.values, strict=True)}
        if apart:
            return GroupMoments(sums=sums, products={})
        products = {
            group: _square(values[len(names) :], len(names)) for group, values in zip(groups, found.values, strict=True)
        }
        return GroupMoments(sums=sums, products=products)

    def _group(self, key: Sequence[Any], halves: int) -> Group:
        cohort = 0 if int(key[0]) == self.never else int(key[0])
        seen = sum(int(bits) << (HALF * h) for h, bits in enumerate(key[1 : 1 + halves]))
        return Group(cohort=cohort, cluster=key[-1] if len(key) > 1 + halves else "", seen=seen)


def _largest(fit: Cellwise, j: int) -> float:
    return max(float(np.abs(one[:, j]).max()) for one in fit.effects.values())


def _square(upper: Floats, size: int) -> Floats:
    whole, at = np.zeros((size, size)), np.triu_indices(size)
    whole[at] = upper
    whole.T[at] = upper
    return whole


@dataclass(frozen=True, slots=True)
class _Reader:
    """How rows become units; columns are centred."""

    request: PathRequest
    columns: tuple[str, ...]
    periods: tuple[int, ...]
    never: int
    centres: tuple[float, ...]

    def units(self, part: Table) -> Table:
        schema, request, T, k = part.collect_schema(), self.request, len(self.periods), len(self.columns)
        cohort = number(request.first_treated, schema[request.first_treated], finite=True).fill_null(float(self.never))
        rows = part.select(
            nw.col(request.unit).alias("unit"), number(request.time, schema[request.time]).cast(nw.Int64).alias("time"),
            cohort.cast(nw.Int64).alias("cohort"), *([nw.col(request.cluster).alias("cluster")] if request.cluster else []),
            *((number(one, schema[one]) - centre).alias(f"r{j}") for j, (one, centre) in enumerate(zip(self.columns, self.centres, strict=True))),
        )  # fmt: skip
        at = [nw.col("time") == period for period in self.periods]
        wide = rows.with_columns(
            *(nw.when(one).then(nw.col(f"r{j}")).alias(f"a{j}_{t}") for j in range(k) for t, one in enumerate(at))
        )
        ends = [nw.col(name).max() for name in ("cohort", *(["cluster"] if request.cluster else []))]
        units = wide.group_by("unit").agg(*ends, *(nw.col(f"a{j}_{t}").max() for j in range(k) for t in range(T)))
        seen = units.with_columns(*((~nw.col(f"a0_{t}").is_null()).alias(f"seen{t}") for t in range(T)))
        bits = [
            nw.sum_horizontal(*(nw.when(nw.col(f"seen{t}")).then(nw.lit(1 << (t - start))).otherwise(nw.lit(0)) for t in range(start, min(start + HALF, T))))
            for start in range(0, T, HALF)
        ]  # fmt: skip
        size = nw.sum_horizontal(*(nw.col(f"seen{t}").cast(nw.Float64) for t in range(T)))
        filled = seen.with_columns(
            *(one.alias(f"b{h}") for h, one in enumerate(bits)),
            size.alias("n"),
            *(nw.col(f"a{j}_{t}").fill_null(0.0) for j in range(k) for t in range(T)),
        )
        means = [(reduce(add, (nw.col(f"a{j}_{t}") for t in range(T))) / nw.col("n")).alias(f"m{j}") for j in range(k)]
        centred = [
            nw.when(nw.col(f"seen{t}")).then(nw.col(f"a{j}_{t}") - nw.col(f"m{j}")).otherwise(nw.lit(0.0)).alias(f"v{j}_{t}")
            for j in range(k) for t in range(T)
        ]  # fmt: skip
        return filled.with_columns(*means).with_columns(*centred)
