"""Risks of a yes-or-no outcome by arm, standardised over covariates: differences in percentage points, and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notices
from ebpm.rct.regression.equations import Equations, How, equations
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import label


@dataclass(frozen=True, slots=True, kw_only=True)
class Risks(Shown):
    """Risks by arm, their differences from control, and their ratios to it.

    Parameters
    ----------
    levels : risk of each arm, control first.
    estimates : difference of each other arm's risk from control's, as a share.
    log_ratios : logarithms of the risk ratios.
    log_odds_ratios : logarithms of the ratios of the standardised odds.
    """

    levels: Estimates
    estimates: Estimates
    log_ratios: Estimates
    log_odds_ratios: Estimates

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return one sentence an arm: both risks in per cent, their difference in points, their ratio."""
        control = self.levels.items[0]
        return [
            label(
                "rct_risks_line", lang, arm=risk.called(lang), control=control.called(lang), risk=_percent(risk.estimate),
                base=_percent(control.estimate), points=f"{100 * difference.estimate:+.1f}", low=_percent(difference.conf_low),
                high=_percent(difference.conf_high), ratio=f"{np.exp(ratio.estimate):.3g}",
                level=f"{100 * difference.conf_level:g}",
            )
            for risk, difference, ratio in zip(self.levels.items[1:], self.estimates, self.log_ratios, strict=True)
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm, control first: risk, difference, risk ratio and odds ratio with their intervals."""
        blank = dict.fromkeys(
            (
                "difference",
                "conf_low",
                "conf_high",
                "p_value",
                "risk_ratio",
                "risk_ratio_low",
                "risk_ratio_high",
                "odds_ratio",
            )
        )
        control, *others = self.levels.items
        rows = [
            {
                "term": risk.term, "risk": risk.estimate, "difference": one.estimate, "conf_low": one.conf_low,
                "conf_high": one.conf_high, "p_value": one.p_value, "risk_ratio": float(np.exp(ratio.estimate)),
                "risk_ratio_low": _raised(ratio.conf_low), "risk_ratio_high": _raised(ratio.conf_high),
                "odds_ratio": float(np.exp(odds.estimate)),
            }
            for risk, one, ratio, odds in zip(others, self.estimates, self.log_ratios, self.log_odds_ratios, strict=True)
        ]  # fmt: skip
        first = {"term": control.term, "risk": control.estimate} | blank
        return (Table.of([first, *rows], label("rct_risks_caption", lang)),)


def risks(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    correlation: str = "independence",
    time: str | None = None,
    errors: str = "KC",
    reference: str = "t",
    conf_level: float = 0.95,
) -> Risks:
    """Compare the risks of a yes-or-no outcome between arms, after logistic regression on covariates.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person, or a person and period.
    outcome : column of 0 and 1.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of what is independent, where that is not the row.
    strata : column of the strata within which units were assigned; dummies enter.
    correlation, time, errors, reference : as in `gee`.
    conf_level : level of the intervals.

    Returns
    -------
    Risks : differences as shares (0.05 is 5 percentage points) in `estimates`; risks, log ratios and log odds ratios beside them.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `gee`; if the outcome is not 0 or 1, or an arm or covariate fixes it, so that no odds are finite.

    Formula: r_a = mean over all rows of expit(x_i'b), the arm set to a; differences, log ratios and log odds ratios by the delta
    method from the robust covariance of b, with the covariates as they are in the sample.

    Assumptions: units were assigned at random. With independent rows of equal shares the risks are right in large samples even
    where the logistic model is not.

    Source: Ge, Durham, Meyer, Xie and Thomas (2011), Drug Information Journal 45(4); Freedman (2008), Statistical Science 23(2),
    for the model that need not hold; Liang and Zeger (1986), Biometrika 73(1).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"insured": [1, 0, 0, 0, 1, 1, 1, 0], "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> found = risks(trial, "insured", treatment="arm")
    >>> round(found.estimates["1"].estimate, 6), [round(float(one.estimate), 6) for one in found.levels]
    (0.5, [0.25, 0.75])
    """
    how = How(family="binomial", correlation=correlation, time=time, errors=errors, reference=reference)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    found = equations(Frame.of(data), outcome, covariates, columns, how, conf_level=conf_level)
    values, slopes = _standardised(found)
    minus = np.eye(len(values))[1:] - np.eye(1, len(values))
    what: dict[str, Any] = {"errors": errors, "conf_level": conf_level}
    arms = found.one.trial.arms
    return Risks(
        levels=_estimates(found, values, slopes, arms, estimand="risk", **what),
        estimates=_estimates(found, minus @ values, minus @ slopes, arms[1:], estimand="itt_risk", **what).with_notices(
            found.notices
        ),
        log_ratios=_estimates(
            found, minus @ np.log(values), minus @ (slopes / values[:, None]), arms[1:], estimand="itt_log_risk", **what
        ),
        log_odds_ratios=_estimates(
            found, minus @ logit(values), minus @ (slopes / (values * (1 - values))[:, None]), arms[1:],
            estimand="itt_log_odds", **what,
        ),
    )  # fmt: skip


def _standardised(found: Equations) -> tuple[Floats, Floats]:
    """The risk of each arm, and its derivatives by the coefficients."""
    arms, design = len(found.one.trial.arms), found.one.design.copy()
    values, slopes = np.empty(arms), np.empty((arms, design.shape[1]))
    for arm in range(arms):
        design[:, 1:arms] = np.arange(1, arms) == arm
        chances = expit(design @ found.fit.coefficients)
        values[arm], slopes[arm] = chances.mean(), (chances * (1.0 - chances)) @ design / len(chances)
    return values, slopes


def _estimates(
    found: Equations, values: Floats, slopes: Floats, terms: Sequence[str], *, estimand: str, errors: str, conf_level: float
) -> Estimates:  # fmt: skip
    covariance = slopes @ found.fit.covariance @ slopes.T
    items: tuple[Estimate, ...] = tuple(
        t_estimate(
            float(value), float(np.sqrt(square)), df=found.df, term=term, n=found.one.trial.n,
            clusters=found.fit.clusters if found.one.trial.clustered or found.fit.clusters < found.one.trial.n else 0,
            estimand=estimand, method=f"rct.risks_{errors.lower()}", conf_level=conf_level,
        )
        for value, square, term in zip(values, np.diag(covariance), terms, strict=True)
    )  # fmt: skip
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance)


def _percent(value: Any) -> str:
    return f"{100 * value:.1f}" if isinstance(value, float) else str(value)


def _raised(value: Any) -> Any:
    return float(np.exp(value)) if isinstance(value, float) else value
