"""Notices and refusals without the values of single records, as they may be saved in a notebook or a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

from ebpm.data.contract import DataSet
from ebpm.data.refusals import Refusal
from ebpm.notices import Facts, Notice, Notices
from ebpm.table import Table
from ebpm.texts import label

PRIVATE = frozenset({"id", "unit", "sensitive", "quasi_identifier"})
OF_RECORDS = frozenset({"row", "text", "example"})


class Withheld:
    """The place of a value of a single record."""

    def words(self, lang: str | None = None) -> str:
        return label("disclosure_withheld", lang)

    def __str__(self) -> str:
        return self.words()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Withheld)

    def __hash__(self) -> int:
        return hash(Withheld)


WITHHELD = Withheld()


def without_records(notices: Iterable[Notice], dataset: DataSet | None = None) -> Notices:
    """Return notices about data without rows, refused values, examples, and values of columns that identify somebody.

    Parameters
    ----------
    notices : as checks and readings raise them.
    dataset : the contract of the table that they are about, where it is known.
    """
    private = {column.name for column in dataset.columns if column.role in PRIVATE} if dataset else set()
    return Notices(tuple(_without(one, one.about in private) for one in notices))


def without_values(notices: Iterable[Notice]) -> Notices:
    """Return notices about data without the value of any record, not even as an example of how values were written."""
    return Notices(
        tuple(
            replace(one, facts=MappingProxyType({**one.facts, "value": WITHHELD}))
            if one.code.startswith("T") and "value" in one.facts
            else one
            for one in notices
        )
    )


def _without(notice: Notice, private: bool) -> Notice:  # noqa: FBT001
    if not notice.code.startswith("T"):
        return notice
    return replace(notice, facts=MappingProxyType(facts_without_records(notice.facts, private=private)))


def facts_without_records(facts: Facts, *, private: bool = False) -> dict[str, object]:
    """Return the facts of a notice or an error without those that come from one record.

    Parameters
    ----------
    facts : by name.
    private : whether every value is one of somebody.
    """
    hidden = OF_RECORDS | ({"value"} if private or "row" in facts else set())
    found = {name: WITHHELD if name in hidden else value for name, value in facts.items()}
    return found | ({"cell": WITHHELD, "share": WITHHELD} if {"cell", "share"} <= facts.keys() else {})


def counted(refusals: Sequence[Refusal]) -> Table:
    """Return the refusals by column and reason: how many, and what to do; neither rows nor values."""
    groups: dict[tuple[str, str], list[Refusal]] = {}
    for one in refusals:
        groups.setdefault((one.column, one.code), []).append(one)
    rows = tuple((column, code, len(found), found[0].remedy()) for (column, code), found in sorted(groups.items()))
    return Table(("column", "code", "disclosure_count", "remedy"), rows, label("data_refused"))
