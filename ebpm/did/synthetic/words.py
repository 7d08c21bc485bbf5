"""Weights of synthetic comparisons as tables, and where their uncertainty comes from in words."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.did.synthetic.average import Parts
from ebpm.did.synthetic.draws import Draws
from ebpm.did.synthetic.fit import Synthetic
from ebpm.did.synthetic.sample import Study
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.moments.frame import Floats, Ints
from ebpm.records import carrying
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHOWN = 1e-9


class Pictured(Shown):
    """A synthetic comparison with its figures and the weights of its donors."""

    __slots__ = ()

    study: Study
    fit: Synthetic
    draws: Draws | Unavailable

    @property
    @abstractmethod
    def estimates(self) -> Estimates:
        """The effects by time since treatment, and their mean, the headline "overall"."""

    def tidy(self) -> pd.DataFrame:
        """Return one row a time since treatment and one for the mean, with the glossary's columns."""
        return self.estimates.tidy()

    @property
    def one_start(self) -> int | None:
        """Place of the first treated period, where all groups share it."""
        starts = np.unique(self.fit.starts)
        return int(starts[0]) if len(starts) == 1 else None

    def by_time(self, values: Floats, *, whole: bool = False) -> tuple[Floats, Floats]:
        """Return periods, or times since treatment where starts differ, and the mean over the groups, each treated unit alike.

        Parameters
        ----------
        values : shape (B, G, T).
        whole : only the times at which every group is seen.
        """
        parts = Parts.of("event", self.fit.starts, self.study.periods)
        means = parts.averages(values, np.repeat(self.fit.counts[None], len(values), axis=0))[0][:, :-1]
        start = self.one_start
        if start is not None:
            return self.study.periods.astype(np.float64), means
        seen = (
            np.asarray(parts.masks[:-1].any(axis=2)).all(axis=1)
            if whole
            else np.ones(len(parts.positions), dtype=np.bool_)
        )
        return np.array(parts.positions, dtype=np.float64)[seen], means[:, seen]

    def unit_weights(self, lang: str | None = None) -> Table:
        """Return the donors that carry weight, the heaviest first: first treated period of the group, unit, weight.

        Parameters
        ----------
        lang : "ja" or "en"; the language in use where None.
        """
        records = [
            {
                "cohort": str(self.study.periods[start]),
                "unit": self.study.donors[donor],
                "weight": float(weights[donor]),
            }
            for start, weights in zip(self.fit.starts, self.fit.unit_weights, strict=True)
            for donor in heaviest(weights)
        ]
        return Table.of(records, label("synthetic_unit_weights", lang))

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the treated and the synthetic path, with the weights of the periods where there are any."""
        from ebpm.figures.synthetic import draw_paths

        return draw_paths(self, ax, lang=lang)

    def plot_gaps(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the gaps, with those of the placebos where there are any.

        Parameters
        ----------
        ax : matplotlib axes to draw in; a new figure where None.
        lang : "ja" or "en"; the language in use where None.
        """
        from ebpm.figures.synthetic import draw_gaps

        return carrying(ax, lambda: draw_gaps(self, ax, lang=lang), self.numbers_drawn)

    def plot_weights(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the weights of the donors.

        Parameters
        ----------
        ax : matplotlib axes to draw in; a new figure where None.
        lang : "ja" or "en"; the language in use where None.
        """
        from ebpm.figures.synthetic import draw_weights

        return carrying(ax, lambda: draw_weights(self, ax, lang=lang), self.numbers_drawn)


def period_weights(fit: Synthetic, study: Study, lang: str | None) -> Table:
    """Return the periods that carry weight, in order, by first treated period of the group."""
    records = [
        {"cohort": str(study.periods[start]), "synthetic_period": str(study.periods[place]), "weight": float(weights[place])}
        for start, weights in zip(fit.starts, fit.time_weights, strict=True)
        for place in np.flatnonzero(weights > SHOWN)
    ]  # fmt: skip
    return Table.of(records, label("synthetic_time_weights", lang))


def heaviest(weights: Floats) -> Ints:
    """Return the places of the weights above zero, the largest first."""
    order = np.argsort(-weights, kind="stable")
    return order[weights[order] > SHOWN]


def draws_said(draws: Draws | Unavailable, lang: str | None) -> str:
    """Return where the standard error comes from."""
    if isinstance(draws, Unavailable):
        return draws.words(lang)
    which = "all" if draws.complete else "drawn"
    return label(f"synthetic_{draws.kind}", lang, which=label(f"synthetic_{which}", lang), count=f"{len(draws):,}")


def tested_said(estimate: Estimate, lang: str | None) -> str:
    """Return the effects that are not ruled out, or why there is no interval."""
    if isinstance(estimate.conf_low, Unavailable) or isinstance(estimate.conf_high, Unavailable):
        return label("synthetic_no_interval", lang, reason=words_of(estimate.conf_low, lang))
    facts = {"low": f"{estimate.conf_low:.4g}", "high": f"{estimate.conf_high:.4g}"}
    return label("synthetic_interval", lang, level=f"{100 * estimate.conf_level:g}", **facts)


def words_of(value: Number, lang: str | None) -> str:
    """Return the reason why a number is not there; the number where it is."""
    return value.words(lang) if isinstance(value, Unavailable) else f"{value:.4g}"


def untested(value: float, none: Unavailable, **what: Any) -> Estimate:
    """Return an estimate without standard error and interval, and why.

    Parameters
    ----------
    value : of the estimate.
    none : the reason.
    what : the fields `term n estimand method conf_level` of `Estimate`.
    """
    return Estimate(
        estimate=value, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none, **what,
    )  # fmt: skip
