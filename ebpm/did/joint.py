"""From values and the influence of every cluster on them to estimates with a joint covariance and a simultaneous band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.stats.inference import sup_t, t_estimate

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Leads:
    """Coefficients by event time from one regression.

    Parameters
    ----------
    positions : event times, ascending, length L.
    values : shape (L,).
    influence : contribution of each cluster, shape (G, L).
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
    df : degrees of freedom of the intervals; infinity for the normal.
    conf_level : level of the intervals.
    notices : what the guard rails found.
    """

    method: str
    estimand: str = "att"
    rows: int
    df: float
    conf_level: float
    notices: Notices = field(default_factory=Notices)

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
        influence : shape (G, m).
        positions : of the first items on the horizontal axis.
        headline : term of the headline.
        """
        return self.given(
            kind,
            named,
            values,
            influence.T @ influence,
            clusters=len(influence),
            positions=positions,
            headline=headline,
        )

    def given(
        self,
        kind: str,
        named: Sequence[tuple[str, str]],
        values: Floats,
        covariance: Floats,
        *,
        clusters: int,
        positions: Sequence[float] = (),
        headline: str = OVERALL,
    ) -> Estimates:
        """Return the estimates from their joint covariance, shape (m, m), over so many clusters."""
        errors = np.sqrt(np.diag(covariance))
        items = tuple(
            self._estimate(name, reason, float(value), float(error), clusters=clusters)
            for (name, reason), value, error in zip(named, values, errors, strict=True)
        )
        kept = [place for place, (_, reason) in enumerate(named[: len(positions)]) if not reason]
        band = (
            sup_t(covariance[np.ix_(kept, kept)], conf_level=self.conf_level)
            if kept
            else Unavailable("no_joint_covariance")
        )
        return Estimates(
            items=items, headline_term=headline, notices=self.notices, kind=kind, covariance=covariance,
            positions=tuple(map(float, positions)), critical_value=band,
        )  # fmt: skip

    def _estimate(self, name: str, reason: str, value: float, error: float, *, clusters: int) -> Estimate:
        if not reason:
            return t_estimate(
                value, error, df=self.df, conf_level=self.conf_level, term=name, n=self.rows, clusters=clusters,
                estimand=self.estimand, method=self.method,
            )  # fmt: skip
        none = Unavailable(reason)
        return Estimate(
            term=name, estimate=value, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none,
            conf_level=self.conf_level, n=self.rows, clusters=clusters, estimand=self.estimand, method=self.method,
        )  # fmt: skip
