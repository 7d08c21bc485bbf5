"""A weighted comparison from sums, with what they show of the work of the weights."""

from __future__ import annotations

from dataclasses import dataclass, field

from ebpm.cohort.weights.balance import CovariateBalance
from ebpm.cohort.weights.checks import Overlap, few_clusters, overlap_found, weight_notices
from ebpm.cohort.weights.weighted import Weighed
from ebpm.cohort.weights.weighting import SummedWeights
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SummedPropensity:
    """Fitted chances of treatment, without those of single persons.

    Parameters
    ----------
    terms : names of the covariates, length k.
    log_odds : coefficients of the constant and the covariates, shape (k + 1,).
    overlap : how far the chances of the arms overlap.
    """

    terms: tuple[str, ...]
    log_odds: Floats
    overlap: Overlap

    @property
    def coefficients(self) -> dict[str, float]:
        """Of the logistic regression, by name; "1" is the constant."""
        return dict(zip(("1", *self.terms), self.log_odds.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class StreamedWeighted(Weighed):
    """Effects of a treatment that was not drawn by lot, from the sums of a table that stays where it is.

    Parameters
    ----------
    estimates : the effects and the means.
    propensity : the model of the treatment.
    balance : covariates before and after; draws the Love plot.
    weighting : weights of the arms.
    """

    estimates: Estimates
    propensity: SummedPropensity = field(repr=False)
    balance: CovariateBalance = field(repr=False)
    weighting: SummedWeights = field(repr=False)

    @classmethod
    def of(
        cls, found: Estimates, propensity: SummedPropensity, balance: CovariateBalance, weighting: SummedWeights, *, clusters: int
    ) -> StreamedWeighted:  # fmt: skip
        """Return the result, with its checks; 0 clusters where persons are independent."""
        notices = (
            overlap_found(propensity.overlap) + weight_notices(weighting) + balance.notices + few_clusters(clusters)
        )
        return cls(found.with_notices(notices), propensity, balance, weighting)
