"""A two-way fixed-effects regression on dummies of the periods since treatment."""

from __future__ import annotations

import numpy as np

from ebpm.did.absorbed import ABSORBED
from ebpm.did.cluster_arms import Arms
from ebpm.did.joint import Leads
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums

INDEPENDENT, NO_SLOPES = 1e-10, np.empty((0, 0))


def event_times(rows: PanelRows) -> Floats:
    """Return the periods since treatment of each row, shape (n,); infinity where the unit is never treated."""
    return np.where(np.isfinite(rows.cohort), rows.time - rows.cohort, np.inf)


def event_dummies(
    layout: TwoWay, outcome: Floats, times: Floats, positions: Floats, *, groups: Ints, arms: Arms, rows: int, beside: Floats,
    slopes: Floats = NO_SLOPES,
) -> Leads | None:  # fmt: skip
    """Return the coefficients of dummies of event times beside unit and period effects, with their influence (CR1 unless the arms correct it).

    Parameters
    ----------
    layout : unit and period of each row.
    outcome, times : shape (n,).
    positions : event times that have a dummy, ascending; all other rows are the reference.
    groups : cluster of each row, shape (n,); clusters that have no row count as well.
    arms : of the clusters.
    rows : that these stand for.
    beside : covariates that are held constant, shape (n, c).
    slopes : what clusters add to the slopes of covariates that were taken out of the outcome before, shape (G, c); (0, 0) otherwise.

    Returns
    -------
    None where the dummies or covariates are collinear with one another and the effects.
    """
    before = beside if len(slopes) else beside[:, :0]
    own = beside[:, before.shape[1] :]
    left, rank = layout.residuals(np.column_stack([times[:, None] == positions, own, outcome]))
    X, dummies = left[:, :-1], len(positions)
    if ((X[:, dummies:] ** 2).sum(axis=0) <= ABSORBED * (own**2).sum(axis=0)).any():
        return None
    weighted = layout.weighted(X.T).T
    products = weighted.T @ X
    typical = np.full(X.shape[1], np.sqrt(layout.weights.mean()) if len(layout.weights) else 1.0)
    typical[dummies:] = np.sqrt(np.diag(products)[dummies:] / len(X))
    scaled = products / np.outer(typical, typical) if typical.all() else products * 0.0
    if np.linalg.matrix_rank(scaled, tol=INDEPENDENT * len(X)) < len(scaled):
        return None
    bread = np.linalg.inv(products)
    values = bread @ (weighted.T @ left[:, -1])
    errors = weighted * (left[:, -1] - X @ values)[:, None]
    scores = group_sums(errors, groups, groups=len(arms.rows)) @ bread[:, :dummies]
    if len(slopes):
        scores -= slopes @ (bread @ (weighted.T @ before)).T
    scale = arms.scale(rows, dummies + beside.shape[1] + rank + 1, arms.clusters)
    return Leads(tuple(int(one) for one in positions), values[:dummies], np.sqrt(scale) * scores)
