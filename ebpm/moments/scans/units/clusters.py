"""What clusters of units add to the normal equations of a regression with unit and period effects, from sums where the table lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.units.rows import HALF, RowScan
from ebpm.moments.scans.whole_sums import Summand, collected, grouped

MOST = 1 << 24


@dataclass(frozen=True, slots=True)
class ClusterRows:
    """Sums over the rows of each of C clusters, all columns less the means of their unit.

    Parameters
    ----------
    rows : shape (C,).
    products : of the k columns, regressors and then the outcome, shape (C, k, k).
    by_period : sums of the columns in each period, which are their products with the dummies of periods, shape (C, T, k).
    crossed : products of the dummies of periods, shape (C, T, T).
    """

    rows: Ints
    products: Floats
    by_period: Floats
    crossed: Floats


def cluster_rows(table: RowScan) -> ClusterRows:
    """Return the sums of each cluster of a table.

    Parameters
    ----------
    table : with clusters, so few that their sums are kept side by side (`fits_clusters`).
    """
    k, T = len(table.columns), len(table.periods)
    zero = np.zeros((T, k))
    bounds = table.bounds(zero)
    own = [nw.col(f"v{j}") - nw.col(f"m{j}") for j in range(k)]
    pairs = [(i, j) for i in range(k) for j in range(i, k)]
    asked = {f"z{j}": Summand(own[j], 2 * bounds[j], table.rows) for j in range(k)}
    asked |= {f"p{i}_{j}": Summand(own[i] * own[j], 4 * bounds[i] * bounds[j], table.rows) for i, j in pairs}
    rows, units = table.centred(zero)
    found = collected([grouped(one, ["cluster", "time"], asked) for one in rows], ("cluster", "time"), asked)
    names, codes = np.unique([str(cluster) for cluster, _ in found.keys], return_inverse=True)
    places = np.array([table.periods.index(time) for _, time in found.keys])
    by_period, products = np.zeros((len(names), T, k)), np.zeros((len(names), k, k))
    by_period[codes, places] = found.values[:, :k]
    for (i, j), values in zip(pairs, found.values[:, k:].T, strict=True):
        products[:, i, j] = products[:, j, i] = np.bincount(codes, values)
    sizes, crossed = _patterns(table, units, {str(name): at for at, name in enumerate(names)})
    return ClusterRows(sizes, products, by_period, crossed)


def fits_clusters(table: RowScan, clusters: int) -> bool:
    """Return whether the sums of so many clusters can be kept side by side."""
    return clusters * (len(table.columns) + len(table.periods)) ** 2 <= MOST


def _patterns(table: RowScan, units: Sequence[Table], place: dict[str, int]) -> tuple[Ints, Floats]:
    """Return the rows of each cluster, and the products of the dummies of periods less the means of their unit."""
    T, halves = len(table.periods), table.halves
    rows, crossed = np.zeros(len(place), dtype=np.int64), np.zeros((len(place), T, T))
    for part in units:
        for row in part.group_by("low", *halves).agg(nw.len().alias("units")).collect().iter_rows(named=True):
            seen = np.array([int(row[halves[t // HALF]]) >> t % HALF & 1 for t in range(T)], dtype=np.float64)
            at, count = place[str(row["low"])], int(row["units"])
            rows[at] += count * int(seen.sum())
            crossed[at] += count * (np.diag(seen) - np.outer(seen, seen) / seen.sum())
    return rows, crossed
