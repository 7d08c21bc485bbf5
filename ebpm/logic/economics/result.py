"""What an appraisal found: each measure with its interval, what moves it most, and what must be said beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.logic.economics.draws import Array
from ebpm.logic.economics.parts import Appraisal
from ebpm.notices import Notices
from ebpm.records import carrying
from ebpm.spec import Text
from ebpm.table import Table
from ebpm.texts import Words, coined, label, term, words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ebpm.logic.parts import Evidence

JPY: Mapping[str, str] = {"ja": "円", "en": "JPY"}
MEASURES = ("outcomes", "cost", "cost_per_outcome", "benefit", "net_benefit", "benefit_cost_ratio")
RATIOS = frozenset({"cost_per_outcome", "benefit_cost_ratio"})
HEADLINES = ("net_benefit", "cost_per_outcome", "outcomes")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Outcomes, costs and benefits in present values, one a draw; no benefits where the outcome has no worth."""

    outcomes: Array
    costs: Array
    benefits: Array | None

    @property
    def headline(self) -> Array:
        """The net benefit, or the outcomes where the outcome has no worth."""
        return self.outcomes if self.benefits is None else self.benefits - self.costs

    @property
    def probability(self) -> Number:
        """Share of the draws whose net benefit is above zero."""
        return Unavailable("economics_no_worth") if self.benefits is None else float((self.headline > 0).mean())

    def measures(self) -> dict[str, Array]:
        """Return every measure by its term; an outcome that is not gained costs infinitely much."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            per_outcome = np.where(self.outcomes > 0, self.costs / self.outcomes, np.inf)
        found = {"outcomes": self.outcomes, "cost": self.costs, "cost_per_outcome": per_outcome}
        if self.benefits is not None:
            found |= {
                "benefit": self.benefits,
                "net_benefit": self.benefits - self.costs,
                "benefit_cost_ratio": self.benefits / self.costs,
            }
        return found


@dataclass(frozen=True, slots=True)
class Swing:
    """The headline with one input at its limits and all others at their central values."""

    title: Text
    limits: tuple[float, float]
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)

    @property
    def written(self) -> tuple[str, str]:
        """The limits as they are read: no powers of ten."""
        return str(written(self.limits[0])), str(written(self.limits[1]))


def written(value: Number) -> str | Unavailable:
    """Return a number as it is read: whole with thousands marked where large, else in four digits."""
    if isinstance(value, Unavailable):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def measured(
    central: Drawn, drawn: Drawn, *, conf_level: float, n: int, unit: Text
) -> Mapping[str, Estimate | Unavailable]:
    """Return each measure: its value at the central inputs, its limits as quantiles over the draws."""
    units: dict[str, Words] = dict.fromkeys(("cost", "benefit", "net_benefit"), JPY)
    units |= {"outcomes": unit, "cost_per_outcome": _per(unit), "benefit_cost_ratio": ""}
    values, samples = central.measures(), drawn.measures()
    found: dict[str, Estimate | Unavailable] = {}
    for name in MEASURES:
        if name not in values:
            found[name] = Unavailable("economics_no_worth")
        elif not np.isfinite(values[name][0]):
            found[name] = Unavailable("economics_no_gain")
        else:
            known = _simulated(float(values[name][0]), samples[name], conf_level, ratio=name in RATIOS)
            found[name] = Estimate(
                term=name, name=coined(name), estimand=name, method="economics.simulation", unit=units[name], n=n, conf_level=conf_level,
                df=Unavailable("economics_no_df"), p_value=Unavailable("economics_no_test"), **known,
            )  # fmt: skip
    return found


def _per(unit: Text) -> Words:
    return {lang: f"{money}/{unit.words(lang)}" for lang, money in JPY.items()}


def _simulated(value: float, sample: Array, conf_level: float, *, ratio: bool) -> dict[str, Any]:
    low, high = np.quantile(sample, [0.5 - conf_level / 2, 0.5 + conf_level / 2], method="inverted_cdf")
    unbounded = Unavailable("economics_unbounded")
    bounded = bool(np.isfinite(high))
    return {
        "estimate": value,
        "std_error": Unavailable("economics_no_moment") if ratio else float(sample.std(ddof=1)),
        "conf_low": float(low) if bounded else unbounded,
        "conf_high": float(high) if bounded else unbounded,
    }


@dataclass(frozen=True, slots=True)
class Appraised:
    """The economics of a link.

    Parameters
    ----------
    title : of the logic model.
    appraisal : how it was computed.
    evidence : whose estimate was used.
    values : by measure, an estimate or why there is none.
    probability : share of the draws in which benefits exceed costs.
    swings : what each uncertain input alone does to the headline, the widest first.
    notices : what must be said beside the numbers.
    draws, seed : of the simulation.
    """

    title: Text
    appraisal: Appraisal
    evidence: Evidence
    values: Mapping[str, Estimate | Unavailable]
    probability: Number
    swings: tuple[Swing, ...]
    notices: Notices
    draws: int
    seed: int

    def __getitem__(self, measure: str) -> Estimate | Unavailable:
        return self.values[measure]

    @property
    def estimates(self) -> Estimates:
        """The measures that could be computed; the headline is the net benefit, else the cost per outcome, else the outcomes."""
        known = tuple(value for value in self.values.values() if isinstance(value, Estimate))
        terms = {value.term for value in known}
        headline = next(name for name in HEADLINES if name in terms)
        return Estimates(items=known, headline_term=headline, notices=self.notices)

    def table(self, lang: str | None = None) -> Table:
        """Return one row a measure, with the reason where it could not be computed."""
        columns = ("measure", "amount", "amount_low", "amount_high", "unit")
        return Table(columns, tuple(self._rows(lang)), self.basis(lang))

    def _rows(self, lang: str | None) -> Iterator[tuple[object, ...]]:
        for name, value in self.values.items():
            if isinstance(value, Unavailable):
                yield term(name, lang), value, None, None, None
            else:
                shown = (written(number) for number in (value.estimate, value.conf_low, value.conf_high))
                yield term(name, lang), *shown, words(value.unit, lang)

    def tornado(self, lang: str | None = None) -> Table:
        """Return the headline with each input at its limits, the widest swing first."""
        rows = tuple(
            (one.title.words(lang), *one.written, written(one.at_low), written(one.at_high)) for one in self.swings
        )
        caption = label("economics_tornado", lang, measure=term(self.swung, lang))
        return Table(("input", "input_low", "input_high", "at_low", "at_high"), rows, caption)

    @property
    def swung(self) -> str:
        """The measure that the swings are of."""
        return "outcomes" if isinstance(self.values["net_benefit"], Unavailable) else "net_benefit"

    def tidy(self) -> pd.DataFrame:
        """Return one row a measure that could be computed, with the glossary's columns."""
        return self.estimates.tidy()

    def basis(self, lang: str | None = None) -> str:
        """Return what the numbers assume: prices, horizon, discount rate, draws."""
        case = self.appraisal
        return label(
            "economics_basis", lang, price_year=case.price_year, years=case.years, rate=f"{100 * case.discount_rate:g}",
            source=case.discount_source, level=f"{100 * self.estimates.headline.conf_level:g}", draws=f"{self.draws:,}",
            seed=self.seed, evidence=self.evidence.citation,
        )  # fmt: skip

    def banner(self, lang: str | None = None) -> tuple[str, ...]:
        """Return what must be read before the numbers."""
        return tuple(notice.message(lang) for notice in self.notices.of("error", "warning"))

    def chance(self, lang: str | None = None) -> str:
        """Return how often benefits exceed costs."""
        if isinstance(self.probability, Unavailable):
            return self.probability.words(lang)
        return label("economics_probability", lang, share=f"{100 * self.probability:.1f}")

    def summary(self, lang: str | None = None) -> str:
        """Return title, warnings, measures, chance and assumptions as text; the warnings come first."""
        warned = (f"! {line}" for line in self.banner(lang))
        return "\n".join(
            (self.title.words(lang), *warned, self.table(lang).to_text(lang), self.chance(lang), self.basis(lang))
        )

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the tornado: what each uncertain input alone does to the headline."""
        from ebpm.figures.tornado import Bar, draw_tornado

        bars = tuple(Bar(one.title.words(lang), one.written, one.at_low, one.at_high) for one in self.swings)
        value = self.values[self.swung]
        centre = value.estimate if isinstance(value, Estimate) else 0.0
        unit = words(value.unit, lang) if isinstance(value, Estimate) else ""
        notes = [notice.title(lang) for notice in self.notices.of("error", "warning")]
        axis = f"{term(self.swung, lang)} [{unit}]"
        return carrying(
            ax,
            lambda: draw_tornado(bars, ax, centre=centre, axis=axis, notes=notes, lang=lang),
            self.table("en").to_lines,
        )

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        warned = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in self.banner())
        tables = self.table()._repr_html_() + (self.tornado()._repr_html_() if self.swings else "")
        return f"<p>{escape(self.title.words())}</p>{warned}{tables}<p>{escape(self.chance())}</p>"
