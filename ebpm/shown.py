"""What every result does alike: say itself in words and tables, as text and in a notebook, and draw itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

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

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines())
        notices = self.notices._repr_html_() if self.notices else ""
        return lines + "".join(table._repr_html_() for table in self.tables()) + notices
