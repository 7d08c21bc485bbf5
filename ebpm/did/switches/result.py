"""The result of `did.switching`: effects by periods since the first switch, placebos, and the average total effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ebpm.did.group_time.pretrend import PreTrend
from ebpm.did.joint import OVERALL, Reading
from ebpm.did.switches.checks import placebo_test
from ebpm.did.switches.effects import Horizon
from ebpm.errors import DesignError
from ebpm.estimate import Estimates, Unavailable
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

KINDS = ("event", "normalised", "simple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching(Shown):
    """Effects of leaving the first treatment, by periods since.

    Parameters
    ----------
    effects : DID_l for l = 1, 2, ..., the first in the period of the switch.
    placebos : of the same lengths before the switch.
    reading : method, rows, level, notices.
    """

    effects: tuple[Horizon, ...]
    placebos: tuple[Horizon, ...]
    reading: Reading

    @classmethod
    def of(cls, effects: tuple[Horizon, ...], placebos: tuple[Horizon, ...], reading: Reading) -> Switching:
        """Return the result with influences condensed, so that it holds nothing of any one cluster."""
        every = (*effects, *placebos)
        root = np.asarray(np.linalg.qr(np.column_stack([one.influence for one in every]), mode="r"))
        condensed = tuple(replace(one, influence=root[:, place]) for place, one in enumerate(every))
        return cls(effects=condensed[: len(effects)], placebos=condensed[len(effects) :], reading=reading)

    @property
    def notices(self) -> Notices:
        return self.reading.notices

    @property
    def estimates(self) -> Estimates:
        """The average total effect per unit of treatment: `aggregate("simple")`."""
        return self.aggregate("simple")

    def aggregate(self, kind: str = "event") -> Estimates:
        """Return the effects in one of three ways.

        Parameters
        ----------
        kind : "event" (by periods since the switch, placebos before it; headline "0", the period of the switch), "normalised" (the same, each
            divided by the mean change of treatment cumulated up to it) or "simple" (the average total effect per unit of treatment).

        Returns
        -------
        The estimates with their joint covariance and, but for "simple", a simultaneous band.

        Raises
        ------
        DataError : an unknown `kind`.
        DesignError : the changes of treatment cancel, so that nothing can be expressed per unit of it.
        """
        if one_of(kind, KINDS, "kind") == "simple":
            return self._total()
        normalised = kind == "normalised"
        places = [-1 - one.length for one in self.placebos[::-1]] + [-1] + [one.length - 1 for one in self.effects]
        scaled = [self._scaled(one, normalised=normalised) for one in (*self.placebos[::-1], *self.effects)]
        scaled.insert(len(self.placebos), (0.0, np.zeros(len(self.effects[0].influence)), "did_reference"))
        reading = replace(self.reading, estimand="switch_per_dose" if normalised else "switch_effect")
        named = [(str(place), reason) for place, (_, _, reason) in zip(places, scaled, strict=True)]
        values, influence = np.array([one[0] for one in scaled]), np.column_stack([one[1] for one in scaled])
        return reading.estimates("event", named, values, influence, places, headline="0")

    def tidy(self) -> pd.DataFrame:
        """Return one row an event time, with the glossary's columns."""
        return self.aggregate("event").tidy()

    def pretrend(self) -> PreTrend | Unavailable:
        """Test that all placebos are zero: Wald, chi-square reference."""
        return placebo_test(self.placebos, self.reading.floor)

    def lines(self, lang: str | None = None) -> list[str]:
        test = self.pretrend()
        said = [] if isinstance(test, Unavailable) else [test.summary(lang)]
        return [self.estimates.headline.sentence(lang), label("did_switch_read", lang), *said]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        event = self.aggregate("event").table(method(self.reading.method, lang))
        counts = [
            {"event_time": one.length - 1, "switchers": one.switchers, "compared": one.compared, "dose_change": one.cumulated}
            for one in self.effects
        ]  # fmt: skip
        return event, Table.of(counts, label("did_switch_counts", lang))

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        return self.aggregate("event").plot(ax, lang=lang)

    def _scaled(self, one: Horizon, *, normalised: bool) -> tuple[float, np.ndarray, str]:
        """Return value and influence, divided by the cumulated change of treatment if asked, and why there is no error."""
        if normalised and not one.cumulated:
            raise DesignError("did_switch_cancels", event_time=one.length - 1)
        scale = one.cumulated if normalised else 1.0
        return one.value / scale, one.influence / scale, "did_single_unit" if one.switchers < 2 else ""

    def _total(self) -> Estimates:
        dose = sum(one.weight * one.current for one in self.effects)
        if not dose:
            raise DesignError("did_switch_cancels", event_time=len(self.effects) - 1)
        shares = np.array([one.weight for one in self.effects]) / dose
        value = shares @ np.array([one.value for one in self.effects])
        influence = np.column_stack([one.influence for one in self.effects]) @ shares
        reading = replace(self.reading, estimand="switch_total")
        reason = "did_single_unit" if self.effects[0].switchers < 2 else ""
        return reading.estimates("coefficients", [(OVERALL, reason)], np.array([value]), influence[:, None], ())
