"""The cumulative hazard that a proportional hazards model predicts for somebody, with its variance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ebpm.stats.survival.cox import CoxFit
from ebpm.stats.survival.risk_sets import Floats

CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """A cumulative hazard at the times of events of each stratum.

    Parameters
    ----------
    hazard : shape (m,), at the times of the likelihood's risk sets.
    variance : of it, shape (m,).
    """

    hazard: Floats
    variance: Floats


def predicted_hazard(fit: CoxFit, values: Floats, *, robust: bool) -> Predicted:
    """Return the cumulative hazard of somebody in every stratum.

    Parameters
    ----------
    fit : of the model.
    values : covariates, shape (p,).
    robust : variance by the infinitesimal jackknife over persons instead of the inverse information.

    Formula: H(t) = sum of q h over terms up to t, h the jump of the baseline hazard and q the relative risk. Variance: sum of q^2 h / n + a'
    I^-1 a, a the sum of q h (x - mean). Jackknife: influence = q times the integral of dM / n, plus a' times that on the coefficients.

    Source: Tsiatis (1981), Annals of Statistics 9(1); Therneau and Grambsch (2000), Modeling Survival Data, section 10.2.
    """
    likelihood, at, sets = fit.likelihood, fit.at, fit.likelihood.sets
    centred = values - fit.means
    q = float(np.exp(centred @ fit.coefficients - at.shift))
    hazard = sets.forward(likelihood.by_time(q * at.hazard))
    lever = sets.forward(likelihood.by_time((q * at.hazard)[:, None] * (centred - at.mean)))
    if robust:
        return Predicted(hazard=hazard, variance=np.concatenate([*_jackknife(fit, q, lever)]))
    squares = sets.forward(likelihood.by_time(q**2 * at.hazard**2 / likelihood.mass))
    return Predicted(hazard=hazard, variance=squares + np.einsum("jp,pq,jq->j", lever, fit.bread, lever))


def hazard_influence(fit: CoxFit, values: Floats, place: int) -> Floats:
    """Return the derivative of the cumulative hazard at one time with respect to the weight of each row, shape (n,).

    Parameters
    ----------
    fit : of the model.
    values : covariates, shape (p,).
    place : of the time among those of the likelihood's risk sets.
    """
    likelihood, at, sets = fit.likelihood, fit.at, fit.likelihood.sets
    centred = values - fit.means
    q = float(np.exp(centred @ fit.coefficients - at.shift))
    lever = sets.forward(likelihood.by_time((q * at.hazard)[:, None] * (centred - at.mean)))[place]
    until = (np.arange(len(sets)) <= place) & (sets.group == sets.group[place])
    return np.asarray(q * _martingale(fit, until[likelihood.place]) + fit.influence() @ lever)


def _martingale(fit: CoxFit, until: Floats) -> Floats:
    """The integral of dM_i / n over chosen terms, shape (n,)."""
    likelihood, at, event = fit.likelihood, fit.at, fit.likelihood.event
    inverse = until * at.hazard / likelihood.mass
    found = -at.risk * likelihood.accumulated(inverse * at.hazard)
    terms = np.bincount(likelihood.place, minlength=len(likelihood.sets))
    found[event] += (likelihood.by_time(inverse) / terms)[likelihood.sets.last[event] - 1]
    return found


def _jackknife(fit: CoxFit, q: float, lever: Floats) -> Iterator[Floats]:
    """Yield the variance of the cumulative hazard, some times at once."""
    likelihood, sets, spells = fit.likelihood, fit.likelihood.sets, fit.likelihood.spells
    slopes = fit.influence()
    width = max(1, CELLS // len(spells))
    for start in range(0, len(sets), width):
        places = range(start, min(start + width, len(sets)))
        columns = [
            q * _martingale(fit, ((np.arange(len(sets)) <= place) & (sets.group == sets.group[place]))[likelihood.place])
            + slopes @ lever[place] for place in places
        ]  # fmt: skip
        yield (spells.by_person(np.stack(columns, axis=1)) ** 2).sum(axis=0)
