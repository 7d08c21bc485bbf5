"""Weights as a reader should see them: how large, how many persons they leave, in each arm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import Words, called, label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class ArmWeights:
    """Weights of one arm.

    Parameters
    ----------
    arm : its label.
    n : persons.
    effective : Kish's effective number of persons.
    mean, largest : of the weights.
    largest_share : of the heaviest person in the sum.
    """

    arm: Words
    n: int
    effective: float
    mean: float
    largest: float
    largest_share: float

    def sentence(self, lang: str | None = None) -> str:
        """Return how many persons the weights leave."""
        return label(
            "cohort_weights_sentence", lang, arm=_name(self.arm, lang), n=f"{self.n:,}", effective=f"{self.effective:,.1f}",
            largest=f"{self.largest:.3g}", share=f"{100 * self.largest_share:.1f}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SummedWeights:
    """The weights of a comparison, without those of single persons: there is no figure of how they spread.

    Parameters
    ----------
    by_arm : weights of the untreated and of the treated.
    """

    by_arm: tuple[ArmWeights, ...]

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many persons the weights leave in each arm."""
        return [one.sentence(lang) for one in self.by_arm]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        records = [
            {
                "term": _name(one.arm, lang),
                "n": one.n,
                "n_effective": one.effective,
                "mean_weight": one.mean,
                "largest_weight": one.largest,
            }
            for one in self.by_arm
        ]
        return (Table.of(records, label("cohort_weights_caption", lang)),)


@dataclass(frozen=True, slots=True, eq=False)
class Weighting(Shown):
    """The weights of a comparison.

    Parameters
    ----------
    values : with the sampling weights, shape (n,).
    treated : 1 or 0, shape (n,).
    arms : labels of the untreated and of the treated.
    notices : what the guard rails found.
    """

    values: Floats = field(repr=False)
    treated: Floats = field(repr=False)
    arms: tuple[Words, Words]
    notices: Notices = field(default_factory=Notices)

    @property
    def by_arm(self) -> tuple[ArmWeights, ...]:
        """The weights of the untreated and of the treated."""
        return tuple(_arm(self.values[self.treated == arm], name) for arm, name in enumerate(self.arms))

    def names(self, lang: str | None = None) -> tuple[str, str]:
        """Return what readers call the arms."""
        untreated, treated = (_name(arm, lang) for arm in self.arms)
        return untreated, treated

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many persons the weights leave in each arm."""
        return SummedWeights(self.by_arm).lines(lang)

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        return SummedWeights(self.by_arm).tables(lang)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the weights of the treated and of the untreated."""
        from ebpm.figures.propensities import draw_weights

        return draw_weights(self, ax, lang=lang)


def _name(arm: Words, lang: str | None) -> str:
    return called(arm, lang) if isinstance(arm, str) else words(arm, lang)


def _arm(weights: Floats, name: Words) -> ArmWeights:
    total = float(weights.sum())
    return ArmWeights(
        name,
        len(weights),
        effective_number(weights),
        total / len(weights),
        float(weights.max()),
        float(weights.max()) / total,
    )


def effective_number(weights: Floats) -> float:
    """Return (sum w)^2 / sum w^2, the number of persons of equal weight that would be as informative.

    Source: Kish (1965), Survey Sampling, section 11.7.
    """
    return float(weights.sum() ** 2 / np.square(weights).sum())
