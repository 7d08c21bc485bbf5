"""Mean time without the event up to a horizon, by arm: differences and ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import arms_of, label_of, read_follow_up
from ebpm.cohort.survival.kaplan_meier import survival_curves
from ebpm.cohort.survival.time_checks import few_at_risk, few_clusters, refuse_beyond
from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import t_estimate
from ebpm.stats.product_limit import ProductLimit, product_limit
from ebpm.table import Table
from ebpm.texts import LANGUAGES, Words, label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestrictedMeans(Shown):
    """Mean time without the event up to a horizon, by arm.

    Parameters
    ----------
    estimates : for each arm but the control the difference to it and the logarithm of the ratio; then the mean of each arm.
    curves : survival of each arm, or of each arm in each stratum.
    horizon : in the unit of time.
    time : name of the column of times.
    """

    estimates: Estimates
    curves: tuple[Curve, ...]
    horizon: float
    time: str

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and each ratio."""
        ratios = [one for one in self.estimates if one.estimand == "rmst_log_ratio"]
        return [self.estimates.headline.sentence(lang), *(_ratio(one, lang) for one in ratios)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return differences, log ratios and means."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the curves with the areas that are the means."""
        from ebpm.figures.survival import draw_restricted_means

        return draw_restricted_means(self, ax, lang=lang)


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
) -> RestrictedMeans:
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
    RestrictedMeans : differences (the headline is that of the first arm), logarithms of ratios, and the mean of each arm.

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
    if not horizon > 0:
        raise DesignError("survival_horizon", horizon=f"{horizon:g}")
    arms = arms_of(frame.codes(treatment, "treatment"), treatment, control)
    blocks = Codes(np.zeros(follow_up.n, dtype=np.int64), ("",)) if strata is None else frame.codes(strata, "strata")
    cells = follow_up.within(_cells(arms, blocks, treatment))
    found = product_limit(cells.spells)
    curves = survival_curves(cells, found, kind="log", conf_level=conf_level)
    refuse_beyond(curves, (horizon,), open_end=lambda curve: curve.value[-1] > 0)
    means, influence = _means(found, len(arms), horizon)
    items = _contrasts(
        means, follow_up.spells.covariance(influence), arms.levels, conf_level=conf_level, n=follow_up.n,
        clusters=follow_up.clusters, method="cohort.rmst" if strata is None else "cohort.rmst_strata",
    )  # fmt: skip
    notices = follow_up.notices + few_at_risk(curves, horizon) + few_clusters(follow_up, cluster)
    estimates = Estimates(items=items, headline_term=items[0].term, notices=notices)
    return RestrictedMeans(estimates=estimates, curves=curves, horizon=float(horizon), time=time)


def _cells(arms: Codes, blocks: Codes, treatment: str) -> Codes:
    """Arms within strata: cell = stratum x arms + arm."""
    cell = blocks.codes * len(arms) + arms.codes
    counts = np.bincount(cell, minlength=len(blocks) * len(arms))
    if not counts.all():
        stratum, arm = divmod(int(np.argmin(counts)), len(arms))
        raise DesignError(
            "survival_arm_missing", arm=arms.levels[arm], column=treatment, stratum=label_of(blocks.levels[stratum])
        )
    names = (
        f"{arm}, {label_of(block)}" if len(blocks) > 1 else str(arm) for block in blocks.levels for arm in arms.levels
    )
    return Codes(cell, tuple(names))


def _means(found: ProductLimit, arms: int, horizon: float) -> tuple[Floats, Floats]:
    """The mean of each arm over strata, shape (k,), and its influence, shape (n, k)."""
    spells = found.spells
    sizes = np.bincount(spells.group, spells.weights).reshape(-1, arms).sum(axis=1)
    means, influence = np.zeros(arms), np.zeros((len(spells), arms))
    for stratum, share in enumerate(sizes / sizes.sum()):
        for arm in range(arms):
            cell = stratum * arms + arm
            means[arm] += share * found.restricted_mean(cell, horizon)
            influence[:, arm] += share * found.restricted_mean_influence(cell, horizon)
    return means, influence


def _contrasts(
    means: Floats, covariance: Floats, arms: tuple[str, ...], *, n: int, clusters: int, method: str, conf_level: float
) -> tuple[Estimate, ...]:
    def estimate(value: float, gradient: Floats, code: str, arm: str, suffix: str = "") -> Estimate:
        error = float(np.sqrt(gradient @ covariance @ gradient))
        return t_estimate(
            value, error, term=f"{arm}{suffix}", name=_named(code, arm, arms[0]), estimand=code, method=method, n=n,
            clusters=clusters, conf_level=conf_level,
        )  # fmt: skip

    unit, others = np.eye(len(means)), range(1, len(means))
    differences = (estimate(means[j] - means[0], unit[j] - unit[0], "rmst_difference", arms[j]) for j in others)
    ratios = (
        estimate(
            float(np.log(means[j] / means[0])), unit[j] / means[j] - unit[0] / means[0], "rmst_log_ratio", arms[j], ", ratio"
        )
        for j in others
    )  # fmt: skip
    levels = (estimate(means[j], unit[j], "rmst", arms[j], ", mean") for j in range(len(means)))
    without_null = (replace(one, p_value=Unavailable("survival_no_null")) for one in levels)
    return (*differences, *ratios, *without_null)


def _named(code: str, arm: str, control: str) -> Words:
    return {lang: label(f"survival_named_{code}", lang, arm=arm, control=control) for lang in LANGUAGES}


def _ratio(one: Estimate, lang: str | None) -> str:
    low, high = (
        f"{np.exp(value):.4g}" if isinstance(value, float) else value for value in (one.conf_low, one.conf_high)
    )
    return label(
        "survival_ratio", lang, name=one.called(lang), ratio=f"{np.exp(one.estimate):.4g}", low=low, high=high,
        level=f"{100 * one.conf_level:g}",
    )  # fmt: skip
