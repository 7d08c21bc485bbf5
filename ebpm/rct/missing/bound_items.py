"""Bounds of the effects of arms, as estimates and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.notices import Notices
from ebpm.table import Table


class Bound(Protocol):
    """The bounds of one arm against control, and their interval."""

    @property
    def term(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def std_error_low(self) -> float: ...
    @property
    def std_error_high(self) -> float: ...
    @property
    def conf_low(self) -> float: ...
    @property
    def conf_high(self) -> float: ...
    @property
    def conf_level(self) -> float: ...
    @property
    def difference(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def clusters(self) -> int: ...


def bound_estimates(items: Sequence[Bound], *, method: str, notices: Notices) -> Estimates:
    """Return the differences among those who were observed, each with the interval of its bounds."""
    none = Unavailable("rct_bounds_alone")
    estimates = tuple(
        Estimate(
            term=one.term, estimate=one.difference, std_error=none, df=none, p_value=none, conf_low=one.conf_low,
            conf_high=one.conf_high, conf_level=one.conf_level, n=one.n, clusters=one.clusters, estimand="itt", method=method,
        )
        for one in items
    )  # fmt: skip
    return Estimates(items=estimates, headline_term=estimates[0].term, notices=notices)


def bound_table(items: Sequence[Bound], caption: str) -> Table:
    """Return one row an arm."""
    records = [
        {
            "term": one.term, "bound_low": one.low, "bound_high": one.high, "std_error_low": one.std_error_low,
            "std_error_high": one.std_error_high, "conf_low": one.conf_low, "conf_high": one.conf_high,
            "conf_level": one.conf_level, "n": one.n,
        }
        for one in items
    ]  # fmt: skip
    return Table.of(records, caption)
