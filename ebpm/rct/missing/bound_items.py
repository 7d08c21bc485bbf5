"""Bounds of the effects of arms, as estimates and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.notices import Notices
from ebpm.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBounds:
    """The bounds of one arm against control.

    Parameters
    ----------
    term : the arm.
    low, high : the bounds.
    std_error_low, std_error_high : their standard errors.
    conf_low, conf_high : the Imbens-Manski interval.
    conf_level : probability with which it covers the effect.
    difference : of the means of those who were observed, without trimming.
    n : rows assigned to either.
    clusters : clusters; 0 where the inference is not clustered.
    """

    term: str
    low: float
    high: float
    std_error_low: float
    std_error_high: float
    conf_low: float
    conf_high: float
    conf_level: float
    difference: float
    n: int
    clusters: int


def bound_estimates(items: Sequence[ArmBounds], *, method: str, notices: Notices) -> Estimates:
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


def bound_table(items: Sequence[ArmBounds], caption: str) -> Table:
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
