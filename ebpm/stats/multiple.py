"""Adjusted p values of a family of tests, in closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError

Floats = NDArray[np.float64]


def bonferroni(p_values: Sequence[float] | Floats) -> Floats:
    """Return min(1, m p): family-wise error under any dependence.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Raises
    ------
    DataError : if a value does not lie between 0 and 1.

    Source: Dunn (1961), JASA 56(293).
    """
    p = _checked(p_values)
    return np.minimum(1.0, len(p) * p)


def holm(p_values: Sequence[float] | Floats) -> Floats:
    """Return Holm's step-down p values: family-wise error under any dependence, never above Bonferroni's.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: the running maximum, from the smallest on, of min(1, (m - i + 1) p_(i)).

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    return _step_down(_checked(p_values), lambda rank, m: m - rank + 1.0)


def hochberg(p_values: Sequence[float] | Floats) -> Floats:
    """Return Hochberg's step-up p values: family-wise error under independence or positive dependence.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: the running minimum, from the largest on, of min(1, (m - i + 1) p_(i)).

    Source: Hochberg (1988), Biometrika 75(4).
    """
    return _step_up(_checked(p_values), lambda rank, m: m - rank + 1.0)


def benjamini_hochberg(p_values: Sequence[float] | Floats) -> Floats:
    """Return Benjamini and Hochberg's p values: false discovery rate under independence or positive dependence.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: the running minimum, from the largest on, of min(1, m p_(i) / i).

    Source: Benjamini and Hochberg (1995), JRSS B 57(1).
    """
    return _step_up(_checked(p_values), lambda rank, m: m / rank)


def benjamini_yekutieli(p_values: Sequence[float] | Floats) -> Floats:
    """Return Benjamini and Yekutieli's p values: false discovery rate under any dependence.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: Benjamini and Hochberg's times 1 + 1/2 + ... + 1/m.

    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29(4).
    """
    return _step_up(_checked(p_values), lambda rank, m: (1.0 / rank).sum() * m / rank)


ADJUSTMENTS: Mapping[str, Callable[[Sequence[float] | Floats], Floats]] = MappingProxyType({
    "none": lambda p_values: _checked(p_values).copy(),
    "bonferroni": bonferroni,
    "holm": holm,
    "hochberg": hochberg,
    "benjamini_hochberg": benjamini_hochberg,
    "benjamini_yekutieli": benjamini_yekutieli,
})  # fmt: skip


def _checked(p_values: Sequence[float] | Floats) -> Floats:
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("stats_bad_p_value", value=float(p[~((p >= 0) & (p <= 1))][0]))
    return p


def _step_down(p: Floats, factor: Callable[[Floats, int], Floats]) -> Floats:
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1.0, len(p) + 1)
    return _restored(np.maximum.accumulate(factor(ranks, len(p)) * p[order]), order)


def _step_up(p: Floats, factor: Callable[[Floats, int], Floats]) -> Floats:
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1.0, len(p) + 1)
    return _restored(np.minimum.accumulate((factor(ranks, len(p)) * p[order])[::-1])[::-1], order)


def _restored(adjusted: Floats, order: NDArray[np.intp]) -> Floats:
    result = np.empty_like(adjusted)
    result[order] = np.minimum(1.0, adjusted)
    return result
