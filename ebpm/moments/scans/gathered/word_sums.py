"""Words of products of columns, added up batch by batch: the same whole numbers as the engine's own sums, in a fraction of its time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.scans.gathered.batches import OPENERS, batches
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.profile import Table

LOT = 1 << 14  # rows whose arrays stay near the processor
Factors = tuple[str, ...]


def gathered_words(
    table: Table, products: Sequence[tuple[Factors, float, float]], *, counts: str = ""
) -> list[int] | None:
    """Return the sums of both words of each product, one after the other; None where the engine has to add them up.

    Parameters
    ----------
    table : a lazy table.
    products : columns of floats that are multiplied from the left, the scale of the first word, and that of the rest.
    counts : column of how many rows each row stands for; empty where it is one.
    """
    if table.implementation not in OPENERS:
        return None
    names = list(
        dict.fromkeys([*(name for factors, _, _ in products for name in factors), *([counts] if counts else [])])
    )
    found = [0] * (2 * len(products))
    try:
        with batches(table, [nw.col(name) for name in names]) as stream:
            for batch in stream:
                for start in range(0, batch.num_rows, LOT):
                    _add(found, dict(zip(names, batch.slice(start, LOT).columns, strict=True)), products, counts)
    except OddError:
        return None
    return found


def _add(
    found: list[int], columns: dict[str, Any], products: Sequence[tuple[Factors, float, float]], counts: str
) -> None:
    if any(column.null_count for column in columns.values()):
        raise OddError
    values = {name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()}
    for place, (factors, first, rest) in enumerate(products):
        scaled = reduce(np.multiply, (values[name] for name in factors)) * first
        high = np.floor(scaled)
        scaled -= high
        scaled *= rest
        np.floor(scaled, out=scaled)
        for half, words in enumerate((high, scaled)):
            whole = words.astype(np.int64)
            found[2 * place + half] += int(whole @ values[counts] if counts else whole.sum())
