"""How many sampling units of one size the units of a sample are worth."""

from __future__ import annotations

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.stats.inference import combined_df, dfs_of_means


def effective_df(weights: Floats, strata: Ints) -> float:
    """Return Satterthwaite's degrees of freedom of a weighted mean: units less strata where all are alike.

    Parameters
    ----------
    weights : sum of the weights of each unit's rows, shape (units,).
    strata : of the units, shape (units,).

    Formula: `dfs_of_means` in each stratum with two units or more, joined by the strata's shares of the weights.

    Assumptions: the working model of the sum of a unit is a variance in proportion to its weight.

    Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Carter, Schnepel and Steigerwald (2017), Review of Economics and
    Statistics 99(4), for the effective number of clusters.

    Examples
    --------
    >>> import numpy as np
    >>> round(effective_df(np.ones(6), np.array([0, 0, 0, 1, 1, 1])), 6)
    4.0
    """
    kept = (np.bincount(strata, weights > 0.0)[strata] > 1.0) & (weights > 0.0)
    if not kept.any():
        return 0.0
    known, cells = np.unique(strata[kept], return_inverse=True)
    totals = np.bincount(cells, weights[kept])
    found = dfs_of_means(weights[kept] / totals[cells], cells.astype(np.int64), len(known))
    return combined_df(totals / totals.sum(), found)
