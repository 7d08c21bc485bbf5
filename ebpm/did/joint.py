"""From values and the influence of every cluster on them to estimates with a joint covariance and a simultaneous band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate
from ebpm.texts import coined

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Leads:
    """Coefficients by event time from one regression.

    Parameters
    ----------
    positions : event times, ascending, length L.
    values : shape (L,).
    influence : contribution of each cluster, shape (R, L); R is G unless they are condensed.
    """

    positions: tuple[int, ...]
    values: Floats
    influence: Floats

    @classmethod
    def none(cls, clusters: int) -> Leads:
        """Return no coefficients."""
        return cls((), np.empty(0), np.empty((clusters, 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How numbers are to be read.

    Parameters
    ----------
    method : entry `method.<code>` of the texts.
    estimand : glossary term.
    rows : rows used.
    clusters : independent of one another.
    df : degrees of freedom of the intervals; infinity for the normal. Where `arms` correct errors they give their own.
    conf_level : level of the intervals.
    notices : what the guard rails found.
    arms : of the clusters; of no use where a covariance is given.
    floor : standard errors up to it are rounding.
    """

    method: str
    estimand: str = "att"
    rows: int
    clusters: int
    df: float
    conf_level: float
    notices: Notices = field(default_factory=Notices)
    arms: Arms = field(default_factory=Arms.none)
    floor: float = 0.0

    def estimates(
        self,
        kind: str,
        named: Sequence[tuple[str, str]],
        values: Floats,
        influence: Floats,
        positions: Sequence[int],
        *,
        headline: str = OVERALL,
    ) -> Estimates:
        """Return the estimates, the last of them by default the headline "overall".

        Parameters
        ----------
        kind : of `Estimates`.
        named : (term, why there is no standard error or an empty string), length m.
        values : shape (m,).
        influence : shape (R, m), a row a cluster unless it is condensed.
        positions : of the first items on the horizontal axis.
        headline : term of the headline.
        """
        covariance, df = self.arms.spread(influence, self.df)
        return self._placed(kind, named, values, (covariance, df), positions=positions, headline=headline)

    def given(
        self,
        kind: str,
        named: Sequence[tuple[str, str]],
        values: Floats,
        covariance: Floats,
        *,
        positions: Sequence[float] = (),
        headline: str = OVERALL,
    ) -> Estimates:
        """Return the estimates from their joint covariance, shape (m, m)."""
        spread = covariance, np.full(len(values), self.df)
        return self._placed(kind, named, values, spread, positions=positions, headline=headline)

    def _placed(
        self, kind: str, named: Sequence[tuple[str, str]], values: Floats, spread: tuple[Floats, Floats], *,
        positions: Sequence[float], headline: str,
    ) -> Estimates:  # fmt: skip
        covariance, df = settled(spread[0], self.floor), spread[1]
        errors = np.sqrt(np.diag(covariance))
        items = tuple(
            self._estimate(name, reason, *map(float, numbers))
            for (name, reason), *numbers in zip(named, values, errors, df, strict=True)
        )
        kept = [place for place, (_, reason) in enumerate(named[: len(positions)]) if not reason]
        band = self.arms.critical(covariance[np.ix_(kept, kept)], df[kept], self.conf_level)
        return Estimates(
            items=items, headline_term=headline, notices=self.notices, kind=kind, covariance=covariance,
            positions=tuple(map(float, positions)), critical_value=band,
        )  # fmt: skip

    def _estimate(self, name: str, reason: str, value: float, error: float, df: float) -> Estimate:
        if not reason:
            return t_estimate(
                value, error, df=df, conf_level=self.conf_level, floor=self.floor, term=name, name=coined(name), n=self.rows, clusters=self.clusters,
                estimand=self.estimand, method=self.method,
            )  # fmt: skip
        none = Unavailable(reason)
        return Estimate(
            term=name, name=coined(name), estimate=value, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none,
            conf_level=self.conf_level, n=self.rows, clusters=self.clusters, estimand=self.estimand, method=self.method,
        )  # fmt: skip


def settled(covariance: Floats, floor: float) -> Floats:
    """Return a covariance, shape (m, m), with zeros for values whose standard errors are rounding, at most `floor`."""
    kept = np.diag(covariance) > floor**2
    return covariance if kept.all() else covariance * np.outer(kept, kept)
