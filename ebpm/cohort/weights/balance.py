"""Balance of covariates between the treated and the untreated, before and after weighting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class CovariateBalance(Shown):
    """Standardised differences, treated less untreated.

    Parameters
    ----------
    covariates : names, length k.
    before, after : without and with the weights, shape (k,), in standard deviations before weighting.
    notices : what the guard rails found.
    """

    covariates: tuple[str, ...]
    before: Floats = field(compare=False)
    after: Floats = field(compare=False)
    notices: Notices = field(default_factory=Notices)

    @property
    def largest(self) -> float:
        """The largest difference that is left, in absolute value."""
        return float(np.abs(self.after).max(initial=0.0))

    def names(self, lang: str | None = None) -> list[str]:
        """Return what readers call the covariates; powers keep their exponent."""
        parts = (name.partition("^") for name in self.covariates)
        return [f"{called(column, lang)}{sign}{power}" for column, sign, power in parts]

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the largest difference before and after."""
        if not self.covariates:
            return [label("cohort_balance_none", lang)]
        at = int(np.argmax(np.abs(self.after)))
        before = f"{np.abs(self.before).max():.3f}"
        return [
            label(
                "cohort_balance_sentence",
                lang,
                before=before,
                after=f"{self.largest:.3f}",
                name=self.names(lang)[at],
            )
        ]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a covariate."""
        records = [
            {"term": name, "standardised_before": before, "standardised_after": after}
            for name, before, after in zip(self.names(lang), self.before.tolist(), self.after.tolist(), strict=True)
        ]
        return (Table.of(records, label("cohort_balance_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the Love plot."""
        from ebpm.figures.love import draw_weighting

        return draw_weighting(self, ax, lang=lang)


def standardised(matrix: Floats, treated: Floats, *, weights: Floats, base: Floats, estimand: str) -> Floats:
    """Return differences of weighted means over a standard deviation without weights of estimation, shape (k,).

    Parameters
    ----------
    matrix : covariates, shape (n, k).
    treated : 1 or 0, shape (n,).
    weights : with which means are taken, shape (n,).
    base : sampling weights, with which the standard deviation is taken, shape (n,).
    estimand : "att" scales by the standard deviation of the treated, "atc" by that of the untreated, others by the root of the
        mean of both variances.

    Source: Austin and Stuart (2015), Statistics in Medicine 34(28), section 3.
    """
    inside = [treated == arm for arm in (0.0, 1.0)]
    gap = np.subtract(*(np.average(matrix[rows], axis=0, weights=weights[rows]) for rows in reversed(inside)))
    spreads = [_variance(matrix[rows], base[rows]) for rows in inside]
    variance = {"att": spreads[1], "atc": spreads[0]}.get(estimand, (spreads[0] + spreads[1]) / 2.0)
    return np.divide(gap, np.sqrt(variance), out=np.zeros(matrix.shape[1]), where=variance > 0)


def _variance(rows: Floats, base: Floats) -> Floats:
    mean = np.average(rows, axis=0, weights=base)
    share = base.sum() - (base**2).sum() / base.sum()
    return np.asarray(base @ (rows - mean) ** 2 / share)
