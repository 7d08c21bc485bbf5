"""Which components of a structural time series move at random, and the moving averages that differencing makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz

Floats = NDArray[np.float64]

ONE = np.array([1.0, -1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What moves at random, besides the irregular.

    Parameters
    ----------
    slope : whether the level has a slope that is a random walk.
    cycle : periods of a season that is a random walk; 0 where there is none.
    """

    slope: bool = False
    cycle: int = 0

    @property
    def difference(self) -> Floats:
        """The polynomial that removes the random walks."""
        return self._product("level", "slope", "season")

    @property
    def names(self) -> tuple[str, ...]:
        """The components that have a variance."""
        return ("irregular", "level", *(("slope",) if self.slope else ()), *(("season",) if self.cycle else ()))

    @property
    def kernels(self) -> Floats:
        """Autocovariances of the differenced components, each of variance 1, at lags 0 .. degree, shape (m, degree + 1)."""
        left = {
            "irregular": self.difference,
            "level": self._product("slope", "season"),
            "slope": self._product("season"),
            "season": self._product("level", "slope"),
        }
        degree = len(self.difference)
        return np.array([[one[lag:] @ one[: len(one) - lag] if lag < len(one) else 0.0 for lag in range(degree)]
                         for one in (left[name] for name in self.names)])  # fmt: skip

    def _product(self, *parts: str) -> Floats:
        found = np.ones(1)
        for part in parts:
            factor = {"level": ONE, "slope": ONE if self.slope else np.ones(1), "season": np.ones(max(self.cycle, 1))}
            found = np.convolve(found, factor[part])
        return found


def shares(logs: Floats) -> Floats:
    """Return the variances over their sum from the logarithms of the ratios to the first."""
    raised = np.exp(np.r_[0.0, logs] - max(0.0, float(logs.max())))
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def operator(polynomial: Floats, length: int) -> Floats:
    """Return the polynomial in the backshift as a lower triangular matrix."""
    column = np.pad(polynomial, (0, length - len(polynomial)))
    return np.asarray(toeplitz(column, np.r_[polynomial[0], np.zeros(length - 1)]), dtype=np.float64)
