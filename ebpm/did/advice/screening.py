"""What the data say about a design before anything is estimated: outcome, clusters, covariates, single units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.advice.panel_view import adoption
from ebpm.did.cohort_means import Allocation, CohortMeans, not_yet_treated_weights
from ebpm.did.design_checks import Allocated, Screened, check_allocation, check_screened
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.panel import Panel, read_panel
from ebpm.notices import Notices
from ebpm.stats.inference import two_sided_p

SKEWED = 10.0
WHOLE = 1e-6
SMALL = 0.05


@dataclass(frozen=True, slots=True)
class Amounts:
    """What kind of number an outcome is.

    Parameters
    ----------
    zeros : share of zeros.
    counts : whether it holds whole numbers of zero or more, other than 0 and 1 alone.
    skewed : whether it is not negative and its largest value is beyond ten times the median of those above zero.
    logged : whether it is the logarithm of one plus whole numbers, or their inverse hyperbolic sine.
    """

    zeros: float
    counts: bool
    skewed: bool
    logged: bool

    @classmethod
    def of(cls, values: Floats) -> Amounts:
        """Look at an outcome, shape (n,)."""
        zeros, positive = float((values == 0).mean()), values[values > 0]
        if values.min() < 0 or len(np.unique(values)) < 3 or not len(positive):
            return cls(zeros, counts=False, skewed=False, logged=False)
        whole, few = _whole(values), positive.max() < 50
        logged = bool(not whole and few and (_whole(np.expm1(values)) or _whole(np.sinh(values))))
        return cls(zeros, counts=whole, skewed=bool(positive.max() > SKEWED * np.median(positive)), logged=logged)

    @property
    def multiplicative(self) -> bool:
        """Whether effects are better read as ratios: counts or skewed amounts, with zeros among them."""
        return self.zeros > 0 and (self.counts or self.skewed) and not self.logged


def _whole(values: Floats) -> bool:
    return bool((np.abs(values - np.round(values)) <= WHOLE * np.maximum(1.0, np.abs(values))).all())


def check_design(
    data: Any,
    outcome: str,
    *,
    time: str,
    unit: str | None = None,
    first_treated: str | None = None,
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
) -> Notices:
    """Check a design of difference in differences before anything is estimated.

    Parameters
    ----------
    data, outcome, unit, time : as in `did.att_gt`; without `unit`, repeated cross-sections.
    first_treated, treatment : as in `did.adoption`.
    covariates : columns that the analysis adjusts for.
    cluster : column of what treatment was given to; the unit where None.

    Returns
    -------
    Notices on zeros and logarithms, units always treated, treatment that ends, periods without comparison, few treated clusters, a single period before
    treatment, covariates that treatment may move, and one unit that decides the result.

    Raises
    ------
    DataError, DesignError : as `did.adoption`.

    Source: that of each notice, by `ebpm.explain`; the rule that every check stands before the estimate: Rubin (2008), Annals of
    Applied Statistics 2(3).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": np.log1p([0, 3, 9, 2, 0, 1]), "id": [1, 1, 1, 2, 2, 2], "t": [1, 2, 3] * 2, "g": [3, 3, 3, 0, 0, 0]}
    >>> "D239" in did.check_design(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g").codes
    True
    """
    frame = Frame.of(data)
    found = Amounts.of(frame.numbers(outcome, "outcome"))
    screened = Screened(zeros=found.zeros, logged=found.logged, multiplicative=found.multiplicative)
    if unit is None:
        return check_screened(screened)
    grid = adoption(
        frame.native, unit=unit, time=time, first_treated=first_treated, treatment=treatment, outcome=outcome
    )
    treated = treated_clusters(frame, grid.units, grid.first_treated, unit, cluster)
    few = check_allocation(Allocated(treated, 1, 1.0))
    starts = grid.first_treated[np.isfinite(grid.first_treated)]
    if not len(starts):
        raise DesignError("did_no_treated_rows", column=first_treated or treatment, last=int(grid.periods[-1]))
    before = int((grid.periods < starts.max()).sum())
    panel = _complete(frame, outcome, covariates, unit=unit, time=time, first_treated=first_treated)
    named = dict(_moved(panel, covariates)) if panel else {}
    screened = Screened(
        zeros=found.zeros, logged=found.logged, multiplicative=found.multiplicative, before=before, moved=named,
        heaviest=_heaviest(panel) if panel else ("", 0.0), always=grid.always_treated,
    )  # fmt: skip
    return grid.notices + few + check_screened(screened)


def treated_clusters(frame: Frame, units: Sequence[Any], first: Floats, unit: str, cluster: str | None) -> int:
    """Return the number of clusters (units where None is named) with a unit that is ever treated."""
    treated = {label for label, start in zip(units, first, strict=True) if np.isfinite(start)}
    if cluster is None:
        return len(treated)
    codes, groups = frame.codes(unit, "unit"), frame.codes(cluster, "cluster")
    ever = np.array([label in treated for label in codes.levels])
    return len(np.unique(groups.codes[ever[codes.codes]]))


def _complete(
    frame: Frame, outcome: str, covariates: Sequence[str], *, unit: str, time: str, first_treated: str | None
) -> Panel | None:
    """Return the units that are seen in every period; None where there are too few of them, or no column of dates."""
    if first_treated is None:
        return None
    panel = read_panel(
        frame.native, outcome, unit=unit, time=time, first_treated=first_treated, covariates=covariates, drop_gaps=True
    )
    return panel if len(panel) > 2 else None


def _means(panel: Panel, paths: Floats) -> tuple[Allocation, CohortMeans] | None:
    given = Panel(panel.units, panel.periods, paths, panel.first_treated, np.empty((*paths.shape, 0)))
    try:
        allocation = Allocation.of(given, np.zeros(len(panel), dtype=np.int64))
        return allocation, CohortMeans.of(allocation, not_yet_treated_weights(allocation))
    except DesignError:
        return None


def _moved(panel: Panel, covariates: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the covariates that vary in time and that treatment seems to move, with the p value."""
    for place, name in enumerate(covariates):
        paths = panel.covariates[:, :, place]
        found = _means(panel, paths) if (paths != paths[:, :1]).any() else None
        if found:
            value, variance = found[1].effects(found[0].dates.astype(np.int8)[None])
            if variance[0, 0] > 0:
                p_value = two_sided_p(float(value[0, 0] / np.sqrt(variance[0, 0])), len(panel) - 2.0)
                if p_value < SMALL:
                    yield name, p_value


def _heaviest(panel: Panel) -> tuple[str, float]:
    """Return the unit whose change decides most of the variance of the effect, and its share."""
    found = _means(panel, panel.paths)
    if not found:
        return "", 0.0
    given, means = found
    own = means.parts[0][np.arange(len(given.dates)), given.dates]
    centred = own - (np.bincount(given.dates, own) / given.sizes)[given.dates]
    weight = (centred / given.sizes[given.dates]) ** 2
    kept = [label for label, start in zip(panel.units, panel.first_treated, strict=True) if start > panel.periods[0]]
    place = int(weight.argmax())
    return str(kept[place]), float(weight[place] / weight.sum()) if weight.sum() > 0 else 0.0
