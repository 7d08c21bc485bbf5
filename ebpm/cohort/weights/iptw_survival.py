"""Survival and hazards after weighting by the chance of treatment: a marginal structural model of a treatment at time zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp, read_follow_up
from ebpm.cohort.survival.incidence_curves import incidence_curves, open_ends
from ebpm.cohort.survival.time_checks import few_at_risk, few_in_arms, positive, refuse_beyond
from ebpm.cohort.weights.effects import ratio_sentence
from ebpm.cohort.weights.lost import split_by_loss
from ebpm.cohort.weights.propensity import propensity_of, share
from ebpm.cohort.weights.propensity_model import PropensityModel
from ebpm.cohort.weights.survival_effects import RATIOS, ArmCurves, arm_curves, survival_effects
from ebpm.cohort.weights.weighted import Weighted
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Frame, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.regression.stacked import Weights
from ebpm.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ERRORS = ("stacked", "known")


@dataclass(frozen=True, slots=True, eq=False)
class WeightedSurvival(Shown):
    """Effects on time to event after weighting.

    Parameters
    ----------
    weighted : the effects, and what shows whether the weights did their work.
    curves : weighted cumulative incidence of the untreated and of the treated.
    horizon : in the unit of time.
    time : name of the column of times.
    """

    weighted: Weighted
    curves: tuple[Curve, ...] = field(repr=False)
    horizon: float
    time: str

    @property
    def quantity(self) -> str:
        """What the curves show."""
        return "risk"

    @property
    def estimates(self) -> Estimates:
        """Differences and ratios of risks, mean times and hazards, and the risks and mean times of both arms."""
        return self.weighted.estimates

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, the ratios, and what is left of the differences between the arms."""
        ratios = [ratio_sentence(self.estimates[term], lang) for term in RATIOS if term in self.estimates.terms]
        head, *rest = self.weighted.lines(lang)
        return [head, *ratios, *rest[-3:]]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the estimates, the balance and the weights."""
        return self.weighted.tables(lang)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the weighted risks up to the horizon."""
        from ebpm.figures.survival import draw_horizon

        return draw_horizon(self, ax, lang=lang)


def iptw_survival(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str,
    covariates: str | Sequence[str],
    horizon: float,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    estimand: str = "ate",
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    trim: float = 0.0,
    truncate: float = 0.0,
    loss_steps: float = 0.0,
    errors: str = "stacked",
    conf_level: float = 0.95,
) -> WeightedSurvival:
    """Compare risks, mean times without the event, and hazards of the treated and the untreated after weighting.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    time : column of the time from time zero to the event or the end of follow-up.
    event, events, cause : as in `kaplan_meier`.
    treatment : column of two values, known at time zero: treatment that begins later is for `emulate`.
    covariates : columns known at time zero that explain who was treated; "age^2", "C(ward)" and "age:sex" are understood.
    horizon : time at which risks are compared and up to which mean times are taken; in the unit of `time`.
    estimand : "ate", "att", "atc" or "ato", as in `iptw`.
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of clusters of persons.
    weights : column of sampling weights.
    trim, truncate : as in `iptw`.
    loss_steps : length of the steps in which leaving before the event and the horizon is modelled, given treatment and covariates, so that
        those who stay stand for those who left; 0 where leaving tells nothing.
    errors : "stacked" (the weights are estimated) or "known" (robust, the weights taken as known).
    conf_level : level of the intervals.

    Returns
    -------
    WeightedSurvival : risk difference (the headline), log risk ratio, difference in restricted mean times, log hazard ratio, and the
        risks and mean times of both arms, with their joint covariance.

    Raises
    ------
    DataError : as `kaplan_meier` and `iptw`.
    DesignError : as `kaplan_meier` and `iptw`; if the horizon lies beyond the follow-up of an arm.

    Formula: risks by the weighted Aalen-Johansen estimator, which without competing events is one less Kaplan-Meier; restricted
    means as areas under the weighted Kaplan-Meier curve of no event of any kind; the cause-specific hazard ratio by weighted Cox regression on the arm
    alone (Efron's ties); weights of `iptw`, for "ate" stabilised. With u_i the influence of person i under known weights, w times
    the derivative by w, the stacked influence is u_i + s_i'M sum_j (d log w_j / d alpha) u_j.

    Assumptions: those of `iptw`; the end of follow-up tells nothing about the event within an arm, with `loss_steps` given the covariates. The hazard ratio is an average over
    the follow-up where hazards are not proportional, and compares those still without the event; risks and mean times are safer.

    Source: Xie and Liu (2005), Statistics in Medicine 24(20); Hernán, Brumback and Robins (2000), Epidemiology 11(5); Shu, Young,
    Toh and Wang (2021), Biometrics 77(1); Austin (2016), Statistics in Medicine 35(30), on errors that take weights as known; Robins and
    Finkelstein (2000), Biometrics 56(3), on loss.

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({
    ...     "days": [3.0, 5, 9, 12, 4, 9, 12, 12] * 2, "back": [1, 1, 1, 0, 1, 1, 0, 0] * 2,
    ...     "old": [0, 1, 0, 1, 1, 0, 0, 1] * 2, "rehab": [0, 0, 0, 0, 1, 1, 1, 1] * 2,
    ... })
    >>> found = iptw_survival(stays, "days", event="back", treatment="rehab", covariates=["old"], horizon=12)
    >>> round(found.estimates["risk_difference"].estimate, 6)
    -0.25
    """
    one_of(errors, ERRORS, "errors")
    frame = Frame.of(data)
    model = propensity_of(
        frame, treatment=treatment, covariates=covariates, control=control, cluster=cluster, weights=weights, trim=trim
    )
    horizon = positive(horizon)
    follow_up, kind = _followed(read_follow_up(frame.rows(model.kept), time, event=event, events=events), cause)
    fitted = model.weights(estimand, stabilised=estimand == "ate", truncate=share(truncate, "truncate"))
    arms, joint, left = _by_arm(follow_up, model, fitted, horizon=horizon, loss_steps=loss_steps)
    found = arm_curves(arms.spells, joint if errors == "stacked" else joint.known(), kind=kind, horizon=horizon)
    curves = incidence_curves(arms, found.curves, event=arms.kinds[kind - 1], kind="log", conf_level=conf_level)
    refuse_beyond(curves, (horizon,), open_end=open_ends(arms, found.curves))
    method = "cohort.iptw_survival" if errors == "stacked" else "cohort.iptw_survival_known"
    estimates = _estimates(found, model, estimand=estimand, method=method, conf_level=conf_level)
    notices = left + follow_up.notices + few_at_risk(curves, horizon) + few_in_arms(curves, horizon)
    weighted = Weighted.of(estimates.with_notices(notices), model, fitted, estimand=estimand)
    return WeightedSurvival(weighted, curves, horizon, time)


def _followed(follow_up: FollowUp, cause: object) -> tuple[FollowUp, int]:
    """The follow-up with all kinds of events, and the code of the one asked for."""
    own = follow_up.of_cause(cause, code="C415")
    return replace(follow_up, notices=own.notices), follow_up.kind(own.kinds[0], "cause")


def _estimates(found: ArmCurves, model: PropensityModel, *, estimand: str, method: str, conf_level: float) -> Estimates:
    subjects = model.subjects
    return survival_effects(
        found, clusters=subjects.within, n=subjects.n, arms=subjects.arms, estimand=estimand, method=method,
        conf_level=conf_level,
    )  # fmt: skip


def _by_arm(
    follow_up: FollowUp, model: PropensityModel, fitted: Weights, *, horizon: float, loss_steps: float
) -> tuple[FollowUp, Weights, Notices]:
    """The follow-up in two weighted arms, every row a person, or a step of a person where loss is weighted too."""
    arms = Codes(model.subjects.treated.astype(np.int64), model.subjects.arms)
    inside = follow_up.within(arms)
    found = replace(inside, spells=replace(inside.spells, weights=model.subjects.base * fitted.values), weighted=True)
    if not loss_steps:
        return found, fitted, Notices()
    steps = positive(loss_steps, "loss_steps")
    spells, joint, left = split_by_loss(found.spells, model, fitted, horizon=horizon, interval=steps)
    return replace(found, spells=spells), joint, left
