"""Tests that permute residuals over time: how large those of some last periods are among all rearrangements."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.given import generator

Floats = NDArray[np.float64]

TIE = 1e-11


def moving_block_p(residuals: Floats, last: int) -> float:
    """Return the share of the T cyclic shifts of the residuals whose last periods are at least as large as those observed.

    Parameters
    ----------
    residuals : shape (T,), under the null, in order of time.
    last : periods tested, T_post.

    Formula: S = sum over the last periods of |u_t|; p = 1/T sum over shifts of 1{S(shift) >= S}, the observed order among them.

    Source: Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association 116(536), section 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.stats.redrawn.conformal import moving_block_p
    >>> moving_block_p(np.array([1.0, -1.0, 0.5, 3.0]), 1)
    0.25
    """
    sizes = np.abs(residuals)
    sums = np.convolve(np.concatenate([sizes, sizes[: last - 1]]), np.ones(last), mode="valid")
    return float((sums >= _reached(sums[len(sizes) - last])).mean())


def permuted_p(residuals: Floats, last: int, *, draws: int, seed: int) -> float:
    """Return the share of random rearrangements, the observed order among them, whose last periods are at least as large.

    Parameters
    ----------
    residuals, last : as in `moving_block_p`.
    draws : rearrangements.
    seed : of the numpy Generator.

    Assumptions: residuals exchangeable over time; `moving_block_p` needs them stationary and weakly dependent only.

    Source: Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association 116(536), section 2.2.
    """
    sizes = np.abs(residuals)
    table = generator(seed).permuted(np.tile(sizes, (draws, 1)), axis=1)
    reached = _reached(float(sizes[len(sizes) - last :].sum()))
    return (1 + int((table[:, :last].sum(axis=1) >= reached).sum())) / (1 + draws)


def _reached(observed: float) -> float:
    return observed - TIE * max(abs(observed), 1e-300)
