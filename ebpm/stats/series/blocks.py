"""Places of resampled rows, drawn in blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def moving_blocks(rows: int, length: int, draws: int, rng: np.random.Generator) -> Ints:
    """Return places of rows drawn in blocks of one length from all that there are, shape (draws, rows).

    Source: Kunsch (1989), Annals of Statistics 17(3).

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.stats.series.blocks import moving_blocks
    >>> moving_blocks(6, 6, 1, np.random.default_rng(1)).tolist()
    [[0, 1, 2, 3, 4, 5]]
    """
    count = -(-rows // length)
    starts = rng.integers(0, rows - length + 1, (draws, count))
    places = starts[:, :, None] + np.arange(length)
    return np.asarray(places.reshape(draws, -1)[:, :rows], dtype=np.int64)


def stationary_blocks(rows: int, length: float, draws: int, rng: np.random.Generator) -> Ints:
    """Return places of rows drawn in blocks of geometric length about the end and the beginning, shape (draws, rows).

    Parameters
    ----------
    rows, draws : how many of each.
    length : mean length of the blocks.
    rng : numpy Generator.

    Source: Politis and Romano (1994), Journal of the American Statistical Association 89(428).
    """
    fresh = rng.random((draws, rows)) < 1.0 / length
    fresh[:, 0] = True
    starts = rng.integers(0, rows, (draws, rows))
    since = np.arange(rows) - np.maximum.accumulate(np.where(fresh, np.arange(rows), 0), axis=1)
    begun = np.take_along_axis(starts, np.arange(rows) - since, axis=1)
    return np.asarray((begun + since) % rows, dtype=np.int64)
