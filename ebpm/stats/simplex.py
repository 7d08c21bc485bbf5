"""Least squares with weights that are at least zero and sum to one, solved exactly by an active set, and all minima where there are several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs
from scipy.optimize import linprog, nnls

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

DEPENDENT = 1e-12
OPTIMAL = 1e-14
LEVEL = 1e-11
FAINT = 1e-9
STEPS = 50


@dataclass(frozen=True, slots=True)
class Simplex:
    """The weights that minimise a sum of squares over the simplex.

    Parameters
    ----------
    weights : shape (J,), each at least zero, summing to one; where several minimise, the most even.
    violation : largest breach of the optimality conditions, as a share of the lengths that enter it.
    moves : orthonormal directions in which weights can move at the minimum without changing the fit, shape (J, m); zero columns
        where the weights are unique but for the bounds.
    """

    weights: Floats
    violation: float
    moves: Floats

    def reach(self, values: Floats) -> tuple[float, float]:
        """Return the least and the largest values'w over all weights that minimise.

        Parameters
        ----------
        values : shape (J,).
        """
        found = float(values @ self.weights)
        slopes = values @ self.moves
        if not self.moves.size or not np.abs(slopes).max() > LEVEL * np.abs(values).max():
            return found, found
        free = [(None, None)] * len(slopes)
        ends = [
            linprog(sign * slopes, A_ub=-self.moves, b_ub=self.weights, bounds=free).fun * sign for sign in (1.0, -1.0)
        ]
        return found + float(ends[0]), found + float(ends[1])


def fit_simplex(columns: Floats, target: Floats, *, ridge: float = 0.0, costs: Floats | None = None) -> Simplex:
    """Minimise |columns w - target|^2 + ridge |w|^2 + costs'w over w >= 0, sum w = 1.

    Parameters
    ----------
    columns : shape (R, J); one column a donor.
    target : shape (R,).
    ridge : at least zero.
    costs : shape (J,); none where None.

    Formula: as the weights sum to one, columns w - target = (columns - target) w: the minimum is the point of a polytope nearest to
    the origin. Wolfe's method solves for the weights on a set of columns, steps back to the boundary and drops a column where
    one would be negative, and adds the column of steepest descent until none descends. Of several minima that with the least
    sum of squared weights is taken, a least-distance problem.

    Source: Wolfe (1976), Mathematical Programming 11; Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.stats.simplex import fit_simplex
    >>> fit_simplex(np.array([[0.0, 2.0, 9.0], [0.0, 0.0, 9.0]]), np.array([0.5, -1.0])).weights.tolist()
    [0.75, 0.25, 0.0]
    """
    problem = _Problem.of(columns, target, ridge, costs)
    firm = ridge > FAINT * _usual(problem.gram.diagonal())
    weights = problem.minimise(_first(problem, firm=firm))
    rises = problem.rises(weights)
    level = np.flatnonzero((rises <= LEVEL) | (weights > 0))
    moves = np.zeros((len(weights), 0)) if firm or len(level) < 2 else _moves(columns, level, ridge)
    if moves.size:
        even = _evened(weights, moves)
        weights = even if problem.violation(even) <= max(problem.violation(weights), LEVEL) else weights
    return Simplex(weights, problem.violation(weights), moves)


def _first(problem: _Problem, *, firm: bool) -> Floats:
    if firm:
        return problem.thinned()
    first = np.zeros(len(problem.linear))
    first[int(np.argmin(problem.gram.diagonal() + 2.0 * problem.linear))] = 1.0
    return first


def _moves(columns: Floats, level: Ints, ridge: float) -> Floats:
    """Orthonormal z on the columns at the minimum with columns z = 0 and sum z = 0, as far as a faint ridge can tell."""
    apart = columns[:, level] - columns[:, level[:1]]
    lengths = np.sqrt((apart**2).sum(axis=0))
    usual = _usual(lengths)
    lengths = np.maximum(lengths, usual)
    _, singular, directions = np.linalg.svd(np.vstack([np.full(len(level), usual), apart]) / lengths)
    rank = int((singular > max(1e-10 * singular[0], 10.0 * np.sqrt(ridge) / usual)).sum())
    moves = np.zeros((columns.shape[1], len(level) - rank))
    moves[level] = np.linalg.qr(directions[rank:].T / lengths[:, None])[0]
    return moves


def _evened(weights: Floats, moves: Floats) -> Floats:
    """Return weights + moves y of least length that are at least zero."""
    inside = weights - moves @ (moves.T @ weights)
    sides = np.vstack([moves.T, -inside])
    one = np.zeros(len(sides))
    one[-1] = 1.0
    left = sides @ nnls(sides, one)[0] - one
    even: Floats = inside - moves @ (left[:-1] / left[-1])
    even = np.where(even < LEVEL * even.max(), 0.0, even)
    even /= even.sum()
    return even


@dataclass(frozen=True, slots=True)
class _Problem:
    """w'Gw + 2 f'w over the simplex, everything measured from the column nearest to the target.

    `lengths` are the distances of the columns from it (and the root of the ridge), `gap` is its own distance from the target.
    """

    gram: Floats
    linear: Floats
    lengths: Floats
    gap: float

    @classmethod
    def of(cls, columns: Floats, target: Floats, ridge: float, costs: Floats | None) -> _Problem:
        distances = ((columns - target[:, None]) ** 2).sum(axis=0)
        centre = columns[:, int(np.argmin(distances))]
        points = columns - centre[:, None]
        gram, linear = points.T @ points, points.T @ (centre - target)
        gram.flat[:: len(gram) + 1] += ridge
        if costs is not None:
            linear += costs / 2.0
        return cls(gram, linear, np.sqrt(gram.diagonal()), float(np.sqrt(distances.min())))

    def rises(self, weights: Floats) -> Floats:
        """How steeply the sum of squares rises towards each column, as a share of the lengths that enter it."""
        slopes = self.gram @ weights + self.linear
        mean = float(self.lengths @ weights)
        size = (self.lengths + mean) * (mean + self.gap) + np.abs(self.linear)
        return np.divide(slopes - slopes @ weights, size, out=np.zeros_like(slopes), where=size > 0)

    def violation(self, weights: Floats) -> float:
        rises = self.rises(weights)
        return max(float(-rises.min()), float(np.abs(rises[weights > 0]).max()))

    def minimise(self, weights: Floats) -> Floats:
        for _ in range(STEPS * len(weights)):
            weights = self._on_support(weights)
            rises = self.rises(weights)
            best = int(np.argmin(rises))
            if weights[best] > 0 or rises[best] >= -OPTIMAL:
                break
            step = self._towards(weights, best)
            weights = (1.0 - step) * weights
            weights[best] += step
        return weights

    def thinned(self) -> Floats:
        """Weights to begin with: of all columns, those left out that would be negative, and again, until none is."""
        support = np.arange(len(self.linear))
        wanted = self._wanted(support, np.full(len(support), 1.0 / len(support)))
        while (wanted <= 0).any():
            support = support[wanted > 0]
            wanted = self._wanted(support, np.full(len(support), 1.0 / len(support)))
        weights = np.zeros(len(self.linear))
        weights[support] = wanted / wanted.sum()
        return weights

    def _towards(self, weights: Floats, column: int) -> float:
        """Return the step along the edge to a column that brings the sum of squares lowest."""
        product = self.gram @ weights
        slopes = product + self.linear
        bend = float(self.gram[column, column] - 2.0 * product[column] + weights @ product)
        descent = float(slopes @ weights - slopes[column])
        return min(1.0, descent / bend) if bend > descent else 1.0

    def _on_support(self, weights: Floats) -> Floats:
        """Move to the minimum over the columns that carry weight, dropping those that it would make negative."""
        support = np.flatnonzero(weights > 0)
        held = weights[support]
        while len(support) > 1:
            wanted = self._wanted(support, held)
            falling = wanted <= 0
            if not falling.any():
                held = wanted
                break
            steps = held[falling] / (held[falling] - wanted[falling])
            held = held + steps.min() * (wanted - held)
            held[np.flatnonzero(falling)[steps <= steps.min()]] = 0.0
            kept = held > 0
            support, held = support[kept], held[kept]
        moved = np.zeros_like(weights)
        moved[support] = held / held.sum()
        return moved

    def _wanted(self, support: Ints, held: Floats) -> Floats:
        """Return the weights on some columns that solve the equations of the minimum, signs left aside."""
        gram = self.gram[support[:, None], support]
        shifted = gram + _least(gram.diagonal())
        factor, failed = dpotrf(shifted, lower=1)
        if failed or (factor.diagonal() ** 2 < DEPENDENT * shifted.diagonal()).any():
            return self._dependent(gram, support, held)
        solved = dpotrs(factor, np.column_stack([np.ones(len(support)), self.linear[support]]), lower=1)[0]
        wanted: Floats = solved[:, 0] * ((1.0 + solved[:, 1].sum()) / solved[:, 0].sum()) - solved[:, 1]
        return wanted

    def _dependent(self, gram: Floats, support: Ints, held: Floats) -> Floats:
        """Columns that depend on each other: go so far in the direction that changes nothing that one of them is dropped."""
        lengths = self.lengths[support]
        sized = np.maximum(lengths, np.sqrt(_least(gram.diagonal())))
        direction = np.linalg.eigh((gram + _least(gram.diagonal())) / np.outer(sized, sized))[1][:, 0] / sized
        direction = direction - direction.mean()
        if float(self.linear[support] @ direction) > 0 or not (direction < 0).any():
            direction = -direction
        falling = direction < 0
        wanted: Floats = held + 2.0 * float((held[falling] / -direction[falling]).min()) * direction
        return wanted


def _usual(sizes: Floats) -> float:
    """The lower median of the sizes above zero; one where there are none."""
    known = np.sort(sizes[sizes > 0])
    return float(known[(len(known) - 1) // 2]) if len(known) else 1.0


def _least(sizes: Floats) -> float:
    return float(sizes[sizes > 0].min()) if sizes.any() else 1.0
