"""Adjusted p values of a family of tests: in closed form, and step-down from redrawn statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError

Floats = NDArray[np.float64]

TIE = 1e-11
LARGEST = 1e300


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


def sidak(p_values: Sequence[float] | Floats) -> Floats:
    """Return 1 - (1 - p)^m: family-wise error under independence or positive orthant dependence, never above Bonferroni's.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Source: Sidak (1967), JASA 62(318).

    Examples
    --------
    >>> sidak([0.01, 0.04]).round(4).tolist()
    [0.0199, 0.0784]
    """
    p = _checked(p_values)
    return _any_of(p, np.full(len(p), float(len(p))))


def sidak_step_down(p_values: Sequence[float] | Floats) -> Floats:
    """Return Sidak's step-down p values: the assumptions of `sidak`, never above Holm's.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: the running maximum, from the smallest on, of 1 - (1 - p_(i))^(m - i + 1).

    Source: Holland and Copenhaver (1987), Biometrics 43(2).

    Examples
    --------
    >>> sidak_step_down([0.01, 0.04, 0.03]).round(4).tolist()
    [0.0297, 0.0591, 0.0591]
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    return _restored(np.maximum.accumulate(_any_of(p[order], np.arange(len(p), 0.0, -1.0))), order)


def hommel(p_values: Sequence[float] | Floats) -> Floats:
    """Return Hommel's p values: family-wise error under the conditions of Hochberg's, never above those.

    Parameters
    ----------
    p_values : of the m tests, shape (m,).

    Formula: the largest Simes p value, min_j s p_(j) / j, among all sets of s tests that hold this one; of each size the worst
    set is this test with the s - 1 largest p values.

    Source: Hommel (1988), Biometrika 75(2); Simes (1986), Biometrika 73(3).

    Examples
    --------
    >>> hommel([0.01, 0.02, 0.022, 0.09]).round(3).tolist()
    [0.03, 0.04, 0.044, 0.09]
    """
    p = _checked(p_values)
    order, m = np.argsort(p, kind="stable"), len(p)
    ordered = p[order]
    largest = ordered.copy()
    for size in range(2, m + 1):
        tail = (size * ordered[m - size + 1 :] / np.arange(2.0, size + 1.0)).min()
        own = size * ordered[np.minimum(np.arange(m), m - size)]
        largest = np.maximum(largest, np.minimum(own, tail))
    return _restored(largest, order)


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


def sharpened(p_values: Sequence[float] | Floats) -> Floats:
    """Return sharpened q values: false discovery rate, the share of true nulls being estimated in a first stage.

    Parameters
    ----------
    p_values : of the m tests, shape (m,). Where most nulls are rejected a q value can be smaller than its p value.

    Formula: the smallest q at which a test is rejected by Benjamini and Hochberg's procedure at q' m / (m - r), q' = q / (1 + q),
    where r is the number that it rejects at q'.

    Source: Benjamini, Krieger and Yekutieli (2006), Biometrika 93(3), definition 6; Anderson (2008), JASA 103(484), section 3.3,
    who seeks q on a grid of 0.001.

    Examples
    --------
    >>> sharpened([0.001, 0.01, 0.02, 0.5]).round(4).tolist()
    [0.004, 0.0152, 0.0204, 0.1429]
    """
    first = benjamini_hochberg(p_values)
    starts, counts = np.unique(first, return_counts=True)
    rejected, ends = np.cumsum(counts), np.r_[starts[1:], np.inf]
    needed = np.maximum(starts, first[:, None] * (len(first) - rejected) / len(first))
    least = np.where(needed < ends, needed, np.inf).min(axis=1)
    return np.where(least < 0.5, least / (1.0 - np.minimum(least, 0.5)), 1.0)


def step_down_max_t(observed: Floats, draws: Floats, *, complete: bool) -> Floats:
    """Return step-down p values from the largest |t|: family-wise error, with the dependence of the tests as it is.

    Parameters
    ----------
    observed : t statistics, shape (m,).
    draws : those of redrawn data in which every null is true, shape (B, m).
    complete : whether the draws are all that are possible, the observed data among them; else p is (1 + number) / (1 + B).

    Formula: from the largest |t| on, the share of draws whose largest |t| among this test and those after it is as large, then
    the running maximum. With assignments redrawn it is Westfall and Young's, with a bootstrap Romano and Wolf's.

    Source: Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 4.1; Romano and Wolf (2016), Statistics and
    Probability Letters 113.
    """
    far, order = np.minimum(np.abs(observed), LARGEST), np.argsort(-np.abs(observed), kind="stable")
    largest = np.maximum.accumulate(np.abs(draws)[:, order[::-1]], axis=1)[:, ::-1]
    return _by_steps(
        (largest >= far[order] - TIE * np.maximum(1.0, far[order])).sum(axis=0), order, len(draws), complete=complete
    )


def step_down_min_p(observed: Floats, draws: Floats, *, complete: bool) -> Floats:
    """Return step-down p values from the smallest raw p value, so that tests whose |t| spreads more do not crowd out others.

    Parameters
    ----------
    observed : t statistics, shape (m,).
    draws : those of redrawn data in which every null is true, shape (B, m).
    complete : as in `step_down_max_t`.

    Formula: as `step_down_max_t` with the share of draws at least as far as each in place of |t|, smallest first.

    Source: Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 2.8.
    """
    every = np.abs(draws) if complete else np.vstack([np.abs(observed), np.abs(draws)])
    rounded = np.round(every, 9)
    raw = np.stack([_upper_share(column) for column in rounded.T], axis=1)
    ours = np.array(
        [_share_above(column, value) for column, value in zip(rounded.T, np.round(np.abs(observed), 9), strict=True)]
    )
    order = np.argsort(ours, kind="stable")
    smallest = np.minimum.accumulate(raw[:, order[::-1]], axis=1)[:, ::-1]
    return _by_steps((smallest <= ours[order] + TIE).sum(axis=0), order, len(every), complete=True)


ADJUSTMENTS: Mapping[str, Callable[[Sequence[float] | Floats], Floats]] = MappingProxyType({
    "none": lambda p_values: _checked(p_values).copy(),
    "bonferroni": bonferroni,
    "holm": holm,
    "sidak": sidak,
    "sidak_step_down": sidak_step_down,
    "hochberg": hochberg,
    "hommel": hommel,
    "benjamini_hochberg": benjamini_hochberg,
    "benjamini_yekutieli": benjamini_yekutieli,
    "sharpened": sharpened,
})  # fmt: skip


def _checked(p_values: Sequence[float] | Floats) -> Floats:
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError("stats_bad_p_value", value=float(p[~((p >= 0) & (p <= 1))][0]))
    return p


def _any_of(p: Floats, tests: Floats) -> Floats:
    """The chance that any of some independent tests gives as small a p value."""
    with np.errstate(divide="ignore"):
        chance: Floats = -np.expm1(tests * np.log1p(-p))
    return chance


def _step_down(p: Floats, factor: Callable[[Floats, int], Floats]) -> Floats:
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1.0, len(p) + 1)
    return _restored(np.maximum.accumulate(factor(ranks, len(p)) * p[order]), order)


def _step_up(p: Floats, factor: Callable[[Floats, int], Floats]) -> Floats:
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1.0, len(p) + 1)
    return _restored(np.minimum.accumulate((factor(ranks, len(p)) * p[order])[::-1])[::-1], order)


def _upper_share(column: Floats) -> Floats:
    ordered = np.sort(column)
    share: Floats = (len(column) - np.searchsorted(ordered, column, side="left")) / len(column)
    return share


def _share_above(column: Floats, value: float) -> float:
    return float((column >= value).mean())


def _by_steps(counts: NDArray[np.int64], order: NDArray[np.intp], draws: int, *, complete: bool) -> Floats:
    shares = counts / draws if complete else (1.0 + counts) / (1.0 + draws)
    return _restored(np.maximum.accumulate(shares), order)


def _restored(adjusted: Floats, order: NDArray[np.intp]) -> Floats:
    result = np.empty_like(adjusted)
    result[order] = np.minimum(1.0, adjusted)
    return result
