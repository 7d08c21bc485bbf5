"""A comparison standardised by regression, with what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.cohort.subjects import Subjects
from ebpm.cohort.weights.checks import few_clusters, overlap_notices
from ebpm.cohort.weights.effects import RATIOS, ratio_sentence
from ebpm.cohort.weights.propensity_model import fit_propensity
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Standardised(Shown):
    """Effects of a treatment that was not drawn by lot, by regressions of the outcome.

    Parameters
    ----------
    estimates : the effects and the means.
    """

    estimates: Estimates

    @classmethod
    def of(cls, found: Estimates, subjects: Subjects) -> Standardised:
        """Return the result, with its checks."""
        return cls(found.with_notices(_extrapolation(subjects) + few_clusters(subjects.groups)))

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline and the ratios."""
        ratios = [ratio_sentence(self.estimates[term], lang) for term in RATIOS if term in self.estimates.terms]
        return [self.estimates.headline.sentence(lang), *ratios]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the estimates."""
        return (self.estimates.table(label("cohort_estimates_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the estimates."""
        return self.estimates.plot(ax, lang=lang)


def _extrapolation(subjects: Subjects) -> Notices:
    """C408 where the arms hardly overlap: a regression then predicts for persons of whom its arm has none alike."""
    if not subjects.terms.names:
        return Notices()
    try:
        return overlap_notices(fit_propensity(subjects))
    except DesignError:
        return Notices()
