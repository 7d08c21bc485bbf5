"""Cells that were not taken: where, what, why, and what to do, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ebpm.notices import Notice
from ebpm.table import Table
from ebpm.texts import label

_SHOWN = 20


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One cell that was not taken; its row is not used.

    Parameters
    ----------
    row : the row of the file, from 1, header included.
    column : name of the contract; "" where the row as a whole is not taken.
    value : the cell as it stands in the file.
    code : the notice that says why.
    """

    row: int
    column: str
    value: str
    code: str

    def remedy(self, lang: str | None = None) -> str:
        return Notice(self.code, self.column).remedy(lang)

    def to_text(self, lang: str | None = None) -> str:
        """Return row, column, value, reason and remedy in one line."""
        notice = Notice(self.code, self.column)
        return f"{self.row}: {self.column or '-'} = {self.value!r}: {self.code} {notice.title(lang)} → {notice.remedy(lang)}"


def refusal_table(refusals: Sequence[Refusal], lang: str | None = None) -> Table:
    """Return the table of all refusals: row, column, value, code, remedy."""
    rows = tuple((one.row, one.column, one.value, one.code, one.remedy(lang)) for one in refusals)
    return Table(("row", "column", "value", "code", "remedy"), rows, label("data_refused", lang))


@dataclass(frozen=True, slots=True)
class Listing:
    """All refusals of a file; in words the first of them, one a line, and how many more there are."""

    refusals: tuple[Refusal, ...]

    def words(self, lang: str | None = None) -> str:
        shown = "".join(f"\n    {one.to_text(lang)}" for one in self.refusals[:_SHOWN])
        return shown + (f"\n    … +{len(self.refusals) - _SHOWN:,}" if len(self.refusals) > _SHOWN else "")


def refusal_notices(refusals: Iterable[Refusal]) -> tuple[Notice, ...]:
    """Return one notice for each column and reason, with the number of cells and the first of them."""
    groups: dict[tuple[str, str], list[Refusal]] = {}
    for one in refusals:
        groups.setdefault((one.code, one.column), []).append(one)
    return tuple(
        Notice(code, column, {"count": len(found), "row": found[0].row, "value": found[0].value})
        for (code, column), found in sorted(groups.items())
    )
