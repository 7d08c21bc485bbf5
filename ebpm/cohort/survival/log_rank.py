"""Whether arms differ in their hazards: the log-rank test and its weighted family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.follow_up import FollowUp, arms_of, read_follow_up
from ebpm.cohort.survival.time_checks import few_clusters
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import number
from ebpm.stats.inference import t_estimate
from ebpm.stats.survival.log_rank import LogRankFit, log_rank_fit
from ebpm.table import Table, rounded
from ebpm.texts import LANGUAGES, label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRank(Shown):
    """A test that arms have the same hazard.

    Parameters
    ----------
    estimates : logarithms of hazard ratios to the control, by one step from zero.
    fit : observed and expected events with their covariance.
    arms : labels, the control first.
    counts : rows of each arm.
    """

    estimates: Estimates
    fit: LogRankFit
    arms: tuple[str, ...]
    counts: tuple[int, ...]

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    @property
    def statistic(self) -> float:
        """Chi-square with one degree of freedom less than there are arms."""
        return self.fit.statistic

    @property
    def p_value(self) -> float:
        """Of the statistic."""
        return self.fit.p_value

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the test and the headline."""
        facts = {"statistic": rounded(self.statistic), "df": len(self.arms) - 1, "p": rounded(self.p_value, "p")}
        return [label("survival_log_rank", lang, **facts), self.estimates.headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the log hazard ratios, and observed and expected events by arm."""
        name = method(self.estimates.headline.method, lang)
        counts = zip(self.arms, self.counts, self.fit.observed.tolist(), self.fit.expected.tolist(), strict=True)
        events = Table(
            ("group", "n", "events", "events_expected"), tuple(counts), label("survival_events_by_arm", lang)
        )
        return self.estimates.table(name), events

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the log hazard ratios."""
        return self.estimates.plot(ax, lang=lang)


def log_rank(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    control: object = None,
    entry: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    at_risk: float = 0.0,
    conf_level: float = 0.95,
) -> LogRank:
    """Test whether arms have the same hazard.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a spell of a person).
    time : column of the time from time zero to the event or the end of follow-up.
    event, events, cause : as in `kaplan_meier`; other kinds of events end follow-up, and the hazards are those of the cause (notice C455).
    treatment : column of arms, two or more.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    entry : column of the time at which follow-up began, where that was after time zero.
    strata : column of strata within which arms are compared.
    weights : column of positive weights, taken as known; the variance is then the infinitesimal jackknife.
    cluster : column of persons with several rows, or of clusters of persons; likewise.
    rho, gamma : an event at t weighs S(t-)^rho (1 - S(t-))^gamma: 0, 0 is the log-rank test, 1, 0 Peto and Prentice's, 0, 1 looks for late differences.
    at_risk : it also weighs n(t)^at_risk, n the number at risk: 1 is Gehan's (generalised Wilcoxon), 0.5 Tarone and Ware's.
    conf_level : level of the intervals.

    Returns
    -------
    LogRank : statistic and p value; observed and expected events; log hazard ratios by one step from zero, with the interval that belongs to
        the test of two arms.

    Raises
    ------
    DataError : as `kaplan_meier`, or a negative rho, gamma or at_risk.
    DesignError : one arm, no events, or an arm that is never at risk together with another.

    Formula: sum of W (d_k - d n_k / n) over times and strata; variance sum of W^2 d (n - d) / (n - 1) p_k (1(k = l) - p_l). One step: the sum over its slope
    sum of W d (n - d) / (n - 1) p_k (1(k = l) - p_l).

    Assumptions: ends of follow-up (and late entry) tell nothing, in each arm. The hazard ratio by one step is near that of `cox` while it is near 1.

    Source: Mantel (1966), Cancer Chemotherapy Reports 50(3); Harrington and Fleming (1982), Biometrika 69(3); Gehan (1965), Biometrika 52(1-2);
    Tarone and Ware (1977), Biometrika 64(1); Peto et al. (1977), British Journal of Cancer 35(1).

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [1.0, 3, 5, 2, 4, 6], "back": [1, 1, 1, 1, 1, 0], "arm": [0, 0, 0, 1, 1, 1]})
    >>> round(log_rank(stays, "days", event="back", treatment="arm").statistic, 4)
    0.4849
    """
    powers = map(number, (rho, gamma, at_risk), ("rho", "gamma", "at_risk"))
    if not min(powers) >= 0:
        raise DesignError("survival_negative_power", rho=f"{rho:g}", gamma=f"{gamma:g}", at_risk=f"{at_risk:g}")
    frame = Frame.of(data)
    given = {"event": event, "events": events, "entry": entry, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given).of_cause(cause, code="C455")  # type: ignore[arg-type]
    if strata is not None:
        follow_up = follow_up.within(frame.codes(strata, "strata"))
    arms = arms_of(frame.codes(treatment, "treatment"), treatment, control)
    robust = follow_up.weighted or follow_up.clustered
    fit = log_rank_fit(follow_up.spells, arms.codes, rho=rho, gamma=gamma, at_risk=at_risk, robust=robust)
    if not np.linalg.matrix_rank(fit.slope, hermitian=True) == len(arms) - 1:
        raise DesignError("survival_never_together", column=treatment, arms=", ".join(map(str, arms.levels)))
    how = "cohort.log_rank" if rho == gamma == at_risk == 0 else "cohort.log_rank_weighted"
    found = _estimates(fit, arms.levels, follow_up, conf_level=conf_level, method=f"{how}_robust" if robust else how)
    notices = follow_up.notices + few_clusters(follow_up, cluster)
    names = tuple(map(str, arms.levels))
    counts = tuple(np.bincount(arms.codes, minlength=len(names)).tolist())
    return LogRank(estimates=found.with_notices(notices), fit=fit, arms=names, counts=counts)


def _estimates(
    fit: LogRankFit, arms: Sequence[object], follow_up: FollowUp, *, conf_level: float, method: str
) -> Estimates:
    values, covariance = fit.one_step()
    items = tuple(
        t_estimate(
            float(value), float(error), term=str(arm), conf_level=conf_level, n=follow_up.n, clusters=follow_up.clusters,
            estimand="log_hazard_ratio", method=method,
        )
        for arm, value, error in zip(arms[1:], values, np.sqrt(np.diag(covariance)), strict=True)
    )  # fmt: skip
    found = Estimates(items=items, headline_term=items[0].term, covariance=covariance)
    return found.in_unit({lang: label("survival_log_hazard_ratio", lang) for lang in LANGUAGES})
