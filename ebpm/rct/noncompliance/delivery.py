"""From assignment to delivery: who was treated otherwise than assigned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.frame import Codes, Frame, Ints
from ebpm.moments.labels import labels_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.assigned import some, varying_units

Finds = Iterator[tuple[str, Facts]]


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
    got_names, meant_names = (labels_of(codes) for codes in (got, meant))
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
    return run(RULES, Delivery(delivered, assigned, ~same[got.codes, meant.codes], cluster or "", clusters, mixed))


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


RULES = (Rule("R103", _mixed_clusters), Rule("R104", _not_as_assigned))
