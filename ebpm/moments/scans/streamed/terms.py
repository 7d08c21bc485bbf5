"""Covariates of a table that stays where it is, as a regression takes them: columns, powers, categories, and products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw

from ebpm.errors import DataError
from ebpm.moments.frame import Codes, Frame
from ebpm.moments.scans.keys import key_of
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Table, number, refuse_missing_columns
from ebpm.moments.scans.size import refuse_large
from ebpm.moments.terms import CATEGORIES, POWER, columns_of, said

MOST_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Term:
    """One column of a regression.

    Parameters
    ----------
    name : as in `Terms`.
    value : expression.
    """

    name: str
    value: nw.Expr


def is_label(kind: Any) -> bool:
    """Return whether a column of this kind is of labels."""
    return isinstance(kind, nw.Categorical | nw.Enum | nw.String)


def columns_in(table: Table, covariates: str | Sequence[str], argument: str = "covariates") -> tuple[str, ...]:
    """Return the columns that covariates are made of.

    Raises
    ------
    DataError : if one is missing.
    """
    found = columns_of(Frame(table.head(0).collect()), covariates)
    refuse_missing_columns(table, [(column, argument) for column in found])
    return found


def levels_of(table: Table, column: str, argument: str) -> Codes:
    """Return the rows of a table of the values of a column, each once, as codes into its levels.

    Raises
    ------
    DataError : if a value is missing.
    """
    key = key_of(column, table.collect_schema()[column]).alias(column)
    return Frame(table.select(key).unique().collect()).codes(column, argument)


def streamed_terms(scan: Scan, covariates: str | Sequence[str], argument: str = "covariates") -> tuple[Term, ...]:
    """Return the columns that a list of covariates stands for.

    Parameters
    ----------
    scan : the table.
    covariates : as in `terms_of`.
    argument : the parameter through which the caller named them.

    Raises
    ------
    DataError : a power of labels, a covariate twice.
    DesignError : more than 100 categories in a column.
    """
    wanted = [covariates] if isinstance(covariates, str) else list(covariates)
    repeated = next((one for one in wanted if wanted.count(one) > 1), None)
    if repeated is not None:
        raise DataError("terms_repeated", argument=argument, term=repeated)
    reader = _Reader(scan, scan.table.collect_schema(), argument)
    return tuple(term for one in wanted for term in reader.terms(one))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How names become expressions."""

    scan: Scan
    schema: nw.Schema
    argument: str

    def terms(self, text: str) -> list[Term]:
        """Return the columns of one covariate."""
        if text in self.schema or ":" not in text:
            return self._factor(text)
        left, right = (self.terms(part.strip()) for part in text.split(":", 1))
        return [Term(f"{one.name}:{other.name}", one.value * other.value) for one in left for other in right]

    def _factor(self, text: str) -> list[Term]:
        if text in self.schema:
            return self._categories(text) if is_label(self.schema[text]) else [Term(text, self._number(text))]
        if found := CATEGORIES.fullmatch(text):
            return self._categories(found["column"])
        found = POWER.fullmatch(text)
        column, power = (text, 1) if found is None else (found["column"], int(found["power"]))
        return [Term(text, reduce(lambda left, right: left * right, [self._number(column)] * power))]

    def _number(self, column: str) -> nw.Expr:
        kind = self.schema[column]
        if not (kind.is_numeric() or kind == nw.Boolean):
            raise DataError("scan_not_numbers", column=column, argument=self.argument, kind=kind)
        return number(column, kind)

    def _categories(self, column: str) -> list[Term]:
        levels = levels_of(self.scan.table, column, self.argument).levels
        if len(levels) > MOST_LEVELS:
            refuse_large(self.scan, f"{self.argument}={column}")
        key = key_of(column, self.schema[column])
        return [
            Term(f"{column} = {said(level)}", nw.when(key == level).then(nw.lit(1.0)).otherwise(nw.lit(0.0)))
            for level in list(levels)[1:]
        ]
