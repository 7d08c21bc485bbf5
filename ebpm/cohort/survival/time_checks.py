"""Guard rails of time to event: thin follow-up at the horizon, few events, ties, several kinds of events, few clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.errors import DesignError
from ebpm.notices import Notice, Notices
from ebpm.stats.survival.risk_sets import Floats

LEAST_AT_RISK = 10
LEAST_EVENTS = 20
EVENTS_PER_COVARIATE = 10
TIED = 0.1
LEAST_CLUSTERS = 40


def refuse_beyond(curves: Sequence[Curve], times: Sequence[float], *, open_end: Callable[[Curve], bool]) -> None:
    """Refuse times at which a curve is not known.

    Parameters
    ----------
    curves : one a group.
    times : of follow-up.
    open_end : whether a curve may still move after its last time.

    Raises
    ------
    DesignError : if a time lies beyond the follow-up of a group.
    """
    for curve in curves:
        if max(times) > curve.last_time and open_end(curve):
            raise DesignError(
                "survival_beyond", time=f"{max(times):g}", group=curve.label or "-", last=f"{curve.last_time:g}"
            )


def times_of(at: float | Sequence[float]) -> tuple[float, ...]:
    """Return times of follow-up, checked.

    Raises
    ------
    DesignError : if one is no number of zero or more.
    """
    given = (at,) if isinstance(at, (str, bytes)) or not isinstance(at, Iterable) else tuple(at)
    found = tuple(map(_number, given))
    for said, time in zip(given, found, strict=True):
        if not 0 <= time < float("inf"):
            raise DesignError("survival_time", time=said)
    return found


def _number(time: object) -> float:
    """Not a number where it is none, as a text is."""
    try:
        return float("nan") if isinstance(time, str) else float(time)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def positive(time: float, argument: str = "horizon") -> float:
    """Return a horizon, or the length of a step, checked.

    Raises
    ------
    DesignError : if it is not a positive number.
    """
    found = _number(time)
    if not 0 < found < float("inf"):
        raise DesignError("survival_horizon", argument=argument, time=time)
    return found


def few_at_risk(curves: Sequence[Curve], time: float) -> Notices:
    """C452: few are still followed at the horizon."""
    counts = [(curve.label, curve.at_risk_at(time)) for curve in curves]
    return Notices(tuple(
        Notice("C452", group, {"time": f"{time:g}", "count": count, "least": LEAST_AT_RISK})
        for group, count in counts if count < LEAST_AT_RISK
    ))  # fmt: skip


def few_in_arms(curves: Sequence[Curve], horizon: float) -> Notices:
    """C459: few events by the horizon in an arm for a normal interval."""
    counts = {curve.label: int(curve.events[curve.times <= horizon].sum()) for curve in curves}
    few = [label for label, count in counts.items() if count < LEAST_EVENTS]
    if not few:
        return Notices()
    facts = {"count": min(counts.values()), "least": LEAST_EVENTS, "horizon": f"{horizon:g}"}
    return Notices((Notice("C459", "; ".join(few), facts),))


def few_events(events: int, covariates: int) -> Notices:
    """C451: few events for each coefficient."""
    if events >= EVENTS_PER_COVARIATE * covariates:
        return Notices()
    facts = {
        "events": events,
        "covariates": covariates,
        "each": f"{events / covariates:.1f}",
        "least": EVENTS_PER_COVARIATE,
    }
    return Notices((Notice("C451", "", facts),))


def heavy_ties(hazard: Floats, events: Floats, time: str) -> Notices:
    """C453: times are so coarse that many events share one.

    Parameters
    ----------
    hazard : share of those at risk who have the event at each time, shape (m,).
    events : at each time, shape (m,).
    time : name of the column.
    """
    share = float((hazard * events).sum() / events.sum())
    tied = float(events[events > 1].sum() / events.sum())
    if share <= TIED or tied <= TIED or len(events) < 2:
        return Notices()
    return Notices((Notice("C453", time, {"share": share, "tied": tied, "times": len(events)}),))


def few_clusters(follow_up: FollowUp, column: str | None) -> Notices:
    """C458: few clusters for a normal reference."""
    if not follow_up.clustered or follow_up.clusters >= LEAST_CLUSTERS:
        return Notices()
    return Notices((Notice("C458", column or "", {"clusters": follow_up.clusters, "least": LEAST_CLUSTERS}),))
