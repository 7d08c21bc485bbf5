"""Difference in differences of two groups before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.did.checks import Clusters, check_clusters
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.notices import Notices
from ebpm.stats.covariance import Covariance, clustered, robust
from ebpm.stats.inference import t_estimate
from ebpm.stats.least_squares import Fit, least_squares

TERM = "treated:post"
UNCLUSTERED = ("HC2", "HC0", "HC1", "HC3", "classical")
CLUSTERED = ("CR2", "CR0", "CR1", "CR1S", "CR3")


def two_by_two(
    data: Any,
    outcome: str,
    *,
    treated: str,
    post: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "robust",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effect on the treated group from its change less the change of the comparison group.

    Parameters
    ----------
    data : a table that Narwhals knows, one row an observation (repeated cross-sections or a panel).
    outcome : column of numbers, in any unit.
    treated, post : columns of 0 and 1: the group that gets the treatment, the time after it.
    covariates : columns of numbers that enter linearly.
    cluster : column; rows of one cluster may depend on each other in any way.
    errors : "robust" is HC2, or CR2 with Satterthwaite's degrees of freedom where `cluster` is given. Otherwise
        "classical", "HC0", "HC1", "HC2", "HC3" (n - k degrees of freedom), or with `cluster` "CR0", "CR1",
        "CR1S" (Stata's; G - 1) or "CR2", "CR3" (Satterthwaite).
    conf_level : level of the interval.

    Returns
    -------
    One estimate, the term "treated:post".

    Raises
    ------
    DataError : a column is missing, not numeric, or `treated` or `post` is not 0 and 1; an unknown `errors`.
    DesignError : one of the four cells has no rows; covariates are collinear.

    Formula: b in y = a + c post + d treated + b treated x post + x'f + e; without covariates
    b = (mean of treated after - before) - (mean of comparison after - before).

    Assumptions: parallel trends without treatment, no anticipation, clusters independent.

    Source: Card and Krueger (1994), American Economic Review 84(4); Bell and McCaffrey (2002), Survey Methodology 28(2).

    Examples
    --------
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 3, 2, 2, 4, 6, 9, 9], "treated": [0, 0, 0, 0, 1, 1, 1, 1], "post": [0, 0, 1, 1, 0, 0, 1, 1]}
    >>> import pandas as pd
    >>> round(did.two_by_two(pd.DataFrame(rows), "y", treated="treated", post="post").headline.estimate, 9)
    4.0
    """
    frame = Frame.of(data)
    y, D, after = (
        frame.numbers(outcome, "outcome"),
        _zero_one(frame, treated, "treated"),
        _zero_one(frame, post, "post"),
    )
    kind = one_of(_named(errors, cluster), UNCLUSTERED if cluster is None else CLUSTERED, "errors")
    _refuse_empty_cells(D, after)
    X = np.column_stack([np.ones(len(y)), after, D, D * after, frame.matrix(covariates, "covariates")])
    fit = least_squares(X, y, names=("constant", post, treated, TERM, *covariates))
    codes = np.arange(len(y)) if cluster is None else frame.codes(cluster, "cluster").codes
    covariance = _covariance(fit, kind, codes)
    groups = 0 if cluster is None else int(codes.max()) + 1
    estimate = t_estimate(
        float(fit.coefficients[3]), float(covariance.std_errors[0]), df=float(covariance.df[0]), conf_level=conf_level,
        term=TERM, n=len(y), clusters=groups, estimand="att", method="did.two_by_two",
    )  # fmt: skip
    notices = check_clusters(Clusters.of(codes, D > 0)) if groups else Notices()
    return Estimates(items=(estimate,), headline_term=TERM, covariance=covariance.matrix).with_notices(notices)


def _named(errors: str, cluster: str | None) -> str:
    if errors == "robust":
        return "HC2" if cluster is None else "CR2"
    return errors


def _zero_one(frame: Frame, column: str, argument: str) -> Floats:
    values = frame.numbers(column, argument)
    other = (values != 0) & (values != 1)
    if other.any():
        row = int(np.argmax(other))
        raise DataError("did_not_zero_one", column=column, argument=argument, value=values[row], row=row + 1)
    return values


def _refuse_empty_cells(D: Floats, after: Floats) -> None:
    for treated in (0, 1):
        for post in (0, 1):
            if not ((treated == D) & (after == post)).any():
                raise DesignError("did_empty_cell", treated=treated, post=post)


def _covariance(fit: Fit, kind: str, codes: Ints) -> Covariance:
    contrast = (np.arange(len(fit.coefficients)) == 3).astype(np.float64)[None]
    return (
        robust(fit, kind, contrasts=contrast)
        if kind in UNCLUSTERED
        else clustered(fit, codes, kind=kind, contrasts=contrast)
    )
