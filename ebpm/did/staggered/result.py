"""The result of the imputation, two-stage and interaction-weighted estimators: effects by cohort and period, and averages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ebpm.did.group_time.averages import KINDS
from ebpm.did.joint import OVERALL, Leads, Reading
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Staggered(Shown):
    """Effects of a staggered adoption by cohort and period, whose averages have known weights.

    Parameters
    ----------
    effects : by cohort and period, with their influence.
    leads : coefficients before treatment, where they come from a regression of their own.
    reading : method, rows, degrees of freedom, level, notices.
    """

    effects: CellEffects
    leads: Leads
    reading: Reading

    @classmethod
    def of(cls, effects: CellEffects, leads: Leads, reading: Reading) -> Staggered:
        """Return the result with influences condensed, so that it holds nothing of any one cluster."""
        columns = [effects.influence, effects.presence, leads.influence]
        arms, whole = reading.arms.condensed(np.column_stack(columns))
        own, present, early = np.split(whole, np.cumsum([one.shape[1] for one in columns[:2]]), axis=1)
        return cls(
            effects=replace(effects, influence=own, presence=present), leads=replace(leads, influence=early),
            reading=replace(reading, arms=arms),
        )  # fmt: skip

    @property
    def notices(self) -> Notices:
        return self.reading.notices

    @property
    def estimates(self) -> Estimates:
        """The overall average over all treated rows: `aggregate("simple")`."""
        return self.aggregate("simple")

    def aggregate(self, kind: str = "event") -> Estimates:
        """Average the effects, each row alike or by its weight.

        Parameters
        ----------
        kind : "simple" (all rows from treatment on), "group" (by cohort), "calendar" (by period) or "event" (by periods since treatment,
            with those before it).

        Returns
        -------
        The averages in order, then the term "overall", which is the headline: the mean over event times from 0 on or over
        periods, each alike, or over cohorts by their size. Joint covariance of all, simultaneous band over the parts.

        Raises
        ------
        DataError : an unknown `kind`.
        DesignError : no effect from treatment on.
        """
        after = np.flatnonzero(self.effects.event_time >= 0)
        if not len(after):
            raise DesignError("did_nothing_imputed", cells=len(self.effects.values))
        if one_of(kind, KINDS, "kind") == "simple":
            whole = self.effects.averaged(self._shares([after]))
            return self.reading.estimates("coefficients", [(OVERALL, self._reason(after))], *whole, ())
        places = list(self._places(kind, after))
        values, influence = self.effects.averaged(self._shares([found for _, found in places]))
        named = [(str(position), self._reason(found)) for position, found in places]
        leads = self.leads if kind == "event" else Leads.none(len(influence))
        weights = self._overall(kind, places)
        positions = (*leads.positions, *(position for position, _ in places))
        return self.reading.estimates(
            kind, [*((str(position), "") for position in leads.positions), *named, (OVERALL, self._reason(after))],
            np.concatenate([leads.values, values, [weights @ values]]),
            np.column_stack([leads.influence, influence, influence @ weights]), positions,
        )  # fmt: skip

    def tidy(self) -> pd.DataFrame:
        """Return one row an event time and one for the overall mean, with the glossary's columns."""
        return self.aggregate("event").tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the overall average."""
        return [self.estimates.headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an event time."""
        return (self.aggregate("event").table(method(self.reading.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the averages by event time."""
        return self.aggregate("event").plot(ax, lang=lang)

    def _places(self, kind: str, after: Ints) -> Iterator[tuple[int, Ints]]:
        every = np.arange(len(self.effects.values))
        used, by = {
            "group": (after, self.effects.cohort),
            "calendar": (after, self.effects.period),
            "event": (every, self.effects.event_time),
        }[kind]
        for position in np.unique(by[used]):
            yield int(position), used[by[used] == position]

    def _shares(self, parts: list[Ints]) -> Floats:
        weights = np.zeros((len(self.effects.values), len(parts)))
        for column, found in enumerate(parts):
            weights[found, column] = self.effects.mass[found] / self.effects.mass[found].sum()
        return weights

    def _overall(self, kind: str, places: list[tuple[int, Ints]]) -> Floats:
        if kind == "group":
            weights = np.array([float(self.effects.members[found[0]]) for _, found in places])
        else:
            weights = np.array([float(kind == "calendar" or position >= 0) for position, _ in places])
        shares: Floats = weights / weights.sum()
        return shares

    def _reason(self, places: Ints) -> str:
        """Return why these cells have no standard error; empty where they have one."""
        if self.effects.reference[places].all():
            return "did_reference"
        return "did_single_unit" if (self.effects.rows[places] < 2).all() else ""
