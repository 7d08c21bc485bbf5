"""Worst-case bounds: what the data say of a mean, or of an effect, when nothing is assumed of those who did not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebpm.errors import DataError, did_you_mean
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.identified import imbens_manski
from ebpm.stats.inference import level
from ebpm.table import Table, rounded
from ebpm.texts import entry, label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    "term",
    "survey_layer",
    "bound_low",
    "bound_high",
    "std_error_low",
    "std_error_high",
    "conf_low",
    "conf_high",
    "conf_level",
    "n",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The values that a mean or an effect can have.

    Parameters
    ----------
    term : what is bounded: an outcome, an arm, a difference of arms.
    layer : what is left open: "answered" nothing, "unknown" the answers that are unknown, "nonresponse" the people who did not answer as well.
    low, high : the bounds.
    std_error_low, std_error_high : their standard errors.
    conf_low, conf_high : the Imbens-Manski interval.
    conf_level : the probability with which it covers the true value.
    n : rows that the layer speaks about.
    estimand : glossary term.
    """

    term: str
    layer: str
    low: float
    high: float
    std_error_low: Number
    std_error_high: Number
    conf_low: Number
    conf_high: Number
    conf_level: float
    n: int
    estimand: str

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def conf_width(self) -> Number:
        """Length of the interval."""
        low, high = self.conf_low, self.conf_high
        if isinstance(low, Unavailable) or isinstance(high, Unavailable):
            return Unavailable("survey_bounds_alone")
        return high - low

    def row(self) -> tuple[Any, ...]:
        """Return the cells under `COLUMNS`."""
        return (
            self.term, self.layer, self.low, self.high, self.std_error_low, self.std_error_high,
            self.conf_low, self.conf_high, self.conf_level, self.n,
        )  # fmt: skip

    def sentence(self, lang: str | None = None) -> str:
        """Return the bounds in words."""
        ends = [rounded(self.low), rounded(self.high)] if self.width > 0.0 else [rounded(self.low)]
        reach, layer = label("survey_reach", lang).join(ends), label(f"survey_layer_{self.layer}", lang)
        text = label(
            "survey_bound_sentence", lang, estimand=term(self.estimand, lang), term=self.term, layer=layer, reach=reach
        )
        if isinstance(self.conf_low, Unavailable) or isinstance(self.conf_high, Unavailable):
            return text
        interval = {
            "conf_low": rounded(self.conf_low),
            "conf_high": rounded(self.conf_high),
            "level": f"{100 * self.conf_level:g}",
        }
        return text + label("survey_bound_interval", lang, **interval)


def bound(
    low: float, high: float, *, std_error_low: Number, std_error_high: Number, conf_level: float, **what: Any
) -> Bound:
    """Return the bounds with their Imbens-Manski interval; without standard errors the interval is unavailable."""
    conf_low: Number = Unavailable("survey_bounds_alone")
    conf_high: Number = conf_low
    if not isinstance(std_error_low, Unavailable) and not isinstance(std_error_high, Unavailable):
        c = imbens_manski(high - low, std_error_low=std_error_low, std_error_high=std_error_high, conf_level=conf_level)
        conf_low, conf_high = low - c * std_error_low, high + c * std_error_high
    return Bound(
        low=low, high=high, std_error_low=std_error_low, std_error_high=std_error_high,
        conf_low=conf_low, conf_high=conf_high, conf_level=level(conf_level), **what,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds(Shown):
    """Bounds in order, from the answers alone to no assumption at all.

    Parameters
    ----------
    items : the bounds of each term, layer by layer.
    headline_term : the term of the headline.
    method : entry `method.<code>` of the texts.
    notices : what the guard rails found.
    """

    items: tuple[Bound, ...]
    headline_term: str
    method: str
    notices: Notices

    def of(self, wanted: str) -> tuple[Bound, ...]:
        """Return the layers of a term.

        Raises
        ------
        DataError : if there is no such term.
        """
        found = tuple(item for item in self.items if item.term == wanted)
        if not found:
            raise DataError(
                "unknown_term", term=wanted, terms=", ".join(self.terms), near=did_you_mean(wanted, self.terms)
            )
        return found

    def __getitem__(self, wanted: str) -> Bound:
        """Return the bounds of a term that assume nothing: its last layer."""
        return self.of(wanted)[-1]

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.term for item in self.items))

    @property
    def headline(self) -> Bound:
        return self[self.headline_term]

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(entry("method", self.method)["references"])

    @property
    def estimates(self) -> Estimates:
        """The means of those who answered, each with the interval that assumes nothing of the others."""
        items = tuple(self._estimate(one) for one in self.terms)
        return Estimates(items=items, headline_term=self.headline_term, notices=self.notices)

    def _estimate(self, name: str) -> Estimate:
        first, last = self.of(name)[0], self[name]
        none = Unavailable("survey_partially_identified")
        return Estimate(
            term=name, estimate=first.low, std_error=none, df=none, p_value=none, conf_low=last.conf_low, conf_high=last.conf_high,
            conf_level=last.conf_level, n=last.n, estimand=last.estimand, method=self.method,
        )  # fmt: skip

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each layer of the headline in words."""
        return [item.sentence(lang) for item in self.of(self.headline_term)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term and layer."""
        return (Table(COLUMNS, tuple(item.row() for item in self.items), label("survey_bounds_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the bounds, layer by layer, with their intervals."""
        from ebpm.figures.bounds import draw_bounds

        return draw_bounds(self, ax, lang=lang)
