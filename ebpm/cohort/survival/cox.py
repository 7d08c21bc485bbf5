"""Hazard ratios by Cox's model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.cox_checks import hazard_notices
from ebpm.cohort.survival.cox_curves import predicted_survival
from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp, arms_of, read_follow_up
from ebpm.cohort.survival.proportional import ProportionalHazards, proportional_hazards
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.terms import Terms, terms_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.stats.survival.cox import CoxFit, cox_fit
from ebpm.stats.survival.partial_likelihood import TIES
from ebpm.table import Table, rounded
from ebpm.texts import LANGUAGES, label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ERRORS = ("recommended", "model", "robust")
HAZARD, SUBDISTRIBUTION = "hazard_ratio", "subdistribution_hazard_ratio"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cox(Shown):
    """Hazard ratios, and what they rest on.

    Parameters
    ----------
    estimates : logarithms of hazard ratios: arms first, then covariates.
    fit : the maximum of the partial likelihood.
    follow_up : the rows.
    names : of the columns of the model.
    robust : whether standard errors are the infinitesimal jackknife.
    ratio : of what: "hazard_ratio", or "subdistribution_hazard_ratio".
    """

    estimates: Estimates
    fit: CoxFit
    follow_up: FollowUp
    names: tuple[str, ...]
    robust: bool
    ratio: str = HAZARD

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    @property
    def events(self) -> int:
        """Number of events."""
        return int((self.follow_up.spells.event > 0).sum())

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline as a hazard ratio, and the test of proportional hazards."""
        one = self.estimates.headline
        said = dict(zip(("ratio", "low", "high"), map(_exp, (one.estimate, one.conf_low, one.conf_high)), strict=True))
        first = label(
            f"survival_{self.ratio}", lang, name=one.called(lang), level=f"{100 * one.conf_level:g}", n=f"{one.n:,}",
            events=f"{self.events:,}", method=method(one.method, lang), **said,
        )  # fmt: skip
        return [first, *self.proportional().lines(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return logarithms of hazard ratios, and the ratios."""
        rows = tuple(
            (one.called(lang), *map(_ratio, (one.estimate, one.conf_low, one.conf_high)), one.p_value)
            for one in self.estimates
        )
        columns = ("term", self.ratio, "ratio_low", "ratio_high", "p_value")
        name = method(self.estimates.headline.method, lang)
        return self.estimates.table(name), Table(columns, rows, label(f"survival_{self.ratio}s", lang))

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the logarithms of the hazard ratios with their intervals."""
        return self.estimates.plot(ax, lang=lang)

    def proportional(self, clock: str = "km") -> ProportionalHazards:
        """Test whether hazard ratios stay the same over time (Schoenfeld residuals).

        Parameters
        ----------
        clock : function of time: "km", "rank", "identity" or "log".
        """
        return proportional_hazards(self.fit, self.names, clock=clock)

    def survival(self, profile: Mapping[str, float]) -> tuple[Curve, ...]:
        """Return the predicted survival of somebody, one curve a stratum.

        Parameters
        ----------
        profile : value of each column of the model, arms as 1 or 0.

        Raises
        ------
        DataError : if a column is missing or is none of the model.
        """
        if set(profile) != set(self.names):
            raise DataError("cox_profile", given=", ".join(profile) or "-", names=", ".join(self.names))
        values = np.array([float(profile[name]) for name in self.names])
        return predicted_survival(self.fit, self.follow_up, values, robust=self.robust, conf_level=self._level)

    @property
    def _level(self) -> float:
        return self.estimates.headline.conf_level


def cox(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str | None = None,
    covariates: str | Sequence[str] = (),
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    control: object = None,
    entry: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    ties: str = "efron",
    errors: str = "recommended",
    conf_level: float = 0.95,
) -> Cox:
    """Regress the hazard of an event on treatment and covariates (proportional hazards).

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person, or a spell of a person during which covariates stay as they are.
    time : column of the time from time zero to the event or the end of the spell.
    event, events, cause : as in `kaplan_meier`; other kinds of events end follow-up, and the hazard is then that of the cause (notice C455).
    treatment : column of arms; the first terms compare each with the control.
    covariates : columns; "age^2", "C(ward)" and "age:sex" are understood, labels are categories.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    entry : column of the start of the spell, not included (late entry, covariates that change).
    strata : column of strata, each with its own baseline hazard.
    weights : column of positive weights, taken as known.
    cluster : column of persons with several rows, or of clusters of persons.
    ties : "efron" or "breslow".
    errors : "model" (inverse information), "robust" (infinitesimal jackknife over persons or clusters), or "recommended": robust with weights
        or clusters.
    conf_level : level of the intervals.

    Returns
    -------
    Cox : logarithms of hazard ratios; `proportional()` tests their constancy, `survival(profile)` predicts.

    Raises
    ------
    DataError : as `kaplan_meier`.
    DesignError : no events; covariates that do not vary among those at risk, are collinear, or order the events (monotone likelihood);
        neither treatment nor covariates.

    Formula: h(t | x) = h_s(t) exp(x'b); b maximises Cox's partial likelihood. Robust: sum over persons of (sum of weight x influence)^2, influence =
    (information)^-1 times the score residual. Normal reference.

    Assumptions: hazard ratios stay the same over time (tested, C450); ends of follow-up tell nothing given covariates. A hazard ratio averages over a
    period in which the more frail leave first, and differs between models with more or fewer covariates even without confounding (C456): beside
    it give a difference of risks or of restricted means.

    Source: Cox (1972), JRSS B 34(2); Efron (1977), JASA 72(359); Lin and Wei (1989), JASA 84(408); Hernan (2010), Epidemiology 21(1).

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [1.0, 3, 5, 2, 4, 6], "back": [1, 1, 1, 1, 1, 0], "arm": [0, 0, 0, 1, 1, 1]})
    >>> round(cox(stays, "days", event="back", treatment="arm").estimates.headline.estimate, 4)
    -0.6321
    """
    one_of(ties, TIES, "ties")
    one_of(errors, ERRORS, "errors")
    frame = Frame.of(data)
    given = {"event": event, "events": events, "entry": entry, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given).of_cause(cause, code="C455")  # type: ignore[arg-type]
    if strata is not None:
        follow_up = follow_up.within(frame.codes(strata, "strata"))
    terms, arms = columns_of(frame, treatment, covariates, control=control, time=time)
    fit = cox_fit(follow_up.spells, terms.matrix, ties=ties, names=terms.names)
    robust = errors == "robust" or (errors == "recommended" and (follow_up.weighted or follow_up.clustered))
    how = f"cohort.cox.{ties}_robust" if robust else f"cohort.cox.{ties}"
    return cox_result(
        fit, follow_up, terms.names, covariance=fit.robust() if robust else fit.bread, arms=arms, cluster=cluster,
        robust=robust, conf_level=conf_level, method=how,
    )  # fmt: skip


def columns_of(
    frame: Frame, treatment: str | None, covariates: str | Sequence[str], *, control: object, time: str
) -> tuple[Terms, int]:
    """Return the columns of a model, arms first, and how many of them are arms.

    Raises
    ------
    DesignError : if there are none.
    """
    terms, arms = terms_of(frame, covariates), Terms(np.empty((len(frame), 0)), ())
    if treatment is not None:
        codes = arms_of(frame.codes(treatment, "treatment"), treatment, control)
        arms = Terms(np.eye(len(codes))[codes.codes][:, 1:], tuple(map(str, codes.levels[1:])))
    found = Terms(np.hstack([arms.matrix, terms.matrix]), (*arms.names, *terms.names))
    if not found.names:
        raise DesignError("cox_nothing", time=time)
    return found, len(arms.names)


def cox_result(
    fit: CoxFit, follow_up: FollowUp, names: tuple[str, ...], *, covariance: Floats, arms: int, cluster: str | None,
    robust: bool, conf_level: float, method: str, ratio: str = HAZARD,
) -> Cox:  # fmt: skip
    """Return a fitted model with its estimates and what the guard rails find.

    Parameters
    ----------
    fit : the maximum.
    follow_up : its rows.
    names : of its columns, of which the first `arms` are arms.
    covariance : of the coefficients, shape (p, p).
    cluster : name of the column of clusters.
    robust : whether standard errors are the infinitesimal jackknife.
    conf_level : level of the intervals.
    method : entry of the texts.
    ratio : of what.
    """
    items = tuple(
        t_estimate(
            float(value), float(error), term=name, conf_level=conf_level, n=follow_up.n, clusters=follow_up.clusters,
            estimand=f"log_{ratio}", method=method,
        )
        for name, value, error in zip(names, fit.coefficients, np.sqrt(np.diag(covariance)), strict=True)
    )  # fmt: skip
    notices = follow_up.notices + hazard_notices(fit, follow_up, names, arms=arms, cluster=cluster)
    found = Estimates(items=items, headline_term=names[0], covariance=covariance, notices=notices)
    in_log_points = found.in_unit({lang: label(f"survival_log_{ratio}", lang) for lang in LANGUAGES})
    return Cox(estimates=in_log_points, fit=fit, follow_up=follow_up, names=names, robust=robust, ratio=ratio)


def _ratio(value: object) -> object:
    return float(np.exp(value)) if isinstance(value, float) else value


def _exp(value: object) -> object:
    return rounded(float(np.exp(value))) if isinstance(value, float) else value
