"""Newton's method for several concave functions at once, each known only through its value, slope and curvature at a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ebpm.errors import DesignError
from ebpm.stats.regression.glm import HALVING_SLACK, SMALLEST_RATIO, Floats

MOST_STEPS = 40
CLOSE = 1e-8  # after a step as small as this the next would be as small as its square


@dataclass(frozen=True, slots=True)
class Curve:
    """A concave function at a point.

    Parameters
    ----------
    value : of the function.
    slope : shape (k,).
    curvature : minus the second derivatives, shape (k, k).
    """

    value: float
    slope: Floats
    curvature: Floats

    def step(self) -> Floats:
        """Return Newton's step.

        Raises
        ------
        DesignError : where the function is flat in some direction, as a likelihood is that has no finite maximum.
        """
        scale = 1.0 / np.sqrt(np.maximum(np.diag(self.curvature), np.finfo(float).tiny))
        eigenvalues = np.linalg.eigvalsh(self.curvature * scale * scale[:, None])
        if not eigenvalues[0] > SMALLEST_RATIO * eigenvalues[-1]:
            raise DesignError("glm_separation", iterations=MOST_STEPS)
        return np.asarray(np.linalg.solve(self.curvature, self.slope), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Peak:
    """A maximum: coefficients, shape (k,), and curvature there, shape (k, k)."""

    coefficients: Floats
    curvature: Floats


Evaluate = Callable[[Mapping[int, Floats]], Mapping[int, Curve]]


@dataclass(slots=True)
class _Climb:
    """Where the search for one maximum stands."""

    candidate: Floats
    base: Floats
    known: float = -np.inf
    last: bool = False

    def take(self, curve: Curve) -> Peak | None:
        """Move on from the candidate; return the maximum where it is one."""
        if curve.value < self.known - HALVING_SLACK * (1.0 + abs(self.known)):
            self.candidate = (self.base + self.candidate) / 2.0
            return None
        if self.last:
            return Peak(self.candidate, curve.curvature)
        step = curve.step()
        self.base, self.known, self.last = self.candidate, curve.value, bool(np.abs(step).sum() <= CLOSE)
        self.candidate = self.candidate + step
        return None


def maximise(starts: Mapping[int, Floats], evaluate: Evaluate) -> dict[int, Peak | DesignError]:
    """Return the maxima of several functions, or why there is none.

    Parameters
    ----------
    starts : first coefficients of each function, on a scale on which the data are of the order of one.
    evaluate : from coefficients of some functions to these functions there; it is called once a step for all that are not done.

    Formula: b + H^-1 s, halved towards b while it leads downhill; done after the step that follows one of size 1e-8.

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 2.5.

    Examples
    --------
    >>> import numpy as np
    >>> def square(at):
    ...     return {one: Curve(-float((x[0] - 3) ** 2), -2 * (x - 3), 2 * np.eye(1)) for one, x in at.items()}
    >>> maximise({0: np.zeros(1)}, square)[0].coefficients.tolist()
    [3.0]
    """
    climbs = {one: _Climb(start, start) for one, start in starts.items()}
    found: dict[int, Peak | DesignError] = {}
    for _ in range(MOST_STEPS):
        if not climbs:
            return found
        for one, curve in evaluate({one: climb.candidate for one, climb in climbs.items()}).items():
            try:
                peak = climbs[one].take(curve)
            except DesignError as error:
                found[one] = error
            else:
                if peak is None:
                    continue
                found[one] = peak
            del climbs[one]
    return found | dict.fromkeys(climbs, DesignError("glm_separation", iterations=MOST_STEPS))
