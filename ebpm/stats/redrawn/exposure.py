"""Means under exposures that follow from an assignment to many units, and their conservative variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """Units under one exposure.

    Parameters
    ----------
    drawn : whether each unit has the exposure in each redrawn assignment, the one that was made first, shape (B, units).
    chance : share of the assignments, shape (units,).
    """

    drawn: Flags
    chance: Floats

    @classmethod
    def of(cls, drawn: Flags) -> Exposed:
        """Return the exposure with its chances."""
        return cls(drawn=drawn, chance=drawn.mean(axis=0))

    @property
    def now(self) -> Flags:
        """Which units have it in the assignment that was made."""
        return np.asarray(self.drawn[0])


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of the means under two exposures.

    Parameters
    ----------
    value : in the unit of the outcome.
    variance : not less than the true one, on average.
    """

    value: float
    variance: float


def contrast(totals: Floats, sizes: Floats, *, one: Exposed, other: Exposed) -> Contrast:
    """Return the difference of the Hajek means of one exposure and another.

    Parameters
    ----------
    totals : sums of the outcome of each unit, shape (units,).
    sizes : rows of each unit, shape (units,).
    one, other : the exposures; every unit has a chance of both.

    Formula: m = sum of totals / chance over sum of sizes / chance, of the units that have the exposure; the variance is that of
    Horvitz and Thompson's estimator of the residuals, with the bounds of Aronow and Samii where two units cannot both be so
    exposed. Chances, single and joint, are shares of the redrawn assignments.

    Source: Aronow and Samii (2017), Annals of Applied Statistics 11(4), sections 4-5.
    """
    parts = [_weighted(totals, sizes, exposure) for exposure in (one, other)]
    variance = (
        _covariance(parts[0], parts[0], one, one, same=True)
        + _covariance(parts[1], parts[1], other, other, same=True)
        - 2.0 * _covariance(parts[0], parts[1], one, other, same=False)
    )
    return Contrast(parts[0][0] - parts[1][0], max(0.0, variance))


def _weighted(totals: Floats, sizes: Floats, exposure: Exposed) -> tuple[float, Floats]:
    """The mean, and each unit's residual over the number of rows; zero for the units that do not have the exposure."""
    weights = exposure.now / exposure.chance
    mean = float(weights @ totals / (weights @ sizes))
    residuals: Floats = exposure.now * (totals - mean * sizes) / float(sizes.sum())
    return mean, residuals


def _covariance(
    one: tuple[float, Floats], other: tuple[float, Floats], first: Exposed, second: Exposed, *, same: bool
) -> float:
    joint = first.drawn.T.astype(np.float32) @ second.drawn.astype(np.float32) / len(first.drawn)
    never = joint == 0.0
    product = np.outer(first.chance, second.chance)
    share = np.divide(joint - product, joint, out=np.zeros(joint.shape), where=~never)
    scaled, against = one[1] / first.chance, other[1] / second.chance
    bound = (one[1] ** 2 / first.chance) @ never.sum(axis=1) + never.sum(axis=0) @ (other[1] ** 2 / second.chance)
    return float(scaled @ share @ against + (0.5 if same else -0.5) * bound)
