"""A two-way fixed-effects regression on dummies of the periods since treatment."""

from __future__ import annotations

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.joint import Leads
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums

INDEPENDENT = 1e-10


def event_times(rows: PanelRows) -> Floats:
    """Return the periods since treatment of each row, shape (n,); infinity where the unit is never treated."""
    return np.where(np.isfinite(rows.cohort), rows.time - rows.cohort, np.inf)


def event_dummies(
    layout: TwoWay, outcome: Floats, times: Floats, positions: Floats, *, groups: Ints, arms: Arms
) -> Leads | None:
    """Return the coefficients of dummies of event times beside unit and period effects, with their influence (CR1 unless the arms correct it).

    Parameters
    ----------
    layout : unit and period of each row.
    outcome, times : shape (n,).
    positions : event times that have a dummy, ascending; all other rows are the reference.
    groups : cluster of each row, shape (n,); clusters that have no row count as well.
    arms : of the clusters.

    Returns
    -------
    None where the dummies are collinear with one another and the effects.
    """
    left, rank = layout.residuals(np.column_stack([times[:, None] == positions, outcome]))
    X, clusters = left[:, :-1], len(arms.rows)
    weighted = layout.weighted(X.T).T
    products = weighted.T @ X
    if np.linalg.matrix_rank(products, tol=INDEPENDENT * len(X)) < len(positions):
        return None
    bread = np.linalg.inv(products)
    values = bread @ (weighted.T @ left[:, -1])
    scores = group_sums(weighted * (left[:, -1] - X @ values)[:, None], groups, groups=clusters) @ bread
    size = round(layout.weights.sum()) if len(layout.weights) else len(X)
    scale = arms.scale(size, len(positions) + rank + 1, arms.clusters)
    return Leads(tuple(int(one) for one in positions), values, np.sqrt(scale) * scores)
