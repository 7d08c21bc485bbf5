"""A few units, weighted or not, that have the count, the means and the scatter of many."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ebpm.moments.frame import Floats

ROUNDING, EVEN = 1e-14, 0.5
NO_SCATTER = np.empty((0, 0))


@dataclass(frozen=True, slots=True)
class Units:
    """P units that stand for those of a group.

    Parameters
    ----------
    mass : units that each stands for, shape (P,).
    paths : shape (P, T).
    weights : of each of the units that it stands for, shape (P,).
    """

    mass: Floats
    paths: Floats
    weights: Floats

    @classmethod
    def of(cls, mean: Floats, scatter: Floats, count: int) -> Units:
        """Return units of one weight: as many as there are directions in which a group scatters, twice; its mean alone without scatter."""
        away = deviations(scatter, count) if count > 1 and len(scatter) else np.zeros((min(count, 2) // 2, len(mean)))
        paths = np.vstack([mean + away, mean - away]) if len(away) else mean[None]
        return cls(np.full(len(paths), count / len(paths)), paths, np.ones(len(paths)))


def deviations(scatter: Floats, count: float) -> Floats:
    """Return r deviations, shape (r, T), of which each stands for count / r units: the sum of their outer products is the scatter, shape (T, T)."""
    values, vectors = np.linalg.eigh(scatter)
    kept = values > ROUNDING * max(values[-1], 0.0)
    if not kept.any():
        return np.zeros((1, len(scatter)))
    away: Floats = (vectors[:, kept] * np.sqrt(values[kept] * int(kept.sum()) / count)).T
    return away


def weighted_units(
    count: int, *, total: Fraction, square: Fraction, mean: Floats, typical: Floats, scatter: Floats
) -> Units:
    """Return units that have the sums over a group of w^p, w^p y and w^2 y y', p = 1 and 2: all that errors of weighted means are made of.

    Parameters
    ----------
    count, total, square : units n, and the sums of w and of w^2, exact.
    mean, typical : sum w y / sum w and sum w^2 y / sum w^2, shape (T,).
    scatter : sum w^2 (y - typical)(y - typical)', shape (T, T).

    Formula: the units have two weights, m / 2 or more, with the mean m and the scatter of those of the group. The projection of w y on w and a constant is
    w typical + (1 - w a) b with a = sum w / sum w^2 and b = sum w (mean - typical) / (n - a sum w), from which those of weight w lie away by
    either sign of the deviations of what is left of the scatter, divided by w.

    Source: Julier and Uhlmann (2004), Proceedings of the IEEE 92(3), equations 11-12 (sigma points).
    """
    slope, apart = float(total / square), float(count - total * total / square)
    if count * square == total * total:
        equal = float(total / count)
        found = Units.of(mean, scatter / equal**2, count)
        return Units(found.mass, found.paths, np.full(len(found.mass), equal))
    away = float(total) * (mean - typical) / apart
    left = deviations(scatter - apart * np.outer(away, away), count)
    shares, weights = two_weights(float(total / count), float((square - total * total / count) / count))
    parts = [typical + (1 / weight - slope) * away + sign * left / weight for weight in weights for sign in (1.0, -1.0)]
    mass = np.repeat(shares * count / (2 * len(left)), 2 * len(left))
    return Units(mass, np.vstack(parts), np.repeat(weights, 2 * len(left)))


def two_weights(mean: float, variance: float) -> tuple[Floats, Floats]:
    """Return two shares and two weights, of half the mean or more, that have a mean and a variance.

    Examples
    --------
    >>> [one.tolist() for one in two_weights(2.0, 1.0)]
    [[0.5, 0.5], [1.0, 3.0]]
    """
    spread = np.sqrt(variance)
    odds = max(1.0, (spread / (EVEN * mean)) ** 2)
    few = 1 / (1 + odds)
    return np.array([1 - few, few]), np.array([mean - spread / np.sqrt(odds), mean + spread * np.sqrt(odds)])
