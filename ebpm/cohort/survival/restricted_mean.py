"""Mean time without the event up to a horizon, by arm: differences and ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebpm.cohort.survival.contrasts import HorizonEffects, cells_of
from ebpm.cohort.survival.follow_up import arms_of, read_follow_up
from ebpm.cohort.survival.kaplan_meier import survival_curves
from ebpm.cohort.survival.time_checks import positive, refuse_beyond
from ebpm.moments.frame import Floats, Frame
from ebpm.stats.survival.product_limit import product_limit


def rmst(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str,
    horizon: float,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    control: object = None,
    strata: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> HorizonEffects:
    """Compare the mean time without the event up to a horizon (restricted mean survival time) between arms.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    time : column of the time from time zero to the event or the end of follow-up.
    event, events, cause : as in `kaplan_meier`.
    treatment : column of arms.
    horizon : time up to which life without the event is counted, chosen before seeing results; in the unit of `time`.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of strata within which arms are compared; their shares of all rows weigh them.
    weights : column of positive weights, taken as known.
    cluster : column of clusters of persons.
    conf_level : level of the intervals.

    Returns
    -------
    HorizonEffects : differences (the headline is that of the first arm), logarithms of ratios, and the mean of each arm.

    Raises
    ------
    DataError : as `kaplan_meier`, or a horizon that is not positive.
    DesignError : one arm, no events, an arm that a stratum lacks, or a horizon beyond an arm's follow-up while somebody there is still
        without the event.

    Formula: m = area under the Kaplan-Meier curve from 0 to the horizon, sum over strata of share x m. Influence of a row: minus the integral of A(t) /
    (n(t) - d(t)) over its martingale, A(t) the area from t on; the variance is the sum over persons of (weight x influence)^2, without weights
    and clusters sum of A^2 d / (n (n - d)). Ratios by the delta method on the logarithm. Normal reference.

    Assumptions: as `kaplan_meier`, in each arm (of each stratum). The contrast is an effect if arms are comparable: assigned at random, or weighted
    to be so. It needs no proportional hazards.

    Source: Uno et al. (2014), Journal of Clinical Oncology 32(22); Royston and Parmar (2013), BMC Medical Research Methodology 13:152.

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [1.0, 2, 4, 2, 4, 4], "back": [1, 1, 0, 1, 0, 0], "arm": [0, 0, 0, 1, 1, 1]})
    >>> round(rmst(stays, "days", event="back", treatment="arm", horizon=4).estimates.headline.estimate, 6)
    1.0
    """
    frame = Frame.of(data)
    given = {"event": event, "events": events, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given).of_cause(cause)  # type: ignore[arg-type]
    arms = arms_of(frame.codes(treatment, "treatment"), treatment, control)
    blocks = None if strata is None else frame.codes(strata, "strata")
    cells = cells_of(follow_up, arms, blocks, treatment=treatment)
    found = product_limit(cells.follow_up.spells)
    curves = survival_curves(cells.follow_up, found, kind="log-log", conf_level=conf_level)
    refuse_beyond(curves, (positive(horizon),), open_end=lambda curve: curve.value[-1] > 0)

    def of_cell(cell: int) -> tuple[float, Floats]:
        return found.restricted_mean(cell, horizon), found.restricted_mean_influence(cell, horizon)

    how = "cohort.rmst" if strata is None else "cohort.rmst_strata"
    estimates = cells.contrasts(of_cell, quantity="rmst", method=how, conf_level=conf_level)
    return cells.effects(estimates, curves, horizon=horizon, quantity="rmst", cluster=cluster)
