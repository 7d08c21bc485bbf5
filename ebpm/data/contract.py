"""The contract of one table: what each column means, what it may hold, and what a row must satisfy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ebpm.data.numerals import normal
from ebpm.errors import did_you_mean
from ebpm.spec import Spec, Text, Wrong

Type = Literal["integer", "number", "text", "code", "boolean", "date", "month", "year", "fiscal_year"]
Role = Literal[
    "id", "unit", "cluster", "strata", "treatment", "outcome", "time", "exposure", "weight", "covariate",
    "first_treated", "sensitive", "quasi_identifier", "other",
]  # fmt: skip
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Name = Annotated[str, Field(min_length=1)]
End = int | float | str | None

NUMERIC: frozenset[Type] = frozenset({"integer", "number", "year", "fiscal_year"})
_ISO = {"month": re.compile(r"\d{4}-\d{2}"), "date": re.compile(r"\d{4}-\d{2}-\d{2}")}
_LINKING: frozenset[Role] = frozenset({"id", "unit", "cluster"})


class Column(Spec):
    """One column: its name here and in the file, its meaning and what it may hold.

    Text that identifies or links rows (a key, or role id, unit, cluster) is normalised to Unicode NFKC;
    other text is stored as it stands.
    """

    name: Name
    """Name in the typed table and in plans."""
    label: Text
    type: Type
    unit: str = ""
    role: Role = "other"
    header: str = ""
    """Heading in the file, where it is not the name."""
    codes: dict[int | str, Text] = Field(default_factory=dict)
    """Meaning of each value of a column of type code."""
    missing_codes: tuple[str, ...] = ()
    """What stands for a missing value, besides the empty cell."""
    range: tuple[End, End] | None = None
    """Lowest and highest value that can be right; null for an open end."""
    required: bool = False
    """Whether each row must have a value; keys always must."""

    @model_validator(mode="after")
    def _coherent(self) -> Column:
        if (self.type == "code") != bool(self.codes):
            raise Wrong("data_codes_and_type", column=self.name, type=self.type)
        _refuse_coded_missing(self)
        _refuse_bad_range(self)
        return self


class RowRule(Spec):
    """What the values of one row must satisfy together; a row with a missing value satisfies it."""

    id: Name
    left: Name
    op: Operator
    right: int | float | str
    text: Text


class DataSet(Spec):
    """The contract of one table, kept in a file of the pilot's folder or in a package.

    Examples
    --------
    >>> from ebpm import spec
    >>> from ebpm.data import DataSet
    >>> households = spec.loads('''
    ... id: households
    ... title: {ja: 世帯の電気使用量, en: household electricity}
    ... path: data/households.csv
    ... synthetic: true
    ... licence: CC0-1.0
    ... source: {ja: 模擬データ, en: simulated}
    ... row_is: {ja: 世帯, en: household}
    ... keys: [pupil_id]
    ... columns:
    ...   - {name: pupil_id, label: {ja: 児童, en: pupil}, type: text, role: id}
    ...   - {name: kwh, label: {ja: 電気使用量, en: electricity use}, type: number, unit: kWh, range: [0, 3000]}
    ... ''', DataSet)
    >>> households.column("kwh").unit
    'kWh'
    """

    id: Name
    title: Text
    path: str = ""
    """File, relative to the folder of the pilot."""
    package: str = ""
    """Data set that a package carries, by its name in the registry."""
    sheet: str = ""
    """Sheet of a workbook, where more than one is filled."""
    header_row: int = Field(default=1, ge=1)
    """Row of the header, from 1; what stands above it is not read."""
    synthetic: bool
    licence: str
    source: Text
    row_is: Text
    """What one row stands for."""
    keys: tuple[str, ...] = ()
    """Columns that together name a row; no two rows share them."""
    max_refused: float = Field(default=0.05, ge=0, le=1)
    """Share of the rows that may be refused; more is an error."""
    columns: tuple[Column, ...] = Field(min_length=1)
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> DataSet:
        if bool(self.path) == bool(self.package):
            raise Wrong("data_one_source", file=self.path or "-", package=self.package or "-")
        _refuse_twice("name", [column.name for column in self.columns])
        _refuse_twice("header", [column.header or column.name for column in self.columns])
        _refuse_twice("rule", [rule.id for rule in self.rules])
        self._refuse_unknown("keys", self.keys)
        for rule in self.rules:
            self._refuse_bad_rule(rule)
        return self

    def _refuse_unknown(self, place: str, names: Iterable[str]) -> None:
        known = [column.name for column in self.columns]
        for name in names:
            if name not in known:
                raise Wrong("data_unknown_column", place=place, column=name, near=did_you_mean(name, known))

    def _refuse_bad_rule(self, rule: RowRule) -> None:
        names = [name for name in (rule.left, rule.right) if isinstance(name, str)]
        self._refuse_unknown(f"rules: {rule.id}", names)
        kinds = [_kind(self.column(name)) for name in names] + (["number"] if len(names) == 1 else [])
        if len(set(kinds)) > 1 or "text" in kinds:
            raise Wrong("data_rule_types", rule=rule.id, types=", ".join(kinds))

    @property
    def place(self) -> str:
        """Where the table comes from, for messages."""
        return self.path or self.package

    def column(self, name: str) -> Column:
        """Return a column by its name.

        Raises
        ------
        KeyError : if the contract has no such column.
        """
        return {column.name: column for column in self.columns}[name]

    def links(self, column: Column) -> bool:
        """Return whether a column identifies or links rows."""
        return column.name in self.keys or column.role in _LINKING

    def needs(self, column: Column) -> bool:
        """Return whether each row must have a value of a column."""
        return column.required or column.name in self.keys


def _kind(column: Column) -> str:
    if column.type in NUMERIC:
        return "number"
    return column.type if column.type in _ISO else "text"


def _refuse_twice(place: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Wrong("data_named_twice", place=place, name=name)


def _refuse_coded_missing(column: Column) -> None:
    both = {normal(str(key)) for key in column.codes} & {normal(code) for code in column.missing_codes}
    if both:
        raise Wrong("data_code_is_missing_code", column=column.name, codes=", ".join(sorted(both)))


def _refuse_bad_range(column: Column) -> None:
    if column.range is None:
        return
    ends = [end for end in column.range if end is not None]
    if not all(_is_end_of(end, column.type) for end in ends):
        raise Wrong("data_range_type", column=column.name, type=column.type, range=_interval(column.range))
    if len(ends) == 2 and ends[0] > ends[1]:  # type: ignore[operator]
        raise Wrong("data_range_order", column=column.name, range=_interval(column.range))


def _is_end_of(end: End, type_: Type) -> bool:
    if type_ in NUMERIC:
        return isinstance(end, int | float)
    return type_ in _ISO and isinstance(end, str) and bool(_ISO[type_].fullmatch(end))


def _interval(ends: tuple[End, End]) -> str:
    return " … ".join("" if end is None else str(end) for end in ends)
