"""Which two-group comparisons a two-way fixed-effects coefficient is an average of (Goodman-Bacon 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.did.constant_outcome import refuse_constant, refuse_constant_sums
from ebpm.did.regression_checks import check_forbidden
from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import read_panel
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.paths.scan import PathRequest
from ebpm.moments.scans.paths.stand_ins import centred
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import level
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("treated_never", "earlier_later", "later_earlier", "later_always")
FORBIDDEN = ("later_earlier", "later_always")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of two groups, before and after one of them starts.

    Parameters
    ----------
    cohort : the group that starts.
    against : the group that it is compared with: a cohort, infinity (never treated), or the first
        period (always treated).
    kind : "treated_never", "earlier_later" (a cohort not yet treated), "later_earlier" or "later_always" (already treated: forbidden).
    estimate : difference in differences, in the unit of the outcome.
    weight : with which it enters the coefficient; all sum to one.
    """

    cohort: int
    against: float
    kind: str
    estimate: float
    weight: float

    @property
    def forbidden(self) -> bool:
        """Whether units already treated serve as comparison."""
        return self.kind in FORBIDDEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Bacon(Shown):
    """A two-way fixed-effects coefficient taken apart.

    Parameters
    ----------
    comparisons : in order of cohort and comparison.
    rows : rows used.
    conf_level : level that was asked for; the parts carry no interval.
    notices : what the guard rails found.
    """

    comparisons: tuple[Comparison, ...]
    rows: int
    conf_level: float
    notices: Notices = field(default_factory=Notices)

    @property
    def coefficient(self) -> float:
        """The two-way fixed-effects coefficient: the weighted sum of the comparisons."""
        return sum(one.weight * one.estimate for one in self.comparisons)

    def weight(self, *kinds: str) -> float:
        """Return the weight of some kinds of comparison."""
        return sum(one.weight for one in self.comparisons if one.kind in kinds)

    def mean(self, *kinds: str) -> float | Unavailable:
        """Return the weighted mean of some kinds of comparison; unavailable where they have no weight."""
        weight = self.weight(*kinds)
        total = sum(one.weight * one.estimate for one in self.comparisons if one.kind in kinds)
        return total / weight if weight > 0 else Unavailable("did_no_such_comparison")

    @property
    def estimates(self) -> Estimates:
        """The coefficient, the headline "twfe", and the mean of each kind of comparison; none carries a standard error."""
        kinds = [(kind, self.mean(kind)) for kind in KINDS]
        values = [("twfe", self.coefficient), *((kind, mean) for kind, mean in kinds if isinstance(mean, float))]
        items = tuple(self._estimate(name, value) for name, value in values)
        return Estimates(items=items, headline_term="twfe", notices=self.notices)

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a comparison: cohort, comparison, comparison_kind, estimate, weight."""
        names = {kind: label(f"did_bacon_{kind}", lang) for kind in KINDS}
        records = [
            {"cohort": str(one.cohort), "comparison": "∞" if np.isinf(one.against) else f"{one.against:g}",
             "comparison_kind": names[one.kind], "estimate": one.estimate, "weight": one.weight}
            for one in self.comparisons
        ]  # fmt: skip
        return (Table.of(records, label("did_bacon_caption", lang)),)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the coefficient, and the weight and the mean of each kind of comparison."""
        lines = [label("did_bacon_sum", lang, estimate=f"{self.coefficient:.4g}", count=len(self.comparisons))]
        for kind in KINDS:
            mean = self.mean(kind)
            if isinstance(mean, float):
                name, weight = label(f"did_bacon_{kind}", lang), f"{self.weight(kind):.1%}"
                lines.append(label("did_bacon_part", lang, kind=name, weight=weight, estimate=f"{mean:.4g}"))
        return lines

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw every comparison by its weight and its estimate, the forbidden ones marked."""
        from ebpm.figures.bacon import draw_bacon

        return draw_bacon(self, ax, lang=lang)

    def _estimate(self, name: str, value: float) -> Estimate:
        none = Unavailable("did_decomposed")
        return Estimate(
            term=name, estimate=value, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none,
            conf_level=self.conf_level, n=self.rows, estimand="twfe_effect", method="did.bacon",
        )  # fmt: skip


def bacon(data: Any, outcome: str, *, unit: str, time: str, first_treated: str, conf_level: float = 0.95) -> Bacon:
    """Take the coefficient of `did.twfe` apart into its comparisons of two groups, with the weight of each.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; every unit is seen in every period. A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies; the numbers are the same.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated; at or before the first period where it is always treated.
    conf_level : level that the parts would have; they carry no interval.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit.
    DesignError : a unit that misses a period; an outcome that never varies; a single cohort with nothing to compare.

    Formula: with shares n, n_kl = n_k / (n_k + n_l) and D the share of periods treated, a cohort against one that does not change is
    weighted by (n_k + n_u)^2 n_ku (1 - n_ku) D_k (1 - D_k), an earlier k against a later l by
    ((n_k + n_l)(1 - D_l))^2 n_kl (1 - n_kl) (D_k - D_l)(1 - D_k) / (1 - D_l)^2, the later against the earlier by
    ((n_k + n_l) D_k)^2 n_kl (1 - n_kl) D_l (D_k - D_l) / D_k^2, all divided by their sum, the variance of the treatment.

    Assumptions: none, it is arithmetic. Comparisons with units already treated ask that their effect no longer changes.

    Source: Goodman-Bacon (2021), Journal of Econometrics 225(2), theorem 1 and equation 10.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [2] * 3 + [0] * 3}
    >>> parts = did.bacon(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> [(one.cohort, one.kind, round(one.estimate, 4), round(one.weight, 4)) for one in parts.comparisons]
    [(2, 'earlier_later', 0.0, 0.1667), (2, 'treated_never', -1.5, 0.3333), (3, 'later_earlier', 4.0, 0.1667), (3, 'treated_never', 2.5, 0.3333)]
    """
    means = _Means.of(data, outcome, unit=unit, time=time, first_treated=first_treated)
    found = _comparisons(means)
    total = sum(one.weight for one in found)
    if not total > 0:
        raise DesignError("did_no_comparison", cohorts=", ".join(f"{one:g}" for one in means.cohorts))
    comparisons = tuple(
        Comparison(one.cohort, one.against, one.kind, one.estimate, one.weight / total) for one in found
    )
    plain = Bacon(
        comparisons=comparisons, rows=int(means.counts.sum()) * len(means.periods), conf_level=level(conf_level)
    )
    return replace(plain, notices=check_forbidden(plain.weight(*FORBIDDEN)) + means.notices)


@dataclass(frozen=True, slots=True)
class _Means:
    """The mean paths of the groups that are compared.

    Parameters
    ----------
    periods : shape (T,).
    cohorts : first treated period of each, the first period where always, infinity where never, shape (C,).
    counts : units, shape (C,).
    paths : shape (C, T); of sums less the mean of each, on which no comparison of changes depends.
    notices : on sums.
    """

    periods: Ints
    cohorts: Floats
    counts: Ints
    paths: Floats
    notices: Notices

    @classmethod
    def of(cls, data: Any, outcome: str, *, unit: str, time: str, first_treated: str) -> _Means:
        request = PathRequest(outcome=outcome, unit=unit, time=time, first_treated=first_treated)
        if (found := paths_of(data, request, records={})) is not None:
            whole, _ = found.complete(drop_gaps=False)
            refuse_constant_sums(whole, outcome)
            periods = np.array(whole.periods, dtype=np.int64)
            cohorts, codes = np.unique(_starts(whole.cohorts, periods), return_inverse=True)
            shares = (codes == np.arange(len(cohorts))[:, None]) * np.array(whole.counts, dtype=np.int64)
            counts = shares.sum(axis=1)
            return cls(
                periods, cohorts, counts, shares @ centred(whole) / counts[:, None], check_steps(outcome, whole.fixed)
            )
        panel = read_panel(data, outcome, unit=unit, time=time, first_treated=first_treated)
        refuse_constant(panel, outcome)
        cohorts, codes = np.unique(_starts(panel.first_treated, panel.periods), return_inverse=True)
        means = np.array([panel.paths[codes == place].mean(axis=0) for place in range(len(cohorts))])
        return cls(panel.periods, cohorts, np.bincount(codes), means, Notices())


def _starts(first_treated: Floats, periods: Ints) -> Floats:
    return np.where(first_treated > periods[-1], np.inf, np.maximum(first_treated, periods[0]))


def _comparisons(means: _Means) -> list[Comparison]:
    """Return every comparison with its weight before it is divided by the variance of the treatment."""
    cohorts, shares = means.cohorts, means.counts / means.counts.sum()
    treated = np.array([(means.periods >= cohort).mean() for cohort in cohorts])
    return [
        _comparison(means, (own, other), _weight(shares[[own, other]], treated[[own, other]]))
        for own in range(len(cohorts)) if 0 < treated[own] < 1
        for other in range(len(cohorts)) if other != own
    ]  # fmt: skip


def _weight(shares: Floats, treated: Floats) -> float:
    """Return the share of the pair times the variance that the change of the first group gives it."""
    own, other = treated
    if other in (0.0, 1.0):
        variance = own * (1 - own)
    elif own > other:
        variance = (own - other) * (1 - own)
    else:
        variance = own * (other - own)
    return float(np.prod(shares) * variance)


def _comparison(means: _Means, pair: Sequence[int], weight: float) -> Comparison:
    (start, against), periods = means.cohorts[list(pair)], means.periods
    if np.isinf(against):
        kind, used = "treated_never", np.ones(len(periods), dtype=np.bool_)
    elif against <= periods[0]:
        kind, used = "later_always", np.ones(len(periods), dtype=np.bool_)
    else:
        kind = "earlier_later" if start < against else "later_earlier"
        used = periods < against if start < against else periods >= against
    after = periods >= start
    paths = means.paths[list(pair)]
    changes = paths[:, used & after].mean(axis=1) - paths[:, used & ~after].mean(axis=1)
    return Comparison(int(start), float(against), kind, float(changes[0] - changes[1]), weight)
