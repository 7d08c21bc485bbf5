"""Covariance of least-squares coefficients: classical, HC0-HC3; clustered through `stats.clusters`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.stats.groups import group_products, group_sums
from ebpm.stats.regression.clusters import CLUSTERED, Blocks, cluster_covariance, satterthwaite_df, working_kernel
from ebpm.stats.regression.least_squares import Fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROBUST = ("classical", "HC0", "HC1", "HC2", "HC3")
SATURATED = 1e-10


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance of m linear combinations of the coefficients.

    Parameters
    ----------
    matrix : shape (m, m).
    df : degrees of freedom of each, shape (m,).
    kind : "classical", "HC0" ... "HC3", "CR0", "CR1", "CR1S", "CR2" or "CR3".
    """

    matrix: Floats
    df: Floats
    kind: str

    @property
    def std_errors(self) -> Floats:
        """Shape (m,)."""
        return np.sqrt(np.diag(self.matrix))


def robust(fit: Fit, kind: str = "HC2", *, contrasts: Floats | None = None) -> Covariance:
    """Return the covariance for independent rows, with n - k degrees of freedom.

    Parameters
    ----------
    fit : the least-squares fit.
    kind : "classical" (one variance), or HC0-HC3, which divide the squared residual by 1, (n - k) / n, 1 - h_i, (1 - h_i)^2.
    contrasts : linear combinations, shape (m, k); each coefficient where None.

    Formula: M (sum_i w_i^2 e_i^2 a_i x_i x_i') M with M = (X'WX)^-1. A row that alone determines a coefficient (h_i = 1)
    has no residual and contributes nothing.

    Source: MacKinnon and White (1985), Journal of Econometrics 29(3), 305-325.
    """
    _known(kind, ROBUST)
    rows = _in_root(fit, contrasts)
    squared = fit.weights * fit.residuals**2
    if kind == "classical":
        matrix = (squared.sum() / fit.df_residual) * (rows @ rows.T)
    else:
        influence = fit.design @ (fit.root @ rows.T)
        matrix = (influence * (fit.weights * squared * _inflation(fit, kind))[:, None]).T @ influence
    return Covariance(matrix, np.full(len(rows), float(fit.df_residual)), kind)


def bell_mccaffrey(fit: Fit, *, contrasts: Floats | None = None) -> Floats:
    """Return the Satterthwaite degrees of freedom of HC2 for each combination, shape (m,).

    The working model is independent rows of equal variance.

    Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Imbens and Kolesar (2016), REStat 98(4), equation 11.
    """
    basis, identity = fit.design @ fit.root, np.eye(len(fit.coefficients))
    influence = (basis @ _in_root(fit, contrasts).T) * (fit.weights * np.sqrt(_inflation(fit, "HC2")))[:, None]
    weighted = basis * fit.weights[:, None]
    seen = np.hstack([basis, weighted]) if fit.weighted else basis
    working = working_kernel(identity, weighted.T @ weighted if fit.weighted else None)
    return np.array([satterthwaite_df(column**2, seen * column[:, None], working=working) for column in influence.T])


def clustered(fit: Fit, codes: Ints, *, kind: str = "CR2", contrasts: Floats | None = None) -> Covariance:
    """Return the covariance that allows for dependence of any form within clusters.

    Parameters
    ----------
    fit : the least-squares fit.
    codes : cluster of each row, in 0 .. G - 1, shape (n,).
    kind : "CR0"; "CR1" (x G/(G-1)) and "CR1S" (x G/(G-1) (n-1)/(n-k)), with G - 1 degrees of freedom; "CR2" and "CR3" with
        Satterthwaite's.
    contrasts : linear combinations, shape (m, k); each coefficient where None.

    Raises
    ------
    DesignError : if there is only one cluster.

    Formula, assumptions and source: `ebpm.stats.regression.clusters.cluster_covariance`.
    """
    _known(kind, CLUSTERED)
    groups, identity = int(codes.max()) + 1, np.eye(len(fit.coefficients))
    basis = fit.design @ fit.root
    if fit.weighted:
        basis = np.hstack([basis, basis * fit.weights[:, None]])
    blocks = Blocks(
        rows=np.bincount(codes, minlength=groups),
        products=group_products(basis, codes, groups=groups),
        scores=group_sums(basis * fit.residuals[:, None], codes, groups=groups),
        maps=identity[None],
        weighted=fit.weighted,
    )
    matrix, df = cluster_covariance(blocks, identity, kind=kind, contrasts=_in_root(fit, contrasts))
    return Covariance(matrix, df, kind)


def _in_root(fit: Fit, contrasts: Floats | None) -> Floats:
    """The contrasts in coordinates in which the columns of the design are orthonormal, shape (m, k)."""
    return fit.root if contrasts is None else contrasts @ fit.root


def _inflation(fit: Fit, kind: str) -> Floats:
    if kind in ("HC0", "HC1"):
        return np.full(fit.n, fit.n / fit.df_residual if kind == "HC1" else 1.0)
    spare = 1.0 - fit.leverages
    power = {"HC2": 1.0, "HC3": 2.0}[kind]
    return np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** -power, 0.0)


def _known(kind: str, kinds: Sequence[str]) -> None:
    if kind not in kinds:
        raise DataError("bad_choice", argument="kind", value=kind, choices=", ".join(kinds))
