"""The result types: one number that says what it is, an ordered set of them, and a reason where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from ebpm.errors import DataError, did_you_mean
from ebpm.notices import Notices
from ebpm.records import carrying
from ebpm.table import Table, rounded
from ebpm.texts import LANGUAGES, Words, called, entry, label, method, term, words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

TIDY = ("term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "conf_level", "n")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A quantity that cannot be computed, and why.

    Parameters
    ----------
    reason : code of a label in the texts.
    """

    reason: str

    def __bool__(self) -> bool:
        return False

    def words(self, lang: str | None = None) -> str:
        """Return the reason in words."""
        return label(self.reason, lang)

    def __str__(self) -> str:
        return self.words()

    def __format__(self, spec: str) -> str:
        return self.words()


Number = float | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One number with everything that is needed to read it.

    Parameters
    ----------
    term : the coefficient, arm, cell or event time that the number belongs to.
    estimate : the value, in `unit`.
    std_error : its standard error, in `unit`.
    df : degrees of freedom of the reference t distribution; infinity for the normal.
    p_value : two-sided, of the null that the estimand is zero.
    conf_low, conf_high : limits of the interval, in `unit`.
    conf_level : its level, between 0 and 1.
    n : rows used.
    clusters : clusters used; 0 where the inference is not clustered.
    estimand : glossary term of what is estimated ("att", "itt", "mean", "level_change").
    name : what a reader calls the term, in one or both languages; the term itself, which may be a label of the data, where empty.
    unit : unit of measurement of `estimate` ("kWh/day", "log points"), in one or both languages.
    method : entry `method.<code>` of the texts.
    """

    term: str
    estimate: float
    std_error: Number
    df: Number
    p_value: Number
    conf_low: Number
    conf_high: Number
    conf_level: float
    n: int
    clusters: int = 0
    estimand: str
    name: Words = ""
    unit: Words = ""
    method: str

    @property
    def statistic(self) -> Number:
        """Estimate over standard error."""
        if isinstance(self.std_error, Unavailable):
            return self.std_error
        return self.estimate / self.std_error if self.std_error > 0 else Unavailable("no_variation")

    @property
    def references(self) -> tuple[str, ...]:
        """The papers of the method."""
        return tuple(entry("method", self.method)["references"])

    def called(self, lang: str | None = None) -> str:
        """Return what a reader calls the term."""
        return words(self.name, lang) or called(self.term, lang)

    def record(self) -> dict[str, Any]:
        """Return the columns of `tidy` by name."""
        return {name: getattr(self, name) for name in TIDY}

    def tidy(self) -> pd.DataFrame:
        """Return one row with the glossary's columns."""
        return Table.of([self.record()]).to_frame()

    def sentence(self, lang: str | None = None) -> str:
        """Return the number in words: estimand, value, interval and its level, rows and clusters."""
        shown = {name: _short(getattr(self, name)) for name in ("estimate", "conf_low", "conf_high", "std_error", "df")}
        scope = "n_clusters" if self.clusters else "n_rows"
        unit = words(self.unit, lang)
        code = "estimate_sentence"
        if isinstance(self.conf_low, Unavailable):
            code = "estimate_alone" if isinstance(self.std_error, Unavailable) else "estimate_without_interval"
        estimand, called = term(self.estimand, lang), self.called(lang)
        subject = called if called == estimand else label("estimate_subject", lang, estimand=estimand, term=called)
        return label(
            code, lang, subject=subject, unit=f" {unit}" if unit else "",
            level=f"{100 * self.conf_level:g}", scope=label(scope, lang, n=f"{self.n:,}", clusters=self.clusters),
            method=method(self.method, lang), **shown,
        )  # fmt: skip

    def interval(self, lang: str | None = None) -> str:
        """Return estimate, unit and interval in short: 1.2 kWh [0.4, 2.0]."""
        unit = words(self.unit, lang)
        low, high = _short(self.conf_low), _short(self.conf_high)
        return f"{_short(self.estimate)}{f' {unit}' if unit else ''} [{low}, {high}]"

    def summary(self, lang: str | None = None) -> str:
        return self.sentence(lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Estimates in order, one of them the headline.

    Parameters
    ----------
    items : the estimates, terms unique.
    headline_term : the term of the headline.
    notices : what the guard rails found.
    kind : how the set is drawn: "coefficients", "event", "group" or "calendar".
    positions : place of each item on the horizontal axis (event time, year) where `kind` has one; items after the last
        position (an overall average) have none and stay out of the band.
    covariance : joint covariance of the items, shape (k, k); empty where only the variances are known.
    critical_value : of the simultaneous band over the items that have a place.
    """

    items: tuple[Estimate, ...]
    headline_term: str
    notices: Notices = field(default_factory=Notices)
    kind: str = "coefficients"
    positions: tuple[float, ...] = ()
    covariance: NDArray[np.float64] | Unavailable = field(default=Unavailable("no_joint_covariance"), compare=False)
    critical_value: Number = Unavailable("no_joint_covariance")

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, wanted: str) -> Estimate:
        """Return the estimate of a term.

        Raises
        ------
        DataError : if there is no such term.
        """
        for item in self.items:
            if item.term == wanted:
                return item
        terms = [item.term for item in self.items]
        raise DataError("unknown_term", term=wanted, terms=", ".join(terms), near=did_you_mean(wanted, terms))

    @property
    def headline(self) -> Estimate:
        return self[self.headline_term]

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(item.term for item in self.items)

    @property
    def shown(self) -> Estimates:
        """The same estimates without those of which no value is known: what a figure can show."""
        known = [not isinstance(item.estimate, Unavailable) for item in self.items]
        if all(known) or not any(known):
            return self
        items = tuple(item for item, one in zip(self.items, known, strict=True) if one)
        positions = tuple(place for place, one in zip(self.positions, known, strict=False) if one)
        head = self.headline_term if self.headline in items else items[0].term
        return replace(self, items=items, positions=positions, headline_term=head)

    def with_notices(self, notices: Notices) -> Estimates:
        """Return the same estimates with more notices."""
        return replace(self, notices=self.notices + notices)

    def named(self, names: Mapping[str, Words]) -> Estimates:
        """Return the same estimates, some of them with the names that readers use, by term."""
        return replace(self, items=tuple(replace(one, name=names.get(one.term, one.name)) for one in self.items))

    def in_unit(self, unit: Words) -> Estimates:
        """Return the same estimates, labelled with their unit of measurement."""
        return replace(self, items=tuple(replace(item, unit=unit) for item in self.items))

    def bands(self) -> tuple[tuple[float, float], ...]:
        """Return the simultaneous band of each item, or its pointwise interval where there is no band."""
        placed = len(self.positions) or len(self.items)
        return tuple(self._band(item) if at < placed else _limits(item) for at, item in enumerate(self.items))

    def _band(self, item: Estimate) -> tuple[float, float]:
        if isinstance(self.critical_value, Unavailable) or isinstance(item.std_error, Unavailable):
            return _limits(item)
        half = self.critical_value * item.std_error
        return item.estimate - half, item.estimate + half

    def table(self, caption: str = "") -> Table:
        """Return the table of the glossary's columns, for readers."""
        called = ({lang: item.called(lang) for lang in LANGUAGES} for item in self.items)
        return Table.of(
            [item.record() | {"term": name} for item, name in zip(self.items, called, strict=True)], caption
        )

    def tidy(self) -> pd.DataFrame:
        """Return one row a term: term, estimate, std_error, statistic, df, p_value, conf_low, conf_high, conf_level, n."""
        return Table.of([item.record() for item in self.items]).to_frame()

    def summary(self, lang: str | None = None) -> str:
        """Return headline, table and notices as text."""
        parts = [self.headline.sentence(lang)]
        if len(self.items) > 1:
            parts.append(self.table().to_text(lang))
        if self.notices:
            parts.append(self.notices.to_text(lang))
        return "\n".join(parts)

    def plot(self, ax: Axes | None = None, *, lang: str | None = None, margin: float | None = None) -> Axes:
        """Draw the estimates with their intervals.

        Parameters
        ----------
        ax : matplotlib axes to draw on; a new figure where None.
        lang : "ja" or "en".
        margin : smallest effect that matters, in the unit of the estimates; drawn as a zone around zero.
        """
        from ebpm.figures.estimates import draw_estimates

        return carrying(ax, lambda: draw_estimates(self, ax, lang=lang, margin=margin), self.table().to_lines)

    def __repr__(self) -> str:
        return self.summary()

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.headline.sentence())}</p>{self.table(method(self.headline.method))._repr_html_()}{self.notices._repr_html_()}"


def _limits(item: Estimate) -> tuple[float, float]:
    low, high = item.conf_low, item.conf_high
    if isinstance(low, Unavailable) or isinstance(high, Unavailable):
        return item.estimate, item.estimate
    return low, high


def _short(value: Number) -> Unavailable | str:
    return value if isinstance(value, Unavailable) else rounded(value)
