"""The result of `did.continuous_dose`: effects by dose, their slope, and averages over doses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.did.doses.checks import pre_test
from ebpm.did.doses.effects import DoseEffects
from ebpm.did.group_time.pretrend import PreTrend
from ebpm.did.joint import OVERALL, Reading
from ebpm.estimate import Estimates, Unavailable
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

KINDS, TARGETS = ("dose", "event", "simple"), ("level", "slope")
ESTIMANDS = {"level": "att", "slope": "acrt"}
SHOWN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse(Shown):
    """Effects of a treatment by its dose.

    Parameters
    ----------
    effects : averages over cohorts and periods, with their joint covariance.
    grid : doses at which the curves are given, ascending.
    edges, counts : histogram of the doses of the treated units, shapes (b + 1,) and (b,).
    anticipation : periods before treatment in which units may respond.
    universal : whether the last period before treatment is the reference of all others.
    reading : method, rows, level, notices.
    """

    effects: DoseEffects
    grid: tuple[float, ...]
    edges: Floats = field(compare=False)
    counts: Ints = field(compare=False)
    anticipation: int
    universal: bool
    reading: Reading

    @property
    def notices(self) -> Notices:
        return self.reading.notices

    @property
    def estimates(self) -> Estimates:
        """ATT^o, the average effect of the doses received (term "att", the headline), and ACRT^o, the average slope at them (term "acrt")."""
        parts = [self.effects.rows(target)[-1] for target in TARGETS]
        rows = np.array(parts)
        level, slope = (
            self._given(target, [(ESTIMANDS[target], "")], row[None], headline=ESTIMANDS[target])
            for target, row in zip(TARGETS, parts, strict=True)
        )
        both = replace(level, items=(*level.items, *slope.items), covariance=self.effects.covariance(rows))
        return both.named({term: {lang: label(f"did_dose_{term}", lang) for lang in LANGUAGES} for term in both.terms})

    def aggregate(self, kind: str = "dose", *, target: str = "level") -> Estimates:
        """Return effects by dose, or averages over the doses by event time.

        Parameters
        ----------
        kind : "dose" (the curve over the grid), "event" (averages over the doses received, by periods since treatment) or "simple" (the average over all
            cohorts and periods from treatment on).
        target : "level", effects against no treatment, ATT; or "slope", effects of a little more, ACRT, per unit of the dose.

        Returns
        -------
        The effects in order, then the term "overall", which is the headline: over all cohorts and periods from treatment on for "dose" and
        "simple" (ATT^o or ACRT^o), the mean over event times from 0 on for "event". Joint covariance of all, simultaneous band over the parts.

        Raises
        ------
        DataError : an unknown `kind` or `target`.
        """
        one_of(target, TARGETS, "target")
        averages = self.effects.rows(target)
        if one_of(kind, KINDS, "kind") == "simple":
            return self._given(target, [(OVERALL, "")], averages[-1:])
        if kind == "dose":
            curve = self.effects.curve_rows(np.array(self.grid), target)
            named = [(f"{dose:.10g}", "") for dose in self.grid]
            return self._given(
                target, [*named, (OVERALL, "")], np.vstack([curve, averages[-1:]]), kind=kind, positions=self.grid
            )
        events = self.effects.event_times
        after = averages[[place for place, event in enumerate(events) if event >= 0]].mean(axis=0)
        named = [(str(event), self._reason(event)) for event in events]
        return self._given(
            target, [*named, (OVERALL, "")], np.vstack([averages[:-1], after]), kind=kind, positions=events
        )

    def tidy(self) -> pd.DataFrame:
        """Return one row for ATT^o and one for ACRT^o, with the glossary's columns."""
        return self.estimates.tidy()

    def pretrend(self) -> PreTrend | Unavailable:
        """Test that the average effects at all event times before treatment are zero: Wald, chi-square reference."""
        return pre_test(self.effects, self.anticipation, self.reading.floor)

    def lines(self, lang: str | None = None) -> list[str]:
        test = self.pretrend()
        said = [] if isinstance(test, Unavailable) else [test.summary(lang)]
        overall = [item.sentence(lang) for item in self.estimates]
        return [*overall, label("did_dose_read", lang), *said]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        places = np.unique(np.linspace(0, len(self.grid) - 1, SHOWN).round().astype(np.int64))
        return (self.estimates.table(), *(self._rows(target, places, lang) for target in TARGETS))

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        from ebpm.figures.dose import draw_dose_response

        return draw_dose_response(self, ax, lang=lang)

    def _rows(self, target: str, places: Ints, lang: str | None) -> Table:
        curve = self.aggregate("dose", target=target)
        bands = curve.bands()
        records = [
            {"dose": self.grid[place], **{name: getattr(curve.items[place], name) for name in ("estimate", "std_error", "conf_low", "conf_high")},
             "band_low": bands[place][0], "band_high": bands[place][1]}
            for place in places
        ]  # fmt: skip
        return Table.of(records, label(f"did_dose_{target}", lang))

    def _reason(self, event: int) -> str:
        return "did_reference" if self.universal and event == -1 - self.anticipation else ""

    def _given(
        self, target: str, named: list[tuple[str, str]], rows: Floats, *, kind: str = "coefficients", **placed: Any
    ) -> Estimates:
        values, covariance = rows @ self.effects.values, self.effects.covariance(rows)
        reading = replace(self.reading, estimand=ESTIMANDS[target])
        return reading.given(kind, named, values, covariance, **placed)
