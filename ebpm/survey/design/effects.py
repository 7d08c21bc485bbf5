"""Design effects: the variance of an estimate over that of a simple random sample of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimates, Number, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.survey.design.checks import Effect, large_effects
from ebpm.survey.design.sampling import Sampling, Weights, sampling
from ebpm.survey.design.stages import Columns
from ebpm.survey.design.unequal import design_effect
from ebpm.survey.estimation import Where, asked, domain_means, domain_totals, estimates
from ebpm.table import Table
from ebpm.texts import label

STATISTICS = MappingProxyType({"mean": domain_means, "total": domain_totals})
COLUMNS = ("term", "estimate", "std_error", "survey_deff", "survey_deft", "survey_effective", "n")


@dataclass(frozen=True, slots=True)
class DesignEffect:
    """One term: what its variance is beside that of a simple random sample.

    Parameters
    ----------
    term : the outcome or code.
    deff : ratio of the variances; unavailable where the outcome is constant.
    n : rows.
    """

    term: str
    deff: Number
    n: int

    @property
    def deft(self) -> Number:
        """Ratio of the standard errors."""
        return self.deff if isinstance(self.deff, Unavailable) else float(np.sqrt(self.deff))

    @property
    def effective_n(self) -> Number:
        """Rows of a simple random sample that would say as much."""
        if isinstance(self.deff, Unavailable):
            return self.deff
        return self.n / self.deff if self.deff > 0.0 else Unavailable("no_variation")


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignEffects(Shown):
    """Design effects of means or totals.

    Parameters
    ----------
    estimates : the means or totals.
    items : their design effects, in the same order.
    weighting : Kish's design effect of the weights alone.
    found : what the guard rails found of the design effects.
    """

    estimates: Estimates
    items: tuple[DesignEffect, ...]
    weighting: float
    found: Notices = field(repr=False)

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices + self.found

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the design effect of the headline."""
        first = self.items[0]
        deff = first.deff if isinstance(first.deff, Unavailable) else f"{first.deff:.3g}"
        return [label("survey_deff_sentence", lang, term=first.term, deff=deff, kish=f"{self.weighting:.3g}")]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term."""
        rows = tuple(
            (one.term, whole.estimate, whole.std_error, one.deff, one.deft, one.effective_n, one.n)
            for one, whole in zip(self.items, self.estimates, strict=True)
        )
        return (Table(COLUMNS, rows, label("survey_deff_caption", lang)),)


def design_effects(
    data: Any,
    outcome: str | Sequence[str],
    *,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    missing: str = "error",
    where: Where | None = None,
    statistic: str = "mean",
    replacement: bool = False,
    conf_level: float = 0.95,
) -> DesignEffects:
    """Return the design effect of means or totals: their variance over that of a simple random sample of as many rows.

    Parameters
    ----------
    data, outcome, weights, strata, cluster, population, lonely, missing, where, conf_level : as in `mean`.
    statistic : "mean" or "total".
    replacement : whether the simple random sample is drawn with replacement; else it has the finite population correction
        1 - n / sum(w), for which the weights must add up to the population.

    Raises
    ------
    DataError, DesignError : as `mean`; DesignError if the weights add up to fewer than the rows.

    deff = V / ((1 - n / N) s^2 / n), s^2 = n / (n - 1) sum w (y - ybar)^2 / N, N = sum w; N^2 times that for a total, whose
    design effect is larger where clusters differ in size.

    Source: Kish (1965), Survey Sampling, section 8.2; Sarndal, Swensson and Wretman (1992), section 2.10.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1.0, 1.0, 2.0, 2.0, 4.0, 4.0], "lot": [1, 1, 2, 2, 3, 3], "w": [10.0] * 6})
    >>> found = survey.design_effects(data, "y", weights="w", cluster="lot", replacement=True)
    >>> round(found.items[0].deff, 3)
    2.5
    """
    compute = STATISTICS[one_of(statistic, tuple(STATISTICS), "statistic")]
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, outcome, drawn=design.drawn, by=None, where=where, missing=missing, labels=False)
    found = estimates(
        design, lambda weights: compute(what, weights), estimand=statistic, conf_level=conf_level,
        clustered=cluster is not None, notices=what.notices,
    )  # fmt: skip
    rows = what.domains[0].rows
    simple = _simple(design, what.columns[rows], design.weights[rows], replacement)
    if statistic == "total":
        simple = simple * design.weights[rows].sum() ** 2
    pairs = zip(found, simple.tolist(), strict=True)
    items = tuple(DesignEffect(one.term, _ratio(one.std_error, variance), one.n) for one, variance in pairs)
    large = large_effects([Effect(one.term, one.deff, one.n) for one in items if not isinstance(one.deff, Unavailable)])
    return DesignEffects(estimates=found, items=items, weighting=design_effect(design.weights[rows]), found=large)


def _simple(design: Sampling, columns: Floats, weights: Floats, replacement: bool) -> Floats:  # noqa: FBT001
    """Variance of the mean of a simple random sample, shape (k,)."""
    n, size = len(weights), float(weights.sum())
    spread = weights @ (columns - weights @ columns / size) ** 2 / size * n / (n - 1)
    if replacement:
        return np.asarray(spread / n)
    if size < n:
        raise DesignError("survey_weights_not_scaled", total=f"{size:,.6g}", rows=len(design.weights))
    return np.asarray(spread * (size - n) / (size * n))


def _ratio(std_error: Number, variance: float) -> Number:
    if isinstance(std_error, Unavailable):
        return std_error
    return std_error**2 / variance if variance > 0.0 else Unavailable("no_variation")
