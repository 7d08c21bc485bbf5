"""What units or clusters add to the error of a regression, from their sums where the table lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.whole_sums import Summand, collected, totals


@dataclass(frozen=True, slots=True)
class Scores:
    """What clusters add to a regression.

    Parameters
    ----------
    products : sum over clusters of the outer products of their scores, shape (k - 1, k - 1).
    clusters, treated : how many there are, and how many have a row in which the first regressor is one.
    ones : rows in which it is one: those in which it is negative once the effects are taken out, and the others, shape (2,).
    """

    products: Floats
    clusters: int
    treated: int
    ones: Ints


def by_cluster(tables: Sequence[Table], asked: Mapping[str, Summand]) -> Scores:
    """Return the scores of tables of one row a cluster and part, `asked` the scores, and then the rows of one and the negative ones."""
    found = collected(tables, "cluster", asked)
    scores, on, negative = found.values[:, :-2], found.values[:, -2], round(found.whole[-1])
    ones = np.array([negative, round(found.whole[-2]) - negative])
    return Scores(scores.T @ scores, len(scores), int(np.count_nonzero(on)), ones)


def by_unit(tables: Sequence[Table], asked: Mapping[str, Summand], rows: int) -> Scores:
    """Return the same of tables of one row a unit, of at most so many rows."""
    k = len(asked) - 2
    scored = [table.with_columns(*(one.column(name).alias(name) for name, one in asked.items())) for table in tables]
    largest = [one.bound * one.rows for one in asked.values()]
    most = max(one.rows for one in asked.values())
    products = {
        f"q{i}_{j}": Summand(nw.col(f"s{i}") * nw.col(f"s{j}"), largest[i] * largest[j], rows)
        for i in range(k) for j in range(i, k)
    }  # fmt: skip
    ones = {
        "clusters": Summand((nw.col("on") >= 0).cast(nw.Float64), 1.0, rows),
        "treated": Summand((nw.col("on") > 0).cast(nw.Float64), 1.0, rows),
        "ones": Summand(nw.col("on"), 1.0 * most, rows),
        "negative": Summand(nw.col("negative"), 1.0 * most, rows),
    }
    found = totals(scored, products | ones)
    whole = np.array([[found[f"q{min(i, j)}_{max(i, j)}"] for j in range(k)] for i in range(k)])
    negative = round(found["negative"])
    return Scores(
        whole, round(found["clusters"]), round(found["treated"]), np.array([negative, round(found["ones"]) - negative])
    )
