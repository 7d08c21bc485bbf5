"""What happens in which step of time, given covariates: a pooled logistic regression, and the weights that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.glm import GLMFit, logit
from ebpm.stats.groups import group_sums
from ebpm.stats.stacked import Nuisance, Weights

MOST_DUMMIES = 6


class Dated(Protocol):
    """Persons who begin something, or end it, at a time: whether (`begun`), when (`started`), and their last time (`exit`)."""

    @property
    def begun(self) -> NDArray[np.bool_]: ...
    @property
    def started(self) -> Floats: ...
    @property
    def exit(self) -> Floats: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class StartModel:
    """Chances of beginning treatment (or of being lost) in each step of time, of those who have not begun.

    Parameters
    ----------
    matrix : covariates of each person, shape (n, c).
    clock : functions of the step, shape (steps, t).
    chances : fitted, shape (n, steps), of everybody in every step.
    coefficients : constant, covariates, functions of the step, shape (k,).
    influence : of each person on the coefficients, shape (n, k).
    interval : length of a step, in the unit of time.
    step : the step in which each person begins; one beyond the last where she does not, shape (n,).
    starters : persons who begin in each step, shape (steps,).
    """

    matrix: Floats
    clock: Floats
    chances: Floats
    coefficients: Floats
    influence: Floats
    interval: float
    step: Ints
    starters: Ints

    @property
    def steps(self) -> int:
        """Their number."""
        return len(self.clock)

    def of_persons(self, matrix: Floats) -> StartModel:
        """Return the same model with the chances of other persons, shape (m, c)."""
        chances = _chances(
            self.coefficients, matrix, self.clock, int(np.flatnonzero(self.starters).max(initial=-1)) + 1
        )
        return replace(self, matrix=matrix, chances=chances)

    def design(self, person: Ints, step: int) -> Floats:
        """Return the regressors of some persons in one step, shape (r, k)."""
        return np.column_stack([
            np.ones(len(person)), self.matrix[person], np.broadcast_to(self.clock[step], (len(person), self.clock.shape[1]))
        ])  # fmt: skip

    def waited(self, person: Ints, steps: Ints) -> Weights:
        """Return the inverse chance of not having begun in the first so many steps, for each row.

        Parameters
        ----------
        person : of each row, shape (r,).
        steps : complete steps before each row, shape (r,).
        """
        logs, slopes = np.zeros(len(person)), np.zeros((len(person), self.influence.shape[1]))
        for step in range(self.steps):
            rows = np.flatnonzero(steps > step)
            if len(rows):
                chance = self.chances[person[rows], step]
                logs[rows] -= np.log1p(-chance)
                slopes[rows] += chance[:, None] * self.design(person[rows], step)
        return Weights(np.exp(logs), (Nuisance(slopes, self.influence),), person)

    def begun(self, person: Ints, steps: Ints) -> Weights:
        """Return the inverse chance of beginning in the step given, for each row; 1 where the step is below zero."""
        values, slopes = np.ones(len(person)), np.zeros((len(person), self.influence.shape[1]))
        for step in range(self.steps):
            rows = np.flatnonzero(steps == step)
            if len(rows):
                chance = self.chances[person[rows], step]
                values[rows] = 1.0 / chance
                slopes[rows] = (chance - 1.0)[:, None] * self.design(person[rows], step)
        return Weights(values, (Nuisance(slopes, self.influence),), person)


def fit_start(found: Dated, matrix: Floats, *, until: float, interval: float, base: Floats | None = None) -> StartModel:
    """Fit the chances of beginning treatment in steps of time.

    Parameters
    ----------
    found : when the n persons begin, and how long they are followed.
    matrix : covariates at time zero, shape (n, c); none, for the numerator of stabilised weights.
    until : end of the last step.
    interval : length of a step, in the unit of time.
    base : sampling weights, shape (n,); ones where None.

    Raises
    ------
    DesignError : if nobody begins in a step that has a chance of its own, or covariates tell exactly who begins.

    A person counts in a step if she had not begun before it and begins in it, or is still followed at its end. Up to six steps each have
    a coefficient of their own; where there are more, or nobody begins in one, they enter by a line and a parabola. After the last step
    in which anybody begins the chance is taken for zero.
    """
    steps = int(np.ceil(until / interval))
    first = np.maximum(np.ceil(found.started / interval), 1.0) - 1.0
    step = np.where(found.begun & (found.started <= until), first, steps).astype(np.int64)
    starters = np.bincount(step, minlength=steps + 1)[:steps]
    active = int(np.flatnonzero(starters).max(initial=-1)) + 1
    clock = np.zeros((steps, 0)) if not active else _clock(starters[:active], steps)
    places = [
        np.flatnonzero((step == now) | ((step > now) & (found.exit >= min((now + 1) * interval, until))))
        for now in range(active)
    ]
    person = np.concatenate([np.empty(0, dtype=np.int64), *places])
    now = np.repeat(np.arange(active), [len(one) for one in places])
    design = np.column_stack([np.ones(len(person)), matrix[person], clock[now]])
    fit = _fitted((step[person] == now).astype(np.float64), design, None if base is None else base[person])
    influence = group_sums(fit.scores @ fit.bread, person, groups=found.n)
    chances = _chances(fit.coefficients, matrix, clock, active)
    return StartModel(matrix, clock, chances, fit.coefficients, influence, interval, step, starters)


def _chances(coefficients: Floats, matrix: Floats, clock: Floats, active: int) -> Floats:
    """Chances in every step, zero after the last in which anybody begins, shape (n, steps)."""
    everybody = np.column_stack([np.ones(len(matrix)), matrix]) @ coefficients[: 1 + matrix.shape[1]]
    predictor = everybody[:, None] + clock @ coefficients[1 + matrix.shape[1] :]
    return np.where(np.arange(len(clock)) < active, 1.0 / (1.0 + np.exp(-predictor)), 0.0)


def _clock(starters: Ints, steps: int) -> Floats:
    """Functions of the step, for those up to the last in which anybody begins; zero after it, where nothing is fitted."""
    active = len(starters)
    clock = np.zeros((steps, active - 1))
    if active <= MOST_DUMMIES and starters.all():
        clock[:active] = np.eye(active)[:, 1:]
        return clock
    place = np.arange(steps) / max(active - 1.0, 1.0)
    return np.where(np.arange(steps)[:, None] < active, np.column_stack([place, place**2]), 0.0)


def _fitted(begins: Floats, design: Floats, base: Floats | None) -> GLMFit:
    if not begins.any():
        raise DesignError("cohort_start_separated", begun=0, rows=len(begins))
    try:
        return logit(begins, design, weights=base)
    except DesignError as error:
        if error.code in {"glm_separation", "glm_constant_outcome"}:
            raise DesignError("cohort_start_separated", begun=int(begins.sum()), rows=len(begins)) from error
        raise
