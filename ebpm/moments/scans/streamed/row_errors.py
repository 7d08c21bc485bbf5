"""Two further passes over the rows of a regression: what HC0-HC3 and their degrees of freedom need beyond second moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.keys import key_of
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Table, number
from ebpm.moments.scans.whole_sums import Summand, collected, grouped

SATURATED, ALONE = 1e-10, 1e-8
POWERS = {"classical": 0, "HC0": 0, "HC1": 0, "HC2": 1, "HC3": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFit:
    """A fit whose design is a linear map of v = (1, numbers less their centres) in each group of rows.

    Parameters
    ----------
    sums : the groups, G of them.
    outcome, covariates : columns.
    slopes : d of each group, so that the residual is y - d'v, shape (G, q).
    leverages : H of each group, so that the leverage is w v'Hv, shape (G, q, q).
    squared : N of each group, so that v'Nv is what w x'(X'WX)^-1 X'W^2X (X'WX)^-1 x is, over w, shape (G, q, q).
    influence : g of each group and combination, so that it has the influence w g'v, shape (G, m, q).
    """

    sums: GroupSums
    outcome: str
    covariates: tuple[str, ...]
    slopes: Floats
    leverages: Floats
    squared: Floats
    influence: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RowErrors:
    """Sums over the rows, with s the factor by which the kind of covariance inflates w^2 e^2, and o = (w g'v)^2 s.

    Parameters
    ----------
    residual : sum of w e^2.
    meat : sums of w^2 e^2 s v v' of each group, shape (G, q, q).
    own, own_squared, crossed : sums of o (1 + t), o^2 and o^2 t of each combination, shape (m,), with t = v'Nv - 2h, or -h without weights.
    blocks : sums of o w^p v v' of each combination, power and group, shape (m, P, G, q, q).
    saturated : rows that alone determine a coefficient.
    """

    residual: float
    meat: Floats
    own: Floats
    own_squared: Floats
    crossed: Floats
    blocks: Floats
    saturated: int


def scan_errors(scan: Scan, fit: RowFit, kind: str) -> RowErrors:
    """Return the sums over the rows, which no order of the rows changes.

    Parameters
    ----------
    scan : the table.
    fit : of the regression.
    kind : "classical", "HC0" ... "HC3".
    """
    rows, q, m = _rows(scan.table, fit, POWERS[kind]), fit.slopes.shape[1], fit.influence.shape[1]
    values, weighted = ["one", *(f"v{j}" for j in range(1, q))], bool(fit.sums.weights)
    sizes = ["e", "s", "w", "t", *values, *(f"a{c}" for c in range(m))]
    found = (
        rows.select(*(nw.col(name).abs().max() for name in sizes), nw.col("alone").sum()).collect().rows(named=True)[0]
    )
    most = {name: float(found[name]) for name in sizes}
    pairs = [(j, k) for j in range(q) for k in range(j, q)]
    terms: dict[str, tuple[str, ...]] = {"rss": ("w", "e", "e")}
    terms |= {f"m{j}_{k}": ("w", "w", "e", "e", "s", values[j], values[k]) for j, k in pairs}
    for c in range(m):
        own = ("w", "w", f"a{c}", f"a{c}", "s")
        terms |= {f"o{c}": own, f"p{c}": (*own, "t"), f"x{c}": own + own, f"y{c}": (*own, *own, "t")}
        for power in range(3 if weighted else 1):
            terms |= {f"b{c}_{power}_{j}_{k}": (*own, *["w"] * power, values[j], values[k]) for j, k in pairs}
    summands = {
        name: Summand(reduce(lambda a, b: a * b, (nw.col(one) for one in own)), float(np.prod([most[one] for one in own])), fit.sums.rows)
        for name, own in terms.items()
    }  # fmt: skip
    groups = collected([grouped(rows, ["code"], summands)], "code", summands)
    place = {name: at for at, name in enumerate(summands)}
    return _assembled(groups.values, groups.whole, place, fit, int(found["alone"]))


def _assembled(values: Floats, whole: Floats, place: dict[str, int], fit: RowFit, saturated: int) -> RowErrors:
    q, m, powers = fit.slopes.shape[1], fit.influence.shape[1], 3 if fit.sums.weights else 1

    def square(stem: str) -> Floats:
        made = np.empty((len(values), q, q))
        for j in range(q):
            for k in range(j, q):
                made[:, j, k] = made[:, k, j] = values[:, place[f"{stem}{j}_{k}"]]
        return made

    first, second, third, fourth = (np.array([whole[place[f"{stem}{c}"]] for c in range(m)]) for stem in "opxy")
    return RowErrors(
        residual=float(whole[place["rss"]]), meat=square("m"), own=first + second, own_squared=third, crossed=fourth,
        blocks=np.array([[square(f"b{c}_{power}_") for power in range(powers)] for c in range(m)]), saturated=saturated,
    )  # fmt: skip


def _rows(table: Table, fit: RowFit, power: int) -> Table:
    """Return residual e, inflation s, weight w, t, values v and influences a of each row, and the code of its group."""
    sums, schema, q = fit.sums, table.collect_schema(), fit.slopes.shape[1]
    plain = [(fit.outcome, "y"), *((one, f"v{j}") for j, one in enumerate(fit.covariates, start=1))]
    rows = table.select(
        *(key_of(column, schema[column]).alias(f"k{place}") for place, column in enumerate(sums.keys)),
        *((number(column, schema[column]) - float(sums.mean(column))).alias(name) for column, name in plain),
        (number(sums.weights, schema[sums.weights]) if sums.weights else nw.lit(1.0)).alias("w"),
    )
    rows = rows.with_columns(_code(sums).alias("code"), (nw.col("y") * 0.0 + 1.0).alias("one"))
    quadratics = {"h": fit.leverages, "n": fit.squared}
    parts: dict[str, Floats] = {f"d{j}": fit.slopes[:, j] for j in range(q)}
    parts |= {f"g{c}_{j}": fit.influence[:, c, j] for c in range(fit.influence.shape[1]) for j in range(q)}
    parts |= {f"{name}{j}_{k}": by[:, j, k] for name, by in quadratics.items() for j in range(q) for k in range(j, q)}
    rows = rows.with_columns(*(_of_group(values).alias(name) for name, values in parts.items()))
    weight = nw.col("w")
    rows = rows.with_columns(
        (nw.col("y") - _linear("d", q)).alias("e"), (weight * _quadratic("h", q)).alias("h"), _quadratic("n", q).alias("n"),
        *(_linear(f"g{c}_", q).alias(f"a{c}") for c in range(fit.influence.shape[1])),
    )  # fmt: skip
    spare = 1.0 - nw.col("h")
    inflation = (
        nw.when(spare > SATURATED).then(reduce(lambda a, b: a * b, [1.0 / spare] * power)).otherwise(0.0)
        if power
        else nw.col("one")
    )
    lever = nw.col("n") - 2.0 * nw.col("h") if sums.weights else 0.0 - nw.col("h")
    return rows.with_columns(inflation.alias("s"), lever.alias("t"), (spare < ALONE).cast(nw.Int64).alias("alone"))


def _code(sums: GroupSums) -> nw.Expr:
    """The place of the group of a row."""
    zero = nw.lit(0)
    places = [
        nw.when(_all([nw.col(f"k{place}") == label for place, label in enumerate(group)])).then(nw.lit(code)).otherwise(zero)
        for code, group in enumerate(sums.groups)
    ]  # fmt: skip
    return nw.sum_horizontal(*places)


def _all(conditions: Sequence[nw.Expr]) -> nw.Expr:
    return reduce(lambda a, b: a & b, conditions)


def _of_group(values: Floats) -> nw.Expr:
    """A number of the group of each row; groups that share it are asked for together."""
    kinds: dict[float, list[int]] = {}
    for code, value in enumerate(values.tolist()):
        kinds.setdefault(value, []).append(code)
    parts: list[Any] = [
        nw.when(nw.col("code").is_in(codes)).then(nw.lit(value)).otherwise(nw.lit(0.0))
        for value, codes in kinds.items()
    ]
    return nw.sum_horizontal(*parts)


def _linear(stem: str, q: int) -> nw.Expr:
    return reduce(
        lambda a, b: a + b, [nw.col(f"{stem}0"), *(nw.col(f"{stem}{j}") * nw.col(f"v{j}") for j in range(1, q))]
    )


def _quadratic(name: str, q: int) -> nw.Expr:
    values = [nw.col("one"), *(nw.col(f"v{j}") for j in range(1, q))]
    terms = [
        nw.col(f"{name}{j}_{k}") * (1.0 if j == k else 2.0) * values[j] * values[k]
        for j in range(q)
        for k in range(j, q)
    ]
    return reduce(lambda a, b: a + b, terms)
