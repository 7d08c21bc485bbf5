"""Intervals for an effect when trends depart from parallel by a bounded amount (Rambachan and Roth 2023), by restriction and test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ebpm.did.sensitivity.coefficients import Coefficients, Interval
from ebpm.did.sensitivity.flci import shortest
from ebpm.did.sensitivity.moment_tests import (
    INFERENCES,
    MomentTest,
    accepted,
    relative_magnitude_tests,
    smoothness_tests,
)
from ebpm.errors import DesignError

FLCI = "flci"
LARGEST = 1000.0
Tests = Callable[[Coefficients, float, float, str], Iterator[MomentTest]]
_TESTS: dict[str, Tests] = {"relative_magnitudes": relative_magnitude_tests, "smoothness": smoothness_tests}
RESTRICTIONS = {"relative_magnitudes": INFERENCES, "smoothness": (FLCI, *INFERENCES)}


@dataclass(frozen=True, slots=True)
class Robust:
    """A way to intervals of any bound M.

    Parameters
    ----------
    restriction : "relative_magnitudes" or "smoothness".
    inference : "hybrid", "conditional" or "least_favourable"; for "smoothness" also "flci".
    alpha : one less the level.
    """

    restriction: str
    inference: str
    alpha: float

    def interval(self, study: Coefficients, bound: float) -> Interval:
        """Return the values that are not rejected: the smallest and the largest."""
        if self.inference == FLCI:
            return shortest(study, bound, self.alpha)
        found = [accepted(test, study) for test in self._tests(study, bound)]
        kept = [one for one in found if one is not None]
        if not kept:
            raise DesignError("did_honest_failed", bound=bound)
        return min(low for low, _ in kept), max(high for _, high in kept)

    def room(self, study: Coefficients, bound: float) -> float:
        """Return how far zero is from being rejected, negative where it is."""
        if self.inference == FLCI:
            low, high = shortest(study, bound, self.alpha)
            return min(high, -low)
        zero = np.zeros(1)
        return max(float(test.room(zero)[0]) for test in self._tests(study, bound))

    def breakdown(self, study: Coefficients, start: float) -> float | None:
        """Return the smallest bound at which zero is not rejected, a root; None where even the largest tried rejects it.

        Parameters
        ----------
        study : the coefficients.
        start : first bound tried; doubled until zero is not rejected.
        """
        if self.room(study, 0.0) >= 0:
            return 0.0
        low, high = 0.0, start
        while self.room(study, high) < 0:
            low, high = high, 2.0 * high
            if high > LARGEST * start:
                return None
        return float(brentq(lambda bound: self.room(study, bound), low, high, xtol=1e-12 * start, rtol=1e-12))

    def _tests(self, study: Coefficients, bound: float) -> Iterator[MomentTest]:
        return _TESTS[self.restriction](study, bound, self.alpha, self.inference)
