"""From assignment to data: who was treated otherwise than assigned, and whose outcome is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.estimate import Estimate, Unavailable
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.difference import compare
from ebpm.rct.trial import label_of, some, trial_of, varying_units

HIGH_ATTRITION = 0.20
LARGE_DIFFERENCE = 0.10

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Returns:
    """Who was observed.

    Parameters
    ----------
    column : what was counted.
    rate : share of rows that were observed.
    differences : of that share, each arm less control.
    """

    column: str
    rate: float
    differences: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who received what.

    Parameters
    ----------
    delivered, assigned : names of the columns.
    disagree : rows treated otherwise than assigned, shape (n,).
    cluster : name of the unit of assignment; empty where that is the row.
    clusters : its codes.
    mixed : the clusters within which the assigned arm varies.
    """

    delivered: str
    assigned: str
    disagree: np.ndarray[Any, np.dtype[np.bool_]]
    cluster: str
    clusters: Codes
    mixed: Ints


def attrition(
    data: Any,
    column: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> Notices:
    """Check whether outcomes are missing often (R107), or more often in one arm than in another (R106).

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    column : 1 where the outcome was observed and 0 where not; or the outcome itself, with missing values.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    conf_level : level of the interval of the difference.

    Raises
    ------
    DataError : if the column is neither an indicator nor has missing values.

    Rule: R107 at 20 per cent missing in all; R106 where the interval of the difference in return rates excludes zero or the
    difference is at least 10 points.

    Source: Schulz and Grimes (2002), Lancet 359(9308), for the 20 per cent; the 10 points are this library's.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"returned": [1, 1, 1, 0, 1, 1, 1, 1], "arm": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> attrition(trial, "returned", treatment="arm").codes
    ('R106',)
    """
    frame = Frame.of(data)
    returned = _returned(frame, column)
    differences: tuple[Estimate, ...] = ()
    if np.ptp(returned) > 0:
        trial = trial_of(frame, returned, outcome=column, treatment=treatment, control=control, cluster=cluster)
        differences = compare(trial, conf_level).items
    return run(RETURN_RULES, Returns(column, float(returned.mean()), differences))


def compliance(data: Any, delivered: str, *, assigned: str, cluster: str | None = None) -> Notices:
    """Check whether the treatment delivered is the one assigned (R104), and the one assigned alike within clusters (R103).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    delivered : column of the arm whose treatment was received, in the codes of `assigned`.
    assigned : column of the assigned arm.
    cluster : column of the unit that was assigned, where that was not the row.

    Raises
    ------
    DataError : if the two columns have no code in common.

    Source: Gerber and Green (2012), Field Experiments, chapter 5.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"got": [1, 1, 0, 1], "arm": [1, 1, 0, 0]})
    >>> compliance(trial, "got", assigned="arm").codes
    ('R104',)
    """
    frame = Frame.of(data)
    got, meant = frame.codes(delivered, "delivered"), frame.codes(assigned, "assigned")
    got_names, meant_names = ([label_of(level) for level in codes.levels] for codes in (got, meant))
    if not set(got_names) & set(meant_names):
        raise DataError(
            "rct_other_codes",
            delivered=delivered,
            got=", ".join(got_names),
            assigned=assigned,
            meant=", ".join(meant_names),
        )
    same = np.array([[one == other for other in meant_names] for one in got_names])
    rows = np.arange(len(frame))
    clusters = Codes(rows, tuple(rows)) if cluster is None else frame.codes(cluster, "cluster")
    mixed = varying_units(clusters.codes, meant.codes)
    return run(
        DELIVERY_RULES, Delivery(delivered, assigned, ~same[got.codes, meant.codes], cluster or "", clusters, mixed)
    )


def _returned(frame: Frame, column: str) -> Floats:
    present = frame.present(column, "column")
    if not present.all():
        return present.astype(np.float64)
    values = frame.values(column, "column")
    if not np.isin(values, (0, 1)).all():
        raise DataError("rct_not_indicator", column=column)
    return frame.numbers(column, "column")


def _high_attrition(returns: Returns) -> Finds:
    if returns.rate <= 1.0 - HIGH_ATTRITION:
        yield returns.column, {"missing": f"{100 * (1 - returns.rate):.1f}"}


def _differential_attrition(returns: Returns) -> Finds:
    for one in returns.differences:
        low = -math.inf if isinstance(one.conf_low, Unavailable) else one.conf_low
        high = math.inf if isinstance(one.conf_high, Unavailable) else one.conf_high
        if abs(one.estimate) >= LARGE_DIFFERENCE or low > 0 or high < 0:
            points = {
                "difference": f"{100 * one.estimate:+.1f}",
                "low": f"{100 * low:.1f}",
                "high": f"{100 * high:.1f}",
            }
            yield one.term, {"column": returns.column, **points}


def _mixed_clusters(delivery: Delivery) -> Finds:
    if len(delivery.mixed):
        named = some(delivery.mixed, delivery.clusters.levels)
        yield delivery.assigned, {"cluster": delivery.cluster, "count": len(delivery.mixed), "named": named}


def _not_as_assigned(delivery: Delivery) -> Finds:
    rows = int(delivery.disagree.sum())
    if rows:
        share = f"{100 * delivery.disagree.mean():.1f}"
        where = np.unique(delivery.clusters.codes[delivery.disagree])
        named = f" ({delivery.cluster}: {some(where, delivery.clusters.levels)})" if delivery.cluster else ""
        yield delivery.delivered, {"rows": rows, "share": share, "assigned": delivery.assigned, "named": named}


RETURN_RULES = (Rule("R106", _differential_attrition), Rule("R107", _high_attrition))
DELIVERY_RULES = (Rule("R103", _mixed_clusters), Rule("R104", _not_as_assigned))
