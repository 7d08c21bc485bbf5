"""Regressions on the cells of groups of 0 and 1: which errors, which columns, which covariance."""

from __future__ import annotations

import numpy as np

from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters
from ebpm.errors import DataError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notices
from ebpm.stats.inference import rounding, t_estimate
from ebpm.stats.regression.covariance import Covariance, clustered, robust
from ebpm.stats.regression.least_squares import Fit

UNCLUSTERED = ("HC2", "HC0", "HC1", "HC3", "classical")
CLUSTERED = ("CR2", "CR0", "CR1", "CR1S", "CR3")


def zero_one(frame: Frame, column: str, argument: str) -> Floats:
    """Return a column of 0 and 1.

    Raises
    ------
    DataError : if it holds anything else.
    """
    values = frame.numbers(column, argument)
    other = (values != 0) & (values != 1)
    if other.any():
        row = int(np.argmax(other))
        raise DataError("did_not_zero_one", column=column, argument=argument, value=values[row], row=row + 1)
    return values


def named_errors(errors: str, cluster: str | None) -> str:
    """Return the kind of errors asked for: "robust" is HC2, or CR2 with clusters.

    Raises
    ------
    DataError : if it does not go with the clusters, or is unknown.
    """
    if errors == "robust":
        return "HC2" if cluster is None else "CR2"
    return one_of(errors, UNCLUSTERED if cluster is None else CLUSTERED, "errors")


def interaction(
    frame: Frame,
    fit: Fit,
    place: int,
    treated: Floats,
    *,
    cluster: str | None,
    errors: str,
    conf_level: float,
    method: str,
) -> Estimates:
    """Return the estimate of one coefficient, the difference in differences.

    Parameters
    ----------
    frame : of the rows of the fit.
    fit : the regression.
    place : of the coefficient.
    treated : rows of the treated group, shape (n,).
    cluster, errors, conf_level : as the routine was asked.
    method : entry `method.<code>` of the texts.
    """
    kind, term = named_errors(errors, cluster), fit.names[place]
    codes = np.arange(fit.n) if cluster is None else frame.codes(cluster, "cluster").codes
    contrast = (np.arange(len(fit.coefficients)) == place).astype(np.float64)[None]
    covariance: Covariance = (
        robust(fit, kind, contrasts=contrast)
        if kind in UNCLUSTERED
        else clustered(fit, codes, kind=kind, contrasts=contrast)
    )
    groups = 0 if cluster is None else int(codes.max()) + 1
    floor = rounding(fit.fitted + fit.residuals)
    estimate = t_estimate(
        float(fit.coefficients[place]), float(covariance.std_errors[0]), df=float(covariance.df[0]), conf_level=conf_level, floor=floor,
        term=term, n=fit.n, clusters=groups, estimand="att", method=method,
    )  # fmt: skip
    notices = check_clusters(Clusters.of(codes, treated > 0, corrected=kind in CORRECTED)) if groups else Notices()
    return Estimates(items=(estimate,), headline_term=term, covariance=covariance.matrix, notices=notices)
