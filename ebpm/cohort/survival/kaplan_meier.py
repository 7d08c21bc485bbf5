"""Survival by group, by Kaplan and Meier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.curves import Curve, Quantile
from ebpm.cohort.survival.follow_up import FollowUp, read_follow_up
from ebpm.cohort.survival.readings import read_curves
from ebpm.errors import DataError, DesignError, did_you_mean
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import level, quantile
from ebpm.stats.survival.product_limit import INTERVALS, ProductLimit, probability_limits, product_limit
from ebpm.table import Table, rounded
from ebpm.texts import label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalCurves(Shown):
    """Survival of each group over time.

    Parameters
    ----------
    curves : survival, one a group.
    hazards : cumulative hazards by Nelson and Aalen, one a group.
    estimates : survival at the times asked for.
    medians : time by which half of each group has had the event.
    time : name of the column of times.
    event : label of the event.
    """

    curves: tuple[Curve, ...]
    hazards: tuple[Curve, ...]
    estimates: Estimates
    medians: tuple[Quantile, ...]
    time: str
    event: str

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def __getitem__(self, group: object) -> Curve:
        """Return the curve of a group by its label.

        Raises
        ------
        DataError : if there is no such group.
        """
        names = [curve.label for curve in self.curves]
        if str(group) not in names:
            raise DataError("survival_no_such_group", group=group, near=did_you_mean(str(group), names))
        return self.curves[names.index(str(group))]

    def quantiles(self, share: float) -> tuple[Quantile, ...]:
        """Return the time by which a share of each group has had the event.

        Parameters
        ----------
        share : strictly between 0 and 1.

        Raises
        ------
        DesignError : if it is not.
        """
        if not 0 < share < 1:
            raise DesignError("survival_share", share=share)
        return tuple(curve.quantile(share) for curve in self.curves)

    def tidy(self) -> pd.DataFrame:
        """Return one row a group and time."""
        return Table.of([record for curve in self.curves for record in curve.records()]).to_frame()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return survival at the first time asked for, and the medians."""
        return [
            self.estimates.headline.sentence(lang),
            *(self._median(place, lang) for place in range(len(self.curves))),
        ]

    def _median(self, place: int, lang: str | None) -> str:
        found, curve = self.medians[place], self.curves[place]
        said = {name: _short(getattr(found, name), lang) for name in ("value", "low", "high")}
        who = curve.label or label("survival_everybody", lang)
        return label(
            "survival_median", lang, group=who, n=f"{curve.at_risk.max():,}", events=f"{curve.events.sum():,}", **said
        )

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return survival at the times asked for."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the curves with their limits, marks of censoring, and the numbers at risk below."""
        from ebpm.figures.survival import draw_survival

        return draw_survival(self, ax, lang=lang)


def kaplan_meier(
    data: Any,
    time: str,
    *,
    event: str,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    by: str | None = None,
    at: float | Sequence[float] = (),
    entry: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    conf_level: float = 0.95,
) -> SurvivalCurves:
    """Estimate the share of each group that has not yet had the event, over time.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a spell of a person).
    time : column of the time from time zero to the event or the end of follow-up.
    event : column of how follow-up ended: 1 with the event, 0 without; or codes that `events` declares.
    events : code -> label of each kind of event; every other code must be 0, False, "censored" or 打ち切り.
    cause : label of the event meant, where there are several kinds; the others then end follow-up (notice C454).
    by : column of groups; one curve each.
    at : times, or one, at which survival is given; where empty, the last time at which ten rows of every group are still at risk.
    entry : column of the time at which follow-up began, where that was after time zero (left truncation).
    weights : column of positive weights (sampling, or inverse probabilities taken as known).
    cluster : column of persons with several rows, or of clusters of persons.
    interval : scale on which limits are symmetric: "log-log", which covers best in small samples, "log" (the default of R survival) or "plain".
    conf_level : level of the intervals.

    Returns
    -------
    SurvivalCurves : curves with limits and numbers at risk, cumulative hazards, medians, and estimates at `at`.

    Raises
    ------
    DataError : if a column is missing or has missing values, a time is negative, an entry is not before its exit, or a code is not declared.
    DesignError : if there are no events, or a time of `at` lies beyond a group's follow-up while somebody there is still without the event.

    Formula: S(t) = product over s <= t of 1 - d(s) / n(s), with sums of weights; its variance is Greenwood's, S^2 sum of d / (n (n - d)). Hazards: sum
    of d / n, variance sum of d / n^2. With weights or clusters both variances are the infinitesimal jackknife over persons, the sum of
    (weight x influence)^2, which equals Greenwood's where there are neither, nor late entries.

    Assumptions: who is no longer followed has the same prospects as those who are; the same of late entry. Weights are known.

    Source: Kaplan and Meier (1958), JASA 53(282); Greenwood (1926); Brookmeyer and Crowley (1982), Biometrics 38(1), for the median.

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [2.0, 3, 3, 5, 8], "back": [1, 1, 0, 1, 0]})
    >>> round(kaplan_meier(stays, "days", event="back", at=[5]).estimates.headline.estimate, 6)
    0.3
    """
    one_of(interval, INTERVALS, "interval")
    frame = Frame.of(data)
    given = {"event": event, "events": events, "entry": entry, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given).of_cause(cause)  # type: ignore[arg-type]
    if by is not None:
        follow_up = follow_up.within(frame.codes(by, "by"))
    found = product_limit(follow_up.spells)
    curves = survival_curves(follow_up, found, kind=interval, conf_level=conf_level)
    estimates = read_curves(
        curves, at, follow_up=follow_up, open_end=lambda curve: curve.value[-1] > 0, estimand="survival",
        method=f"cohort.kaplan_meier.{interval.replace('-', '_')}", cluster=cluster, conf_level=conf_level,
    )  # fmt: skip
    return SurvivalCurves(
        curves=curves, hazards=_hazards(follow_up, found, conf_level), estimates=estimates,
        medians=tuple(curve.quantile(0.5) for curve in curves), time=time, event=follow_up.kinds[0],
    )  # fmt: skip


def survival_curves(follow_up: FollowUp, found: ProductLimit, *, kind: str, conf_level: float) -> tuple[Curve, ...]:
    """Return survival with its limits, one curve a group.

    Parameters
    ----------
    follow_up : the rows with their words.
    found : their product-limit curves.
    kind : scale of the limits, one of `INTERVALS`.
    conf_level : level.
    """
    robust = follow_up.weighted or follow_up.clustered
    value, log_error = found.survival, np.sqrt(found.log_variance(robust=robust))
    low, high = probability_limits(value, log_error, kind=kind, conf_level=level(conf_level))
    error = np.multiply(value, log_error, out=np.full_like(value, np.inf), where=value > 0)
    columns = (value, error, low, high)
    return tuple(_curve(follow_up, found, group, columns, first=1.0) for group in range(len(follow_up.groups)))


def _hazards(follow_up: FollowUp, found: ProductLimit, conf_level: float) -> tuple[Curve, ...]:
    value = found.sets.forward(found.hazard)
    error = np.sqrt(found.hazard_variance(robust=follow_up.weighted or follow_up.clustered))
    factor = np.exp(quantile(0.5 + conf_level / 2) * np.divide(error, value, out=np.zeros_like(value), where=value > 0))
    columns = (value, error, value / factor, value * factor)
    return tuple(_curve(follow_up, found, group, columns, first=0.0) for group in range(len(follow_up.groups)))


def _curve(follow_up: FollowUp, found: ProductLimit, group: int, columns: tuple[Floats, ...], *, first: float) -> Curve:
    places = found.sets.places(group)
    ends = found.sets.at_exit(np.ones(follow_up.n), follow_up.spells.event > 0)[places]
    value, std_error, low, high = (column[places] for column in columns)
    return Curve(
        label=follow_up.groups[group], times=found.sets.times[places], at_risk=found.count[places],
        events=ends.astype(np.int64), censored=found.censored[places], value=value, std_error=std_error, low=low, high=high,
        first=first,
    )  # fmt: skip


def _short(value: object, lang: str | None) -> str:
    return rounded(value) if isinstance(value, float) else value.words(lang)  # type: ignore[attr-defined]
