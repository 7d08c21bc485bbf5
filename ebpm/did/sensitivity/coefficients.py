"""What the analyses of departures from parallel trends need of an event study: coefficients, covariance, target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates, Unavailable
from ebpm.moments.frame import Floats, one_of
from ebpm.stats.given import made_by, numbers

AVERAGE = "average"
Target = str | Mapping[str, float] | Sequence[float]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """An event study relative to a reference period: P coefficients before it and Q from treatment on.

    Parameters
    ----------
    values : shape (P + Q,), the reference left out.
    covariance : shape (P + Q, P + Q).
    before : P.
    weights : l, of the Q effects in the target, shape (Q,).
    reference : event time of the reference.
    """

    values: Floats
    covariance: Floats
    before: int
    weights: Floats
    reference: float = -1.0

    @property
    def contrast(self) -> Floats:
        """The weights of all coefficients, shape (P + Q,)."""
        return np.concatenate([np.zeros(self.before), self.weights])

    @property
    def estimate(self) -> float:
        return float(self.contrast @ self.values)

    @property
    def std_error(self) -> float:
        return float(np.sqrt(self.contrast @ self.covariance @ self.contrast))

    @property
    def steps(self) -> Floats:
        """Periods from the reference to each coefficient, shape (P + Q,)."""
        return np.concatenate([-np.arange(self.before, 0, -1.0), np.arange(1.0, len(self.weights) + 1)])

    @property
    def places(self) -> Floats:
        """Event time of each coefficient, shape (P + Q,)."""
        return self.reference + self.steps

    def original(self, alpha: float) -> Interval:
        """Return the interval of the target under exactly parallel trends."""
        half = float(ndtri(1 - alpha / 2)) * self.std_error
        return self.estimate - half, self.estimate + half

    @classmethod
    def of(cls, study: Estimates, target: Target = AVERAGE) -> Coefficients:
        """Read an event study.

        Parameters
        ----------
        study : with one reference period and a joint covariance.
        target : "average" of the effects from event time 0 on, one of these event times, or weights: {event time: weight}, or one a
            coefficient after the reference, in order.

        Raises
        ------
        DataError : a target that is none of these, or has no weight other than zero.
        DesignError : no single reference, gaps between periods, no period before the reference, effects without standard error, or
            with one of zero.
        """
        places = np.asarray(made_by(study, Estimates, "study").positions)
        items = study.items[: len(places)]
        lacking = [place for place, item in enumerate(items) if isinstance(item.std_error, Unavailable)]
        reference = places[lacking[0]] if len(lacking) == 1 else np.nan
        before, after = places[places < reference], places[places > reference]
        joint, events = study.covariance, study.kind == "event" and len(before) > 0 and (after >= 0).any()
        if isinstance(joint, Unavailable) or not events or not (np.diff(places) == 1).all() or not reference < 0:
            span = f"{places.min():g} … {places.max():g}" if len(places) else "-"
            raise DesignError("did_honest_event", kind=study.kind, count=len(places), span=span, lacking=len(lacking))
        kept = np.delete(np.arange(len(places)), lacking)
        if not (np.diag(joint)[kept] > 0).all():
            raise DesignError("did_honest_exact", count=int((np.diag(joint)[kept] <= 0).sum()), every=len(kept))
        values = np.array([items[place].estimate for place in kept])
        return cls(values, joint[np.ix_(kept, kept)], len(before), _weights(after, target), float(reference))


def _weights(after: Floats, target: Target) -> Floats:
    """Return the weight of each event time after the reference."""
    terms = [f"{place:g}" for place in after]
    if isinstance(target, str):
        treated = after >= 0
        at = one_of(target, (AVERAGE, *(term for term, late in zip(terms, treated, strict=True) if late)), "target")
        chosen = treated if at == AVERAGE else np.array([term == at for term in terms])
        return np.asarray(chosen / chosen.sum())
    if isinstance(target, Mapping):
        known = {str(term): float(weight) for term, weight in target.items()}
        for term in known:
            one_of(term, terms, "target")
        weights = np.array([known.get(term, 0.0) for term in terms])
    else:
        weights = np.array(numbers(target, "target"), dtype=np.float64)
    if weights.shape != after.shape or not np.isfinite(weights).all() or not weights.any():
        raise DataError("did_honest_target", target=target, terms=", ".join(terms))
    return weights
