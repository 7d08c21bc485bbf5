"""What happens in which step of time, given covariates: a pooled logistic regression, and the weights that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.terms import Terms
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.glm import GLMFit, logit
from ebpm.stats.regression.stacked import Nuisance, Weights
from ebpm.texts import label

MOST_DUMMIES = 6


class Dated(Protocol):
    """Persons who begin something at a time: whether (`begun`), when (`started`), and their last time (`exit`)."""

    @property
    def begun(self) -> NDArray[np.bool_]: ...
    @property
    def started(self) -> Floats: ...
    @property
    def exit(self) -> Floats: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """Persons whose time ends with what is awaited (the event, or being lost), or without it.

    Parameters
    ----------
    begun : whether it ends with it, shape (n,).
    exit : when it ends, shape (n,).
    """

    begun: NDArray[np.bool_]
    exit: Floats

    @property
    def started(self) -> Floats:
        """When it happens; infinite where it does not, shape (n,)."""
        return np.where(self.begun, self.exit, np.inf)

    @property
    def n(self) -> int:
        """Persons."""
        return len(self.exit)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of n persons when a step begins.

    Parameters
    ----------
    terms : covariates at time zero, c of them.
    since : times from which on something else holds too, infinite where it never does, shape (n, q); q may be 0.
    changes : names of these.
    """

    terms: Terms
    since: Floats
    changes: tuple[str, ...]

    @classmethod
    def at_zero(cls, terms: Terms) -> Known:
        """Return covariates that stay as they are."""
        return cls(terms, np.empty((len(terms.matrix), 0)), ())

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns."""
        return (*self.terms.names, *self.changes)

    def of(self, person: Ints, begins: Floats | float) -> Floats:
        """Return the covariates of some persons in steps that begin then, shape (r, columns)."""
        held = self.since[person] <= np.reshape(begins, (-1, 1))
        return np.column_stack([self.terms.matrix[person], held])


@dataclass(frozen=True, slots=True, eq=False)
class StartModel:
    """Chances of beginning treatment (or of being lost) in each step of time, of those who have not begun.

    Parameters
    ----------
    known : covariates of each person.
    clock : functions of the step, shape (steps, t).
    chances : fitted, shape (n, steps), of everybody in every step.
    coefficients : constant, covariates, functions of the step, shape (k,).
    influence : of each person on the coefficients, shape (n, k).
    interval : length of a step, in the unit of time.
    step : the step in which each person begins; one beyond the last where she does not, shape (n,).
    starters : persons who begin in each step, shape (steps,).
    """

    known: Known
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

    def of_persons(self, terms: Terms) -> StartModel:
        """Return the same model with the chances of other persons."""
        known = Known.at_zero(terms)
        active = int(np.flatnonzero(self.starters).max(initial=-1)) + 1
        return replace(self, known=known, chances=_chances(self.coefficients, known, self.clock, active, self.interval))

    def design(self, person: Ints, step: int) -> Floats:
        """Return the regressors of some persons in one step, shape (r, k)."""
        clock = np.broadcast_to(self.clock[step], (len(person), self.clock.shape[1]))
        return np.column_stack([np.ones(len(person)), self.known.of(person, step * self.interval), clock])

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


def fit_start(found: Dated, known: Known, *, until: float, interval: float, base: Floats | None = None) -> StartModel:
    """Fit the chances of beginning treatment in steps of time.

    Parameters
    ----------
    found : when the n persons begin, and how long they are followed.
    known : covariates; none, for the numerator of stabilised weights.
    until : end of the last step.
    interval : length of a step, in the unit of time.
    base : sampling weights, shape (n,); ones where None.

    Raises
    ------
    DesignError : if nobody begins in a step that has a chance of its own, covariates are collinear, or tell exactly who begins.

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
    design = np.column_stack([np.ones(len(person)), known.of(person, (now * interval).astype(np.float64)), clock[now]])
    fit = _fitted((step[person] == now).astype(np.float64), design, None if base is None else base[person], known.names)
    influence = group_sums(fit.scores @ fit.bread, person, groups=found.n)
    chances = _chances(fit.coefficients, known, clock, active, interval)
    return StartModel(known, clock, chances, fit.coefficients, influence, interval, step, starters)


def _chances(coefficients: Floats, known: Known, clock: Floats, active: int, interval: float) -> Floats:
    """Chances in every step, zero after the last in which anybody begins, shape (n, steps)."""
    fixed, every = 1 + len(known.terms.names), 1 + len(known.names)
    begins = np.arange(len(clock)) * interval
    predictor = (known.terms.design @ coefficients[:fixed])[:, None] + clock @ coefficients[every:]
    for times, change in zip(known.since.T, coefficients[fixed:every], strict=True):
        predictor = predictor + change * (times[:, None] <= begins)
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


def _fitted(begins: Floats, design: Floats, base: Floats | None, names: tuple[str, ...]) -> GLMFit:
    if not begins.any():
        raise DesignError("cohort_start_separated", begun=0, rows=len(begins))
    try:
        return logit(begins, design, weights=base)
    except DesignError as error:
        if error.code in {"glm_separation", "glm_constant_outcome"}:
            raise DesignError("cohort_start_separated", begun=int(begins.sum()), rows=len(begins)) from error
        if error.code == "glm_collinear":
            place = int(str(error.facts["column"])) - 2
            column = names[place] if place < len(names) else label("cohort_start_clock")
            raise DesignError("cohort_collinear", column=column, columns=", ".join(names) or "-") from error
        raise
