"""A weighted comparison with what shows whether the weights did their work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ebpm.cohort.weights.balance import CovariateBalance, standardised
from ebpm.cohort.weights.checks import balance_notices, few_clusters, weight_notices
from ebpm.cohort.weights.effects import RATIOS, ratio_sentence
from ebpm.cohort.weights.propensity import Propensity
from ebpm.cohort.weights.propensity_model import PropensityModel
from ebpm.cohort.weights.weighting import SummedWeights, Weighting
from ebpm.estimate import Estimates
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.regression.stacked import Weights
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Weighed(Shown):
    """What every weighted comparison shows of itself."""

    __slots__ = ()
    estimates: Estimates
    balance: CovariateBalance
    weighting: Weighting | SummedWeights

    @property
    def notices(self) -> Notices:
        """What the guard rails found on overlap, weights, balance and clusters."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, the ratios, and what is left of the differences between the arms."""
        ratios = [ratio_sentence(self.estimates[term], lang) for term in RATIOS if term in self.estimates.terms]
        parts = (self.balance, self.weighting)
        return [self.estimates.headline.sentence(lang), *ratios, *(line for part in parts for line in part.lines(lang))]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the estimates, the balance and the weights."""
        estimates = self.estimates.table(label("cohort_estimates_caption", lang))
        return estimates, *self.balance.tables(lang), *self.weighting.tables(lang)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw covariates before and after weighting."""
        return self.balance.draw(ax, lang)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted(Weighed):
    """Effects of a treatment that was not drawn by lot, after weighting by the chance of it.

    Parameters
    ----------
    estimates : the effects and the means.
    propensity : chances of treatment; draws their overlap.
    balance : covariates before and after; draws the Love plot.
    weighting : the weights; draws them.
    """

    estimates: Estimates
    propensity: Propensity = field(repr=False)
    balance: CovariateBalance = field(repr=False)
    weighting: Weighting = field(repr=False)

    @classmethod
    def of(cls, found: Estimates, model: PropensityModel, weights: Weights, *, estimand: str) -> Weighted:
        """Return the result, with its checks.

        Parameters
        ----------
        found : the effects.
        model : of the treatment.
        weights : without the sampling weights.
        estimand : "ate", "att", "atc" or "ato".
        """
        subjects = model.subjects
        total = subjects.base * weights.values
        weighting = Weighting(total, subjects.treated, subjects.arms)
        balance = weighted_balance(model, weights, estimand)
        propensity = Propensity(model)
        caution = weight_notices(weighting)
        notices = propensity.notices + caution + balance.notices + few_clusters(subjects.groups)
        weighting = Weighting(total, subjects.treated, subjects.arms, caution)
        return cls(found.with_notices(notices), propensity, balance, weighting)


def weighted_balance(model: PropensityModel, weights: Weights, estimand: str) -> CovariateBalance:
    """Return the standardised differences before and after weighting, with their notice (C410)."""
    subjects, names = model.subjects, model.subjects.terms.names
    before, after = (
        standardised(subjects.terms.matrix, subjects.treated, weights=used, base=subjects.base, estimand=estimand)
        for used in (subjects.base, subjects.base * weights.values)
    )
    found = CovariateBalance(names, np.asarray(before), np.asarray(after))
    return CovariateBalance(names, found.before, found.after, balance_notices(found))
