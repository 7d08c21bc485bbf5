"""The column glossary, one small table that becomes a DataFrame, text, Markdown or HTML, and text in paragraphs."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ebpm.errors import SpecError, did_you_mean
from ebpm.texts import NAMED, Bilingual, called, entries, entry, said, words

if TYPE_CHECKING:
    import pandas as pd

SHORT = 16
FOUR, LARGE, EXACT = ".4g", 1e4, 1e-12


class Paragraphs(str):
    """Text whose lines a notebook shows as paragraphs."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.splitlines())


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns of the glossary (`column.<name>` in the texts).

    Parameters
    ----------
    columns : names of the glossary; a value with words of its own, such as a fiscal year, is its own heading.
    rows : one tuple a row, as long as `columns`.
    caption : what the table shows; HTML needs it for those who cannot see the page.

    Raises
    ------
    SpecError : if a column is not in the glossary.

    Examples
    --------
    >>> from ebpm.table import Table
    >>> print(Table(("term", "estimate"), (("arm", 1.5),)).to_text("en"))
    Term  Estimate
    arm        1.5
    """

    columns: tuple[str | Bilingual, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for name in self.columns:
            if isinstance(name, str) and name not in entries("column"):
                known = did_you_mean(name, entries("column"))
                raise SpecError("unknown_table_column", column=name, known=known)

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]], caption: str = "") -> Table:
        """Return the table of records that share their keys."""
        found = tuple(records)
        columns = tuple(found[0]) if found else ()
        return cls(columns, tuple(tuple(record[name] for name in columns) for record in found), caption)

    def headings(self, lang: str | None = None) -> tuple[str, ...]:
        return tuple(words(_column(name)["name"], lang) for name in self.columns)

    def cells(self, lang: str | None = None) -> tuple[tuple[str, ...], ...]:
        """Return every cell as it is shown."""
        formats = [str(_column(name).get("format", "")) for name in self.columns]
        return tuple(
            tuple(
                _shown(called(value, lang) if name in NAMED and isinstance(value, str) else said(value, lang), spec)
                for name, value, spec in zip(self.columns, row, formats, strict=True)
            )
            for row in self.rows
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with the values at full precision."""
        import pandas as pd

        return pd.DataFrame.from_records(list(self.rows), columns=list(map(str, self.columns)))

    def to_text(self, lang: str | None = None) -> str:
        grid = (self.headings(lang), *self.cells(lang))
        widths = [max(map(_width, column)) for column in zip(*grid, strict=True)]
        numeric = self.numeric
        return "\n".join("  ".join(map(_padded, row, widths, numeric)).rstrip() for row in grid)

    def to_markdown(self, lang: str | None = None) -> str:
        rule = tuple("--:" if right else "---" for right in self.numeric)
        grid = (self.headings(lang), rule, *self.cells(lang))
        return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in grid)

    def to_lines(self) -> str:
        """Return one line a row in English, tabs between its cells, numbers to six digits: what a picture of the table carries."""
        grid = zip(self.rows, self.cells("en"), strict=True)
        rows = ([_plain(*pair) for pair in zip(row, shown, strict=True)] for row, shown in grid)
        return "\n".join("\t".join(row) for row in (self.headings("en"), *rows))

    def to_html(self, lang: str | None = None) -> str:
        """Return a table with caption, column scopes and row headers."""
        named = zip(self.headings(lang), self.numeric, strict=True)
        head = "".join(f'<th scope="col"{_number(right)}>{escape(name)}</th>' for name, right in named)
        body = "".join(f"<tr>{self._html_row(row)}</tr>" for row in self.cells(lang))
        return f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _html_row(self, row: tuple[str, ...]) -> str:
        first, rest = row[0], zip(row[1:], self.numeric[1:], strict=True)
        cells = "".join(f"<td{_number(right and len(cell) <= SHORT)}>{escape(cell)}</td>" for cell, right in rest)
        return f'<th scope="row">{escape(first)}</th>{cells}'

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers."""
        return tuple("format" in _column(name) for name in self.columns)

    def _repr_html_(self) -> str:
        """Return the HTML for notebooks, whose style sheets put all cells to the right and break short ones."""
        return re.sub(r"<(t[dh](?: [^>]*)?)>([^<]*)<", _styled, self.to_html())

    def __str__(self) -> str:
        return self.to_text()


def _column(name: str | Bilingual) -> Mapping[str, Any]:
    return entry("column", name) if isinstance(name, str) else {"name": name}


def _shown(value: object, spec: str) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool) and spec:
        return rounded(value, spec)
    return "" if value is None else str(value)


def rounded(value: float, spec: str = FOUR) -> str:
    """Return a number as tables, sentences and cards show it: four significant digits, from ten thousand on whole with thousands apart.

    A number that needs fewer than four digits is shown with those; one that was rounded shows all four, zeros at its end too.

    Parameters
    ----------
    value : the number.
    spec : another format of a column ("p", ".2f").

    Examples
    --------
    >>> from ebpm.table import rounded
    >>> rounded(-0.331684), rounded(1234567.8), rounded(0.120004), rounded(0.12)
    ('-0.3317', '1,234,568', '0.1200', '0.12')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if spec == "p":
        return _probability(value)
    if spec != FOUR:
        return format(value, spec)
    return format(value, ",.0f") if abs(value) >= LARGE else _four(value)


def _four(value: float) -> str:
    """Return four significant digits, or fewer of a number that has no more."""
    short = format(value, FOUR)
    return (
        short
        if math.isclose(float(short), value, rel_tol=EXACT, abs_tol=0.0)
        else format(value, "#" + FOUR).rstrip(".")
    )


def _plain(value: object, shown: str) -> str:
    counted = isinstance(value, float | int) and not isinstance(value, bool)
    return f"{value:.6g}" if counted else " ".join(shown.split())


def _probability(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _styled(cell: re.Match[str]) -> str:
    left = "" if "number" in cell[1] else "text-align: left; "
    space = "nowrap" if len(cell[2]) <= SHORT else "normal"
    return f'<{cell[1]} style="{left}white-space: {space}">{cell[2]}<'


def _number(right: bool) -> str:  # noqa: FBT001
    return ' class="number"' if right else ""


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, right: bool) -> str:  # noqa: FBT001
    gap = " " * (width - _width(text))
    return gap + text if right else text + gap
