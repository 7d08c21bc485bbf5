"""Cox's partial likelihood with ties by Efron or Breslow: value, score and information by running sums over risk sets.

The information needs no second moments by risk set: the sum over events of S2 / S0 is X' diag(r H) X, r the relative risks and H what
each row has accumulated of the baseline hazard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.stats.survival.risk_sets import Bools, Floats, Ints, RiskSets, Spells

TIES = ("efron", "breslow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The risk sets at some coefficients, one element a term of the likelihood.

    Parameters
    ----------
    log_likelihood : its value.
    score : its derivative, shape (p,).
    risk : r, exp of the linear predictor less `shift`, shape (n,).
    shift : the largest linear predictor.
    hazard : jump of the baseline hazard of each term, for somebody whose linear predictor is `shift`, shape (e,).
    mean : mean covariates in the risk set of each term, shape (e, p).
    """

    log_likelihood: float
    score: Floats
    risk: Floats
    shift: float
    hazard: Floats
    mean: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialLikelihood:
    """Rows, risk sets at the times of events, and the terms of the likelihood.

    Parameters
    ----------
    spells : n rows; any event above 0 counts.
    sets : risk sets at the m distinct times of events of each stratum.
    covariates : X less its means, shape (n, p).
    place : time of each of e terms: one an event (Efron) or one a time (Breslow), shape (e,).
    fraction : share of the tied events that a term takes out of the risk set, shape (e,).
    mass : weight of each term, shape (e,).
    """

    spells: Spells
    sets: RiskSets
    covariates: Floats
    place: Ints
    fraction: Floats
    mass: Floats

    @classmethod
    def of(
        cls, spells: Spells, covariates: Floats, *, ties: str = "efron", sets: RiskSets | None = None
    ) -> PartialLikelihood:
        """Return the likelihood of rows.

        Parameters
        ----------
        spells : n rows, with an event at least; `group` are the strata.
        covariates : shape (n, p).
        ties : "efron" or "breslow".
        sets : risk sets at the times of events, where some stay at risk after their end.
        """
        event = spells.event > 0
        sets = RiskSets.of(spells, at=event) if sets is None else sets
        counts = sets.at_exit(np.ones(len(spells)), event).astype(np.int64)
        weight = sets.at_exit(spells.weights, event)
        place, fraction, mass = np.arange(len(sets)), np.zeros(len(sets)), weight
        if ties == "efron":
            place = np.repeat(place, counts)
            number = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
            fraction, mass = number / counts[place], (weight / counts)[place]
        return cls(
            spells=spells,
            sets=sets,
            covariates=np.asfortranarray(covariates - covariates.mean(axis=0)),
            place=place,
            fraction=fraction,
            mass=mass,
        )

    @property
    def event(self) -> Bools:
        """Rows that end with an event, shape (n,)."""
        return self.spells.event > 0

    def at(self, coefficients: Floats) -> Moments:
        """Return value, score and what the information needs at some coefficients, shape (p,)."""
        X, weights, event = self.covariates, self.spells.weights, self.event
        happened = np.where(event, weights, 0.0)
        predictor = X @ coefficients
        shift = float(predictor.max(initial=0.0))
        predictor -= shift
        risk = np.exp(predictor)
        held = weights * risk
        carried = np.vstack([X.T * held, held]).T
        inside = self.sets.sums(carried)[self.place]
        if self.fraction.any():
            inside = inside - self.fraction[:, None] * self.sets.at_exit(carried, event)[self.place]
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard, mean = self.mass / inside[:, -1], inside[:, :-1] / inside[:, -1:]
            value = happened @ predictor - self.mass @ np.log(inside[:, -1])
        score = happened @ X - self.mass @ mean
        return Moments(log_likelihood=float(value), score=score, risk=risk, shift=shift, hazard=hazard, mean=mean)

    def accumulated(self, terms: Floats) -> Floats:
        """Return, for each row, the sum of terms over its risk sets; at its own event the part that Efron leaves it.

        Parameters
        ----------
        terms : shape (e,) or (e, k).
        """
        event, last = self.event, self.sets.last - 1
        total = self.sets.spread(self.by_time(terms))
        if self.fraction.any():
            share = self.fraction if terms.ndim == 1 else self.fraction[:, None]
            total[event] -= self.by_time(share * terms)[last[event]]
        return total

    def by_time(self, terms: Floats) -> Floats:
        """Return sums of terms by time, shape (m,) or (m, k)."""
        if terms.ndim == 1:
            return np.asarray(np.bincount(self.place, terms, minlength=len(self.sets)), dtype=np.float64)
        columns = [np.bincount(self.place, column, minlength=len(self.sets)) for column in terms.T]
        return np.stack(columns, axis=1)

    def crude_information(self, at: Moments, scale: Floats | None = None) -> Floats:
        """Return X' diag(r H) X, shape (p, p), with each term's hazard multiplied by `scale`, shape (e,)."""
        hazard = at.hazard if scale is None else scale * at.hazard
        carried = self.spells.weights * at.risk * self.accumulated(hazard)
        return np.asarray((self.covariates * carried[:, None]).T @ self.covariates)

    def information(self, at: Moments, scale: Floats | None = None) -> Floats:
        """Return the sum over terms of the covariance of the covariates in the risk set, times `scale`, shape (p, p)."""
        mass = self.mass if scale is None else scale * self.mass
        return self.crude_information(at, scale) - (at.mean * mass[:, None]).T @ at.mean

    def residuals(self, at: Moments) -> Floats:
        """Return the score residual of each row at weight one: the integral of x - mean(t) over its martingale, shape (n, p).

        Source: Therneau and Grambsch (2000), Modeling Survival Data, section 4.6 and, for Efron's ties, 3.3.
        """
        event, X = self.event, self.covariates
        expected = X * self.accumulated(at.hazard)[:, None] - self.accumulated(at.hazard[:, None] * at.mean)
        found = -at.risk[:, None] * expected
        found[event] += X[event] - self.mean_at_event(at)
        return found

    def mean_at_event(self, at: Moments) -> Floats:
        """Return the mean covariates at the time of each event, averaged over the terms of a tie, shape (events, p)."""
        terms = np.bincount(self.place, minlength=len(self.sets))
        means = self.by_time(at.mean) / terms[:, None]
        return np.asarray(means[self.sets.last[self.event] - 1])
