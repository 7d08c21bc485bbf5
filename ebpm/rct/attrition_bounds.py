"""Lee's bounds: the effect on those who would be observed in either arm, whoever went missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notices
from ebpm.rct.attrition import attrition
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.identified import imbens_manski
from ebpm.stats.trimming import Trimmed, trim
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Flags = NDArray[np.bool_]

TIES = ("fraction", "count", "quantile")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeBound:
    """The bounds of one arm against control.

    Parameters
    ----------
    term : the arm.
    low, high : the bounds.
    std_error_low, std_error_high : their standard errors.
    conf_low, conf_high : the Imbens-Manski interval.
    conf_level : probability with which it covers the effect.
    difference : of the means of those who were observed, without trimming.
    trimmed_arm : the arm of which more were observed.
    trimmed_share : the share of its observed outcomes that is trimmed.
    observed : share observed in the arm and in control.
    n : rows assigned to either.
    clusters : clusters; 0 where the inference is not clustered.
    """

    term: str
    low: float
    high: float
    std_error_low: float
    std_error_high: float
    conf_low: float
    conf_high: float
    conf_level: float
    difference: float
    trimmed_arm: str
    trimmed_share: float
    observed: tuple[float, float]
    n: int
    clusters: int

    def sentence(self, lang: str | None = None) -> str:
        """Return the bounds in words."""
        numbers = {
            name: f"{getattr(self, name):.4g}" for name in ("low", "high", "conf_low", "conf_high", "difference")
        }
        return label(
            "rct_lee_sentence", lang, term=self.term, arm=self.trimmed_arm, share=f"{100 * self.trimmed_share:.1f}",
            level=f"{100 * self.conf_level:g}", **numbers,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeBounds(Shown):
    """The bounds of every arm against control.

    Parameters
    ----------
    items : one an arm.
    ties : how outcomes at the edge are trimmed.
    notices : what the guard rails found.
    """

    items: tuple[LeeBound, ...]
    ties: str
    notices: Notices

    @property
    def headline(self) -> LeeBound:
        return self.items[0]

    @property
    def estimates(self) -> Estimates:
        """The differences among those who were observed, each with the interval of its bounds."""
        none = Unavailable("rct_bounds_alone")
        items = tuple(
            Estimate(
                term=one.term, estimate=one.difference, std_error=none, df=none, p_value=none, conf_low=one.conf_low,
                conf_high=one.conf_high, conf_level=one.conf_level, n=one.n, clusters=one.clusters, estimand="itt",
                method=f"rct.lee_{self.ties}",
            )
            for one in self.items
        )  # fmt: skip
        return Estimates(items=items, headline_term=items[0].term, notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each arm's bounds in words."""
        return [one.sentence(lang) for one in self.items]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        names = ("term", "conf_low", "conf_high", "conf_level", "n")
        records = [
            {
                "term": one.term, "bound_low": one.low, "bound_high": one.high, "std_error_low": one.std_error_low,
                "std_error_high": one.std_error_high, **{name: getattr(one, name) for name in names[1:]},
            }
            for one in self.items
        ]  # fmt: skip
        return (Table.of(records, label("rct_lee_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw bounds, their interval, and the difference among those who were observed."""
        from ebpm.figures.attrition_bounds import draw_lee_bounds

        return draw_lee_bounds(self, ax, lang=lang)


def lee_bounds(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    ties: str = "fraction",
    conf_level: float = 0.95,
) -> LeeBounds:
    """Bound the effect on those who would be observed in either arm, by trimming the arm of which more were observed.

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    outcome : column of numbers, missing where not observed.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    ties : "fraction" (trims the share exactly, the outcome at the edge in part), "count" (drops whole rows, as many as the share
        allows), "quantile" (keeps all up to the quantile, as Stata's leebounds); they differ where outcomes are discrete.
    conf_level : level of the interval.

    Raises
    ------
    DataError : if an outcome is not a number.
    DesignError : if fewer than two outcomes were observed in an arm, and as `difference_in_means`.

    Formula: with observed shares a > a', trim p = (a - a') / a of the outcomes of the arm that was observed more, from above for
    one bound and from below for the other. Var = [v + p (q - m)^2] / (n (1 - p)) + ((q - m) / (1 - p))^2 Var(p) + Var(other
    mean), m and v the mean and variance of what is kept, q the quantile; in clusters, the sum over clusters of their squared
    influences, times G / (G - 1).

    Assumptions: assignment was random; being assigned to the arm makes either nobody go missing who would otherwise be observed,
    or nobody be observed who would otherwise go missing.

    Source: Lee (2009), Review of Economic Studies 76(3), propositions 1-3; Imbens and Manski (2004), Econometrica 72(6).

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = [5.0, 6, 7, 8, 9, 3, 4, 5, 6, None]
    >>> trial = pd.DataFrame({"y": outcomes, "arm": [1] * 5 + [0] * 5})
    >>> found = lee_bounds(trial, "y", treatment="arm").headline
    >>> round(found.trimmed_share, 3), found.low, found.high
    (0.2, 2.0, 3.0)
    """
    one_of(ties, TIES, "ties")
    frame = Frame.of(data)
    present = frame.present(outcome, "outcome")
    trial = trial_of(
        frame,
        np.arange(len(frame), dtype=np.float64),
        outcome=outcome,
        treatment=treatment,
        control=control,
        cluster=cluster,
    )
    _refuse_unobserved(trial, present, outcome)
    values = np.zeros(len(frame))
    values[present] = frame.rows(present).numbers(outcome, "outcome")
    notices = Notices()
    if not present.all():
        notices = attrition(frame, outcome, treatment=treatment, control=control, cluster=cluster)
    items = tuple(
        _bound(trial, values, present, arm=arm, ties=ties, conf_level=conf_level) for arm in range(1, len(trial.arms))
    )
    return LeeBounds(items=items, ties=ties, notices=notices)


def _refuse_unobserved(trial: Trial, present: Flags, outcome: str) -> None:
    for arm, name in enumerate(trial.arms):
        count = int(present[trial.arm == arm].sum())
        if count < 2:
            raise DesignError("rct_unobserved_arm", column=outcome, arm=name, count=count)


@dataclass(frozen=True, slots=True)
class _Arms:
    """The arm of which more were observed and the other one: rows, observed rows, observed share; and the share to trim."""

    rows: tuple[Flags, Flags]
    seen: tuple[Flags, Flags]
    rates: tuple[float, float]

    @property
    def share(self) -> float:
        return 1.0 - self.rates[1] / self.rates[0]


def _bound(trial: Trial, values: Floats, present: Flags, *, arm: int, ties: str, conf_level: float) -> LeeBound:
    own, other = trial.arm == arm, trial.arm == 0
    rates = float(present[own].mean()), float(present[other].mean())
    sign = 1.0 if rates[0] >= rates[1] else -1.0
    more, less = (own, other) if sign > 0 else (other, own)
    arms = _Arms((more, less), (more & present, less & present), (max(rates), min(rates)))
    mean = float(values[arms.seen[1]].mean())
    parts = [trim(values[arms.seen[0]], arms.share, from_above=above, ties=ties) for above in (sign > 0, sign < 0)]
    low, high = (sign * (part.mean - mean) for part in parts)
    errors = [_std_error(trial, values, part, arms, present) for part in parts]
    c = imbens_manski(high - low, std_error_low=errors[0], std_error_high=errors[1], conf_level=conf_level)
    return LeeBound(
        term=trial.arms[arm], low=low, high=high, std_error_low=errors[0], std_error_high=errors[1],
        conf_low=low - c * errors[0], conf_high=high + c * errors[1], conf_level=conf_level,
        difference=float(values[own & present].mean() - values[other & present].mean()),
        trimmed_arm=trial.arms[arm if sign > 0 else 0], trimmed_share=arms.share, observed=rates,
        n=int((own | other).sum()), clusters=len(np.unique(trial.unit[own | other])) if trial.clustered else 0,
    )  # fmt: skip


def _std_error(trial: Trial, values: Floats, part: Trimmed, arms: _Arms, present: Flags) -> float:
    if trial.clustered:
        return _cluster_error(trial, values, part, arms, present)
    more, less = (float(one.sum()) for one in arms.seen)
    gap, kept = part.edge - part.mean, 1.0 - arms.share
    missing = sum((1.0 - rate) / seen for rate, seen in zip(arms.rates, (more, less), strict=True))
    trimmed = (part.variance + arms.share * gap**2) / (more * kept) + gap**2 * missing
    return float(np.sqrt(trimmed + values[arms.seen[1]].var() / less))


def _cluster_error(trial: Trial, values: Floats, part: Trimmed, arms: _Arms, present: Flags) -> float:
    """Influences: of the winsorised outcomes, of who was observed through the share trimmed, and of the other arm's mean."""
    more, less = arms.seen
    gap, influence = part.edge - part.mean, np.zeros(trial.n)
    winsorised = part.kept * (values[more] - part.mean) + (1.0 - part.kept) * gap
    influence[more] = (winsorised - winsorised.mean()) / (more.sum() * (1.0 - arms.share))
    for sign, rows, seen, rate in zip((-1.0, 1.0), arms.rows, arms.seen, arms.rates, strict=True):
        influence[rows] += sign * gap * (present[rows] - rate) / seen.sum()
    influence[less] -= (values[less] - values[less].mean()) / less.sum()
    inside = arms.rows[0] | arms.rows[1]
    sums = np.bincount(trial.unit[inside], influence[inside])
    clusters = len(np.unique(trial.unit[inside]))
    return float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum()))
