"""Regression of the share that has an event, where others prevent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ebpm.cohort.survival.cox import SUBDISTRIBUTION, Cox, columns_of, cox_result
from ebpm.cohort.survival.follow_up import read_follow_up
from ebpm.moments.frame import Frame, one_of
from ebpm.stats.survival.fine_gray import censoring_influence, fine_gray_fit
from ebpm.stats.survival.partial_likelihood import TIES

ERRORS = ("known", "stacked")


def fine_gray(
    data: Any,
    time: str,
    *,
    event: str,
    events: Mapping[Any, str],
    cause: object,
    treatment: str | None = None,
    covariates: str | Sequence[str] = (),
    control: object = None,
    strata: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    ties: str = "efron",
    errors: str = "known",
    conf_level: float = 0.95,
) -> Cox:
    """Regress the subdistribution hazard of an event, which moves its cumulative incidence, on treatment and covariates.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    time : column of the time from time zero to the first event or the end of follow-up.
    event : column of how follow-up ended.
    events : code -> label of each kind of event; every other code must be 0, False, "censored" or 打ち切り.
    cause : label of the event of interest.
    treatment, covariates, control : as in `cox`.
    strata : column of strata, each with its own baseline and its own distribution of the end of follow-up.
    weights : column of positive weights, taken as known.
    cluster : column of clusters of persons.
    ties : "efron" or "breslow".
    errors : "known" (the weights G are taken as known, as in R survival) or "stacked" (their estimation is counted, as Fine and Gray do).
    conf_level : level of the intervals.

    Returns
    -------
    Cox : logarithms of subdistribution hazard ratios, with standard errors from the influences of persons; its predicted curves take G as known.

    Raises
    ------
    DataError, DesignError : as `cox`.

    Formula: Cox's partial likelihood in which a person with a competing event at T stays at risk with weight G(t-) / G(T-), G the product-limit estimate of
    still being followed. "stacked" adds to the influence of a person the integral of q(u) / n(u) over the martingale of the end of her
    follow-up, q the derivative of the score by log G after u, n those followed at u.

    Assumptions: subdistribution hazard ratios stay the same over time; ends of follow-up are independent of events and covariates (within strata). The ratio is
    about the share that has the event, not about the speed at which it comes: those who had a competing event count as at risk.

    Source: Fine and Gray (1999), JASA 94(446); Geskus (2011), Biometrics 67(1), for the weighted form.

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [1.0, 2, 3, 4, 5, 6, 7, 8], "how": [1, 2, 1, 0, 2, 1, 1, 0], "arm": [0, 1] * 4})
    >>> found = fine_gray(stays, "days", event="how", events={1: "readmitted", 2: "died"}, cause="readmitted", treatment="arm")
    >>> round(found.estimates.headline.estimate, 3)
    -1.237
    """
    one_of(ties, TIES, "ties")
    one_of(errors, ERRORS, "errors")
    frame = Frame.of(data)
    follow_up = read_follow_up(frame, time, event=event, events=events, weights=weights, cluster=cluster)
    kind = follow_up.cause(cause)
    if strata is not None:
        follow_up = follow_up.within(frame.codes(strata, "strata"))
    terms, arms = columns_of(frame, treatment, covariates, control=control, time=time)
    fit = fine_gray_fit(follow_up.spells, terms.matrix, kind=kind, ties=ties, names=terms.names)
    name, influence = f"cohort.fine_gray.{ties}", fit.influence()
    if errors == "stacked":
        name, influence = f"{name}_stacked", influence + censoring_influence(fit, follow_up.spells, kind=kind)
    return cox_result(
        fit, follow_up.counting(kind), terms.names, covariance=follow_up.spells.covariance(influence), arms=arms,
        cluster=cluster, robust=True, conf_level=conf_level, method=name, ratio=SUBDISTRIBUTION,
    )  # fmt: skip
