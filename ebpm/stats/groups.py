"""Cross-products and sums by group, sorted once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BIG_GROUP = 24


def group_sums(matrix: Floats, codes: Ints, *, groups: int) -> Floats:
    """Return the column sums of each group, shape (groups, k); zeros for a group without rows.

    Parameters
    ----------
    matrix : shape (n, k).
    codes : group of each row, in 0 .. groups - 1, shape (n,).
    groups : their number.
    """
    return np.stack([np.bincount(codes, column, minlength=groups) for column in matrix.T], axis=1)


def group_products(matrix: Floats, codes: Ints, *, groups: int) -> Floats:
    """Return A_g'A_g of each group g, shape (groups, k, k).

    Parameters
    ----------
    matrix : A, shape (n, k); subtract large means beforehand.
    codes : group of each row, in 0 .. groups - 1, shape (n,).
    groups : their number.
    """
    order = np.argsort(codes.astype(np.min_scalar_type(groups)), kind="stable")
    counts = np.bincount(codes, minlength=groups)
    stops = np.cumsum(counts)
    if len(codes) >= BIG_GROUP * groups:
        return _by_block(matrix, order, stops)
    return _by_column(matrix[order], counts, stops)


def _by_block(matrix: Floats, order: NDArray[np.intp], stops: Ints) -> Floats:
    products = np.zeros((len(stops), matrix.shape[1], matrix.shape[1]))
    for group, (start, stop) in enumerate(zip(np.r_[0, stops[:-1]], stops, strict=True)):
        block = matrix[order[start:stop]]
        np.matmul(block.T, block, out=products[group])
    return products


def _by_column(rows: Floats, counts: Ints, stops: Ints) -> Floats:
    k = rows.shape[1]
    filled = counts > 0
    starts = (stops - counts)[filled]
    products = np.zeros((len(counts), k, k))
    for i in range(k):
        for j in range(i + 1):
            products[filled, i, j] = products[filled, j, i] = np.add.reduceat(rows[:, i] * rows[:, j], starts)
    return products
