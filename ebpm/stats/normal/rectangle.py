"""Probabilities of rectangles under correlated normals, and means within them, without random draws."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ebpm.errors import DesignError

Floats = NDArray[np.float64]

FAR, TINY = 8.5, 1e-300
NODES = (1, 64, 40, 26, 16)
POINTS = 1 << 16
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def rectangle(mean: Floats, covariance: Floats, low: Floats, high: Floats) -> float:
    """Return P(low <= X <= high) of X ~ N(mean, covariance).

    Parameters
    ----------
    mean, low, high : shape (k,), k up to 26.
    covariance : positive definite, shape (k, k).

    Raises
    ------
    DesignError : if the covariance is singular.

    Formula: the variables one after another given those before, the last in closed form. Up to five variables product Gauss-Legendre
    (accurate to about 1e-9 unless the covariance is nearly singular); beyond, Genz's transformation to the unit cube and a Kronecker
    lattice of 65,536 points with the baker's transformation (about 1e-5).

    Source: Genz (1992), Journal of Computational and Graphical Statistics 1(2).

    Examples
    --------
    >>> round(rectangle(np.zeros(2), np.array([[1.0, 0.5], [0.5, 1.0]]), np.full(2, -20.0), np.zeros(2)), 10)
    0.3333333333
    """
    if not len(mean):
        return 1.0
    deviation = np.sqrt(np.diag(covariance))
    lower, upper = (low - mean) / deviation, (high - mean) / deviation
    order = np.argsort(ndtr(upper) - ndtr(lower), kind="stable")
    root = _root((covariance / np.outer(deviation, deviation))[np.ix_(order, order)])
    nodes, mass = _cube(len(mean) - 1)
    normal, scores = len(mean) > len(NODES), np.zeros((len(mean), len(mass)))
    for place, (start, end) in enumerate(zip(lower[order], upper[order], strict=True)):
        shift = root[place, :place] @ scores[:place]
        ends = [np.clip((edge - shift) / root[place, place], -FAR, FAR) for edge in (start, end)]
        below, above = map(ndtr, ends)
        if place == len(mean) - 1 or normal:
            mass = mass * (above - below)
        if place < len(mean) - 1 and normal:
            scores[place] = ndtri(np.clip(below + nodes[:, place] * (above - below), TINY, 1 - 1e-16))
        elif place < len(mean) - 1:
            width = ends[1] - ends[0]
            scores[place] = ends[0] + nodes[:, place] * width
            mass = mass * width * np.exp(-0.5 * scores[place] ** 2) / np.sqrt(2 * np.pi)
    return float(mass.sum())


def truncated_mean(mean: Floats, covariance: Floats, low: Floats, high: Floats) -> Floats:
    """Return E[X | low <= X <= high] of X ~ N(mean, covariance), shape (k,).

    Parameters
    ----------
    mean, covariance, low, high : as in `rectangle`.

    Formula: mean + covariance (f(low) - f(high)), f_j(x) the density of X_j at x times the probability that the others are within
    given X_j = x, over the probability that all are.

    Source: Tallis (1961), Journal of the Royal Statistical Society B 23(1).
    """
    edges = np.array([
        _edge(mean, covariance, low, high, place, at=float(low[place]))
        - _edge(mean, covariance, low, high, place, at=float(high[place]))
        for place in range(len(mean))
    ])  # fmt: skip
    return np.asarray(mean + covariance @ edges / rectangle(mean, covariance, low, high))


def _edge(mean: Floats, covariance: Floats, low: Floats, high: Floats, place: int, *, at: float) -> float:
    others = np.arange(len(mean)) != place
    variance, shared = covariance[place, place], covariance[others, place]
    density = np.exp(-0.5 * (at - mean[place]) ** 2 / variance) / np.sqrt(2 * np.pi * variance)
    given = mean[others] + shared / variance * (at - mean[place])
    rest = covariance[np.ix_(others, others)] - np.outer(shared, shared) / variance
    return float(density) * rectangle(given, rest, low[others], high[others])


def _root(correlation: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise DesignError("stats_singular_covariance", columns=len(correlation)) from None


@cache
def _cube(dimensions: int) -> tuple[Floats, Floats]:
    """Return points of the unit cube, shape (n, dimensions), and their weights."""
    if dimensions < len(NODES):
        at, mass = np.polynomial.legendre.leggauss(NODES[dimensions])
        grid = np.meshgrid(*[(at + 1) / 2] * dimensions, indexing="ij")
        nodes = np.column_stack([one.ravel() for one in grid]) if dimensions else np.empty((1, 0))
        return nodes, np.prod(
            np.meshgrid(*[mass / 2] * dimensions, indexing="ij"), axis=0
        ).ravel() if dimensions else np.ones(1)
    steps = np.sqrt(np.array(PRIMES[:dimensions], dtype=np.float64)) % 1.0
    lattice = (np.arange(1, POINTS + 1)[:, None] * steps) % 1.0
    return np.abs(2 * lattice - 1), np.full(POINTS, 1.0 / POINTS)
