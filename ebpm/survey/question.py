"""What is asked of a sample that stays where it is: the sums that answer it, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.naming import some_columns
from ebpm.moments.scans.groups.scan import GroupRequest
from ebpm.moments.scans.keys import key_of
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.size import size_of
from ebpm.stats.given import mapping
from ebpm.survey.design.stages import Columns
from ebpm.survey.estimation import Where

ANSWERED = "every outcome is known"
Form = Callable[[Floats, Floats, str], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a sample.

    Parameters
    ----------
    outcomes : columns.
    labels : whether numbers too count as labels.
    by, where, missing : as in `survey.mean`.
    weights, strata, cluster, population, lonely : the design, as in `survey.mean`.
    """

    outcomes: tuple[str, ...]
    labels: bool
    by: str | None
    where: Where | None
    missing: str
    weights: Any
    strata: Columns
    cluster: Columns
    population: Columns
    lonely: str

    @property
    def partial(self) -> bool:
        """Whether rows may lack an answer: all of them, or those outside of the domain that is asked for."""
        others = [self.by, self.strata, self.cluster, self.population, *mapping(self.where or {}, "where")]
        return (self.missing == "domain" or bool(self.where)) and not any(one in self.outcomes for one in others)

    def source(self, data: Any) -> Any:
        """Return the data, in which, if they are a table elsewhere, rows that lack an answer are marked and filled."""
        scan = scan_of(data) if self.partial else None
        return data if scan is None or any(self.records(scan).values()) else _marked(scan, self.outcomes)

    def records(self, data: Any) -> dict[str, object]:
        """Arguments for which the sums of some data are not enough."""
        staged = {"strata": self.strata, "cluster": self.cluster, "population": self.population}
        return {
            "weights made from a table": not isinstance(self.weights, str | None), f"missing={self.missing}": self.missing == "domain" and not isinstance(data, Scan),
            **{f"{name}=[...]": not isinstance(column, str | None) for name, column in staged.items()},
        }  # fmt: skip

    def request(self, numbers: Sequence[str], *, marked: bool) -> GroupRequest:
        """Return the sums that answer it, where some outcomes are numbers and the others labels, and rows may be marked."""
        labels = [one for one in self.outcomes if one not in numbers]
        design = {"strata": self.strata, "cluster": self.cluster, "population": self.population, "by": self.by}
        named = {str(column): role for role, column in design.items() if column is not None}
        arguments = (
            dict.fromkeys(self.where or {}, "where")
            | dict.fromkeys(some_columns(self.outcomes, "outcome"), "outcome")
            | named
        )
        return GroupRequest(
            keys=tuple(dict.fromkeys([*named, *(self.where or {}), *labels, *([ANSWERED] if marked else [])])), numbers=tuple(dict.fromkeys(numbers)),
            weights=self.weights or "", products=self.cluster is None, arguments=MappingProxyType(arguments),
        )  # fmt: skip


def _marked(scan: Scan, outcomes: Sequence[str]) -> Scan:
    """Return a table with the column `ANSWERED`; in rows that lack an answer outcomes are the least that there is."""
    schema = scan.table.collect_schema()
    kept = [column for column in dict.fromkeys(outcomes) if column in schema]
    if not kept:
        return scan
    plain = {column: key_of(column, schema[column]) for column in kept}
    known = [
        ~plain[column].is_null() & ~plain[column].is_nan() if schema[column].is_float() else ~plain[column].is_null()
        for column in kept
    ]
    marked = scan.table.with_columns(nw.all_horizontal(*known, ignore_nulls=False).alias(ANSWERED))
    least = marked.filter(nw.col(ANSWERED)).select(*(plain[column].min() for column in kept)).collect()
    if any(least[column][0] is None for column in kept):
        rows = size_of(scan)[0]
        raise (
            DataError("survey_empty_domain", outcome=", ".join(outcomes), rows=rows)
            if rows
            else DataError("empty_data", rows=0)
        )
    filled = [
        nw.when(nw.col(ANSWERED)).then(plain[column]).otherwise(nw.lit(least[column][0])).alias(column)
        for column in kept
    ]
    return replace(scan, table=marked.with_columns(*filled))


def mean_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return weighted means: z = (x - xbar) / sum w."""
    del term
    means = sums[1:] / sums[0]
    return means + centres, np.column_stack([-means, np.eye(len(means))]) / sums[0]


def total_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return weighted totals: z = x."""
    del term
    return sums[1:] + centres * sums[0], np.column_stack([centres, np.eye(len(centres))])


def ratio_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return the ratio R of the totals of two columns: z = (y - R x) / X."""
    (top, bottom), by = total_form(sums, centres, term)
    if bottom == 0.0:
        raise DesignError("survey_zero_denominator", term=term)
    return np.array([top / bottom]), (by[:1] - top / bottom * by[1:]) / bottom
