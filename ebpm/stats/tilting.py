"""Exponential tilting: weights exp(x'g) that give one group the covariate totals of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError

Floats = NDArray[np.float64]

TOLERANCE = 1e-13
MOST_ITERATIONS = 200
COLLINEAR = 1e-10
SMALLEST_RATIO = 1e-13


def tilt(X: Floats, weights: Floats, totals: Floats) -> Floats:
    """Return g with sum of w_i exp(x_i'g) x_i = totals.

    Parameters
    ----------
    X : shape (n, k), with its own constant column.
    weights : shape (n,), positive.
    totals : shape (k,).

    Raises
    ------
    DesignError : if columns of X are collinear, or no weights reach the totals (they lie outside what the rows span).

    Formula: g minimises sum of w_i exp(x_i'g) - totals'g, which is convex.

    Assumption: the totals lie inside the convex hull of the rows.

    Source: Graham, Pinto and Egel (2012), Review of Economic Studies 79(3); Hainmueller (2012), Political Analysis 20(1).

    Examples
    --------
    >>> import numpy as np
    >>> g = tilt(np.array([[1.0, 0.0], [1.0, 1.0]]), np.ones(2), np.array([3.0, 2.0]))
    >>> np.exp(g[0]).round(12), np.exp(g.sum()).round(12)
    (np.float64(1.0), np.float64(2.0))
    """
    Q, R = np.linalg.qr(X * np.sqrt(weights)[:, None])
    diagonal, scale = np.abs(np.diag(R)), np.linalg.norm(R, axis=0)
    if len(X) < X.shape[1] or (diagonal <= COLLINEAR * scale).any():
        raise DesignError("glm_collinear", column=int(np.argmin(diagonal / scale)) + 1, columns=X.shape[1])
    Z = Q / np.sqrt(weights)[:, None]
    start = np.zeros(X.shape[1])
    start[0] = 1.0
    level = np.log(totals[0] / weights.sum())
    found = _descend(Z, weights, np.linalg.solve(R.T, totals), R @ start * level)
    return np.linalg.solve(R, found)


def _descend(Z: Floats, weights: Floats, totals: Floats, gamma: Floats) -> Floats:
    """Return the minimiser by Newton steps, halved until the loss falls."""

    def loss(at: Floats) -> float:
        with np.errstate(over="ignore"):
            return float(weights @ np.exp(Z @ at) - totals @ at)

    for iteration in range(1, MOST_ITERATIONS + 1):
        tilted = weights * np.exp(Z @ gamma)
        curvature = Z.T @ (tilted[:, None] * Z)
        eigenvalues = np.linalg.eigvalsh(curvature)
        if not eigenvalues[0] > SMALLEST_RATIO * eigenvalues[-1]:
            raise DesignError("glm_separation", iterations=iteration)
        step = np.linalg.solve(curvature, totals - Z.T @ tilted)
        worst = loss(gamma) + TOLERANCE * abs(loss(gamma))
        while not loss(gamma + step) <= worst:
            step = step / 2.0
        gamma = gamma + step
        if np.abs(Z @ step).max() <= TOLERANCE * (1.0 + np.abs(Z @ gamma).max()):
            return gamma
    raise DesignError("glm_separation", iterations=MOST_ITERATIONS)
