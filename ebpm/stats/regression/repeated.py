"""Least squares of rows that share their regressors in groups: all that HC0-HC3 and their degrees of freedom need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.stats.regression.clusters import satterthwaite_df
from ebpm.stats.regression.covariance import Covariance
from ebpm.stats.regression.least_squares import solve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SATURATED = 1e-10
POWERS = {"HC0": 0.0, "HC1": 0.0, "HC2": 1.0, "HC3": 2.0}


@dataclass(frozen=True, slots=True)
class Repeated:
    """A fit to rows of which many have the same regressors.

    Parameters
    ----------
    coefficients : shape (k,).
    root : F with FF' = (X'X)^-1, shape (k, k).
    basis : rows of XF, shape (G, k).
    counts : rows of each group, shape (G,).
    squares : sum of the squared residuals of each group, shape (G,).
    """

    coefficients: Floats
    root: Floats
    basis: Floats
    counts: Ints
    squares: Floats

    @property
    def leverages(self) -> Floats:
        """Of a row of each group, shape (G,)."""
        return np.asarray(np.einsum("gk,gk->g", self.basis, self.basis))

    @property
    def saturated(self) -> int:
        """Rows that alone determine a coefficient."""
        return int(self.counts[self.leverages > 1.0 - 1e-8].sum())


def repeated_least_squares(
    design: Floats, means: Floats, *, counts: Ints, squares: Floats, names: Sequence[str] = ()
) -> Repeated:
    """Minimise the squared residuals of rows that come in groups with the same regressors.

    Parameters
    ----------
    design : regressors of each group, shape (G, k).
    means : of the outcome, shape (G,).
    counts : rows, shape (G,).
    squares : sum of the squared deviations of the outcome from the group's mean, shape (G,).
    names : of the columns, for messages.

    Raises
    ------
    DesignError : if rows do not outnumber columns, or columns are collinear.
    """
    rows, columns = int(counts.sum()), design.shape[1]
    if rows <= columns:
        raise DesignError("stats_too_few_rows", rows=rows, columns=columns)
    weighted = design * counts[:, None]
    solution = solve(weighted.T @ design, weighted.T @ means, names=names)
    apart = means - design @ solution.coefficients
    return Repeated(solution.coefficients, solution.root, design @ solution.root, counts, squares + counts * apart**2)


def repeated_covariance(fit: Repeated, kind: str, *, contrasts: Floats) -> Covariance:
    """Return the covariance of combinations of the coefficients for independent rows, as `covariance.robust`.

    Parameters
    ----------
    fit : the fit.
    kind : "classical", "HC0" ... "HC3"; "HC2_BM" is HC2 with Bell and McCaffrey's degrees of freedom.
    contrasts : shape (m, k).

    Source: MacKinnon and White (1985), Journal of Econometrics 29(3); Imbens and Kolesar (2016), REStat 98(4), equation 11.

    Examples
    --------
    >>> import numpy as np
    >>> arms, size = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([3, 3])
    >>> fit = repeated_least_squares(arms, np.array([11.0, 9.0]), counts=size, squares=np.array([2.0, 2.0]))
    >>> found = repeated_covariance(fit, "HC2_BM", contrasts=np.array([[0.0, 1.0]]))
    >>> round(float(found.matrix[0, 0]), 12), round(float(found.df[0]), 12)
    (0.666666666667, 4.0)
    """
    rows, n = contrasts @ fit.root, int(fit.counts.sum())
    left = n - len(fit.coefficients)
    df = np.full(len(rows), float(left))
    if kind == "classical":
        return Covariance(fit.squares.sum() / left * (rows @ rows.T), df, kind)
    spare = 1.0 - fit.leverages
    base = kind.removesuffix("_BM")
    inflation = np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** -POWERS[base], 0.0 if POWERS[base] else 1.0)
    influence = fit.basis @ rows.T
    matrix = (influence * (fit.squares * inflation)[:, None]).T @ influence * (n / left if kind == "HC1" else 1.0)
    if kind == "HC2_BM":
        df = np.array([_bell_mccaffrey(fit, column * np.sqrt(inflation)) for column in influence.T])
    return Covariance(matrix, df, kind)


def _bell_mccaffrey(fit: Repeated, influence: Floats) -> float:
    """Satterthwaite's df of one combination; every group stands for as many equal rows as it has."""
    return satterthwaite_df(
        influence**2, fit.basis * influence[:, None], working=-np.eye(fit.basis.shape[1]), counts=fit.counts
    )
