"""How the effect may vary with the dose: a B-spline, or one value for each dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from ebpm.moments.frame import Floats


class DoseBasis(Protocol):
    """What the estimator asks of a basis with q functions of the dose.

    An effect is L(d)'(b, m) with the q coefficients b of the change among the treated, and m, the mean change of the untreated.
    """

    @property
    def size(self) -> int:
        """Number of functions q."""

    def design(self, doses: Floats) -> Floats:
        """Return the functions at the doses, shape (n, q)."""

    def levels(self, doses: Floats) -> Floats:
        """Return the rows L that give ATT(d), shape (n, q + 1)."""

    def slopes(self, doses: Floats) -> Floats:
        """Return the rows L that give ACRT(d), shape (n, q + 1)."""


@dataclass(frozen=True, slots=True)
class Spline:
    """A B-spline.

    Parameters
    ----------
    degree : of its pieces.
    low, high : smallest and largest dose.
    inner : knots between them, ascending.

    Source: de Boor (2001), A Practical Guide to Splines, chapter IX.

    Examples
    --------
    >>> import numpy as np
    >>> line = Spline(1, 1.0, 3.0, ())
    >>> line.design(np.array([1.0, 2.0])).tolist(), line.slopes(np.array([2.0])).tolist()
    ([[1.0, 0.0], [0.5, 0.5]], [[-0.5, 0.5, 0.0]])
    """

    degree: int
    low: float
    high: float
    inner: tuple[float, ...]

    @classmethod
    def of(cls, doses: Floats, degree: int, knots: int) -> Spline:
        """Return the spline whose knots cut the doses into parts of equal size."""
        inner = np.quantile(doses, np.linspace(0.0, 1.0, knots + 2)[1:-1])
        return cls(degree, float(doses.min()), float(doses.max()), tuple(map(float, inner)))

    @property
    def size(self) -> int:
        return self.degree + 1 + len(self.inner)

    def design(self, doses: Floats) -> Floats:
        return self._at(doses, 0)

    def levels(self, doses: Floats) -> Floats:
        return np.column_stack([self._at(doses, 0), np.full(len(doses), -1.0)])

    def slopes(self, doses: Floats) -> Floats:
        return np.column_stack([self._at(doses, 1), np.zeros(len(doses))])

    def _at(self, doses: Floats, order: int) -> Floats:
        ends = self.degree + 1
        knots = np.concatenate([[self.low] * ends, self.inner, [self.high] * ends])
        return np.asarray(BSpline(knots, np.eye(self.size), self.degree)(doses, nu=order))


@dataclass(frozen=True, slots=True)
class Saturated:
    """One value for each dose; the slope is the step from the dose below, or from zero.

    Parameters
    ----------
    doses : the q doses, ascending.
    """

    doses: tuple[float, ...]

    @classmethod
    def of(cls, doses: Floats) -> Saturated:
        """Return the basis of the doses that occur."""
        return cls(tuple(map(float, np.unique(doses))))

    @property
    def size(self) -> int:
        return len(self.doses)

    def design(self, doses: Floats) -> Floats:
        same: NDArray[np.bool_] = doses[:, None] == np.array(self.doses)
        return same.astype(np.float64)

    def levels(self, doses: Floats) -> Floats:
        rows: Floats = np.column_stack([self.design(doses), np.full(len(doses), -1.0)])
        return rows

    def slopes(self, doses: Floats) -> Floats:
        every = self.levels(np.array(self.doses))
        steps = np.diff(every, axis=0, prepend=0.0) / np.diff(self.doses, prepend=0.0)[:, None]
        rows: Floats = self.design(doses) @ steps
        return rows
