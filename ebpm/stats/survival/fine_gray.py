"""Regression of the subdistribution hazard of one of several events, as a weighted partial likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ebpm.errors import DesignError
from ebpm.stats.survival.cox import CoxFit, cox_fit
from ebpm.stats.survival.risk_sets import Floats, RiskSets, Spells


def fine_gray_fit(
    spells: Spells, covariates: Floats, *, kind: int, ties: str = "efron", names: Sequence[str] = ()
) -> CoxFit:
    """Maximise the partial likelihood in which who had a competing event stays at risk, with a falling weight.

    Parameters
    ----------
    spells : n rows, one a person, followed from the beginning; event 0 is the end of follow-up, and `group` are the strata.
    covariates : shape (n, p).
    kind : code of the event of interest.
    ties : "efron" or "breslow".
    names : of the covariates, for messages.

    Raises
    ------
    DesignError : as `cox_fit`, and with late entries.

    Formula: at t a person whose competing event was at T weighs G(t-) / G(T-), G the product-limit estimate of still being followed, in each
    stratum; at equal times events come before the end of follow-up. The weights are taken as known.

    Source: Fine and Gray (1999), JASA 94(446); Geskus (2011), Biometrics 67(1).
    """
    if np.isfinite(spells.entry).any():
        raise DesignError("fine_gray_entry", rows=int(np.isfinite(spells.entry).sum()))
    mine = spells.event == kind
    if not mine.any():
        raise DesignError("cox_no_events", rows=len(spells))
    sets = RiskSets.of(spells, at=mine)
    every = RiskSets.of(spells)
    followed = _still_followed(spells, every)
    tail = np.empty(len(sets))
    tail[sets.last[mine] - 1] = followed[every.last[mine] - 1]
    share = np.where((spells.event > 0) & ~mine, 1.0 / followed[every.last - 1], 0.0)
    staying = replace(sets, tail=tail, share=share)
    return cox_fit(spells.with_event(mine.astype(np.int64)), covariates, ties=ties, names=names, sets=staying)


def censoring_influence(fit: CoxFit, spells: Spells, *, kind: int) -> Floats:
    """Return what each row adds to the coefficients by its part in the estimate of G, at weight one, shape (n, p).

    Parameters
    ----------
    fit : of `fine_gray_fit`.
    spells : its rows.
    kind : code of the event of interest.

    Formula: (information)^-1 times the integral of q(u) / n(u) over the martingale of the row's end of follow-up, n(u) those followed at u
    and q(u) the derivative of the score by log G after u, sum over t > u >= T of r(t) (x - mean(t)) dH(t) of those with a competing event at T.

    Source: Fine and Gray (1999), JASA 94(446), section 3 and appendix.
    """
    likelihood, at = fit.likelihood, fit.at
    sets, every, mine = likelihood.sets, RiskSets.of(spells), spells.event == kind
    place = np.empty(len(sets), dtype=np.int64)
    place[sets.last[mine] - 1] = every.last[mine] - 1
    jumps = likelihood.by_time(np.column_stack([at.hazard, at.hazard[:, None] * at.mean])) * sets.tail[:, None]
    ahead = np.zeros((len(every), jumps.shape[1]))
    ahead[place] = jumps
    ahead = _after(ahead, every)
    held = spells.weights * at.risk * sets.share
    stay = every.forward(
        every.at_exit(np.column_stack([held, held[:, None] * likelihood.covariates]), spells.event > 0)
    )
    moved = stay[:, :1] * ahead[:, 1:] - stay[:, 1:] * ahead[:, :1]
    left, ends = _leaving(spells, every)
    slope = np.divide(moved, left[:, None], out=np.zeros_like(moved), where=left[:, None] > 0)
    drift = slope * np.divide(ends, left, out=np.zeros_like(left), where=left > 0)[:, None]
    own, censored = every.last - 1, (spells.event == 0)[:, None]
    found = every.spread(drift) - np.where(censored, slope[own], drift[own])
    return np.asarray(found @ fit.bread)


def _after(increments: Floats, sets: RiskSets) -> Floats:
    """Sums over later times of the same group."""
    whole = np.zeros_like(increments)
    for start, stop in sets.bounds:
        whole[start:stop] = increments[start:stop].sum(axis=0)
    return whole - sets.forward(increments)


def _leaving(spells: Spells, every: RiskSets) -> tuple[Floats, Floats]:
    """Those still followed at each time after its events, and those whose follow-up ends then."""
    event = spells.event > 0
    return every.sums(spells.weights) - every.at_exit(spells.weights, event), every.at_exit(spells.weights, ~event)


def _still_followed(spells: Spells, every: RiskSets) -> Floats:
    """G just before each time, shape (m,)."""
    left, ends = _leaving(spells, every)
    last = ends >= left * (1.0 - 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.where(ends > 0, np.where(last, 0.0, 1.0 - ends / left), 1.0)
    followed = np.empty(len(every))
    for start, stop in every.bounds:
        followed[start:stop] = np.cumprod(stay[start:stop])
    return every.before(followed, 1.0)
