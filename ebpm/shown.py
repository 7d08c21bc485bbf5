"""What every result does alike: say itself in words and tables, as text and in a notebook, and draw itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.notices import Notices
from ebpm.records import carrying
from ebpm.table import Table
from ebpm.texts import Words, calling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Shown(ABC):
    """A result that a reader sees: it defines `notices`, `lines`, `tables` and its own `draw`, and gets the rest."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Compare by value and show the summary in a console, in the place of what a dataclass would generate."""
        super().__init_subclass__(**options)
        for name in ("__eq__", "__hash__", "__repr__"):
            setattr(cls, name, getattr(Shown, name))

    @property
    @abstractmethod
    def notices(self) -> Notices:
        """What the guard rails found."""

    @abstractmethod
    def lines(self, lang: str | None = None) -> list[str]:
        """Return the result in sentences."""

    @abstractmethod
    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the tables that belong under the sentences, the one with the numbers of `tidy` first."""

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the result in the axes given, or in a new figure: its `estimates`, where it has no figure of its own."""
        one: Any = self
        axes: Axes = one.estimates.plot(ax, lang=lang)
        return axes

    def tidy(self) -> pd.DataFrame:
        """Return the numbers as a table at full precision."""
        return self.tables()[0].to_frame()

    def summary(self, lang: str | None = None, *, names: Mapping[str, Words] | None = None) -> str:
        """Return sentences, tables and notices as text.

        Parameters
        ----------
        lang : "ja" or "en"; the language in use where None.
        names : what readers call arms and columns, by code, in one or both languages.
        """
        with calling(names):
            notices = [self.notices.to_text(lang)] if self.notices else []
            return "\n".join([*self.lines(lang), *(table.to_text(lang) for table in self.tables(lang)), *notices])

    def plot(
        self, ax: Axes | None = None, *, lang: str | None = None, names: Mapping[str, Words] | None = None
    ) -> Axes:
        """Draw the result.

        Parameters
        ----------
        ax : matplotlib axes to draw in; a new figure where None.
        lang : "ja" or "en"; the language in use where None.
        names : what readers call arms and columns, by code, in one or both languages.
        """
        with calling(names):
            return carrying(ax, lambda: self.draw(ax, lang), self.numbers_drawn)

    def numbers_drawn(self) -> str:
        """Return the tables as plain lines: what a picture of the result carries."""
        return "\n\n".join(table.to_lines() for table in self.tables("en"))

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.notices.codes))

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines())
        notices = self.notices._repr_html_() if self.notices else ""
        return lines + "".join(table._repr_html_() for table in self.tables()) + notices


def same(one: Any, other: Any) -> bool:
    """Return whether two values hold the same, number by number; a missing number is the same as another."""
    if one is other or type(one) is not type(other):
        return one is other
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
    mine, theirs = _parts(one), _parts(other)
    if mine is None or theirs is None:
        return bool(one.equals(other) if hasattr(one, "equals") else one == other or str(one) == str(other) == "nan")
    return len(mine) == len(theirs) and all(map(same, mine, theirs))


def _parts(value: Any) -> Sequence[Any] | None:
    if is_dataclass(value):
        held = ((at, getattr(value, at.name)) for at in fields(value))
        return tuple(one for at, one in held if at.compare or not callable(one))
    if isinstance(value, Mapping):
        return tuple(value.items())
    if isinstance(value, partial):
        return value.func, value.args, value.keywords
    return value if isinstance(value, tuple | list) else None
