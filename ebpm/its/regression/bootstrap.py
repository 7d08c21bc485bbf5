"""Intervals of a segmented regression by drawing blocks of its residuals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.its.regression.effects import contrasts
from ebpm.its.regression.rows import modelled
from ebpm.moments.frame import one_of
from ebpm.stats.given import generator
from ebpm.stats.series.blocks import moving_blocks, stationary_blocks

if TYPE_CHECKING:
    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]

KINDS = {"moving": moving_blocks, "stationary": stationary_blocks}
FEWEST = 99


def block_bootstrap(
    series: Segmented, kind: str = "moving", *, length: int = 0, draws: int = 1999, seed: int = 20190401
) -> Estimates:
    """Return the estimates of a Gaussian segmented regression with intervals from resampled residuals.

    Parameters
    ----------
    series : a segmented regression of the family "gaussian" or "log_gaussian".
    kind : "moving" blocks of one length, or "stationary" ones of random lengths with that mean.
    length : of the blocks, in periods; the least whole number at or above the cube root of the periods where 0.
    draws : how many series are drawn.
    seed : of the numpy Generator.

    Raises
    ------
    DataError : for an unknown kind, an impossible length, or fewer than 99 draws.
    DesignError : for a family of counts.

    Formula: residuals of least squares, blown up by sqrt(n / (n - k)), are drawn in blocks, added to the fit, and the regression is
    fitted again; intervals are basic ones, twice the estimate less the quantiles. Series share the blocks.

    Assumptions: errors are stationary and forget within a block. In series below some hundred periods intervals are too narrow, because
    residuals are less correlated than errors; see docs/coverage.md.

    Source: Kunsch (1989), Annals of Statistics 17(3); Politis and Romano (1994), Journal of the American Statistical Association 89(428).
    """
    one_of(kind, tuple(KINDS), "kind")
    if series.settings.counts:
        raise DesignError("its_no_blocks", family=series.settings.family)
    used, observed = series.observed.used, series.observed
    X, n = series.model.design[used], int(used.sum())
    size = length or int(np.ceil(n ** (1.0 / 3.0)))
    if not 1 <= size <= n or draws < FEWEST:
        raise DataError("its_bad_blocks", length=length, periods=n, draws=draws, fewest=FEWEST)
    y = modelled(series)
    solve = np.linalg.pinv(X)
    center = y @ solve.T
    residuals = (y - center @ X.T) * np.sqrt(n / (n - X.shape[1])) * series.model.residuals.any()
    places = KINDS[kind](n, size, draws, generator(seed))
    moved = np.einsum("sdn,kn->dsk", residuals[:, places] - residuals[:, places].mean(axis=2, keepdims=True), solve)
    named = contrasts(observed, series.model)
    method = f"its.{series.settings.family}.{kind}_blocks"
    items = tuple(
        _basic(
            item,
            float(np.sum(named[item.term].weights * center)),
            np.einsum("sk,dsk->d", named[item.term].weights, moved),
            method,
        )
        for item in series.estimates
    )
    return replace(series.estimates, items=items, covariance=Unavailable("its_blocks"))


def _basic(item: Estimate, value: float, moved: Floats, method: str) -> Estimate:
    tail = 0.5 - item.conf_level / 2.0
    low, high = np.quantile(moved, [tail, 1.0 - tail])
    share: Number = (
        Unavailable("no_variation")
        if not moved.any()
        else (1.0 + float(np.sum(np.abs(moved) >= abs(value)))) / (len(moved) + 1.0)
    )
    return replace(
        item, estimate=value, std_error=float(moved.std()), df=Unavailable("its_blocks"), p_value=share,
        conf_low=value - float(high), conf_high=value - float(low), method=method,
    )  # fmt: skip
