"""Linear least squares: from rows by blocked QR, from moments by whitened cross-products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError

Floats = NDArray[np.float64]

ROWS_AT_A_TIME = 4096
ROW_TOLERANCE = 1e-11
MOMENT_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Solution:
    """Coefficients that solve the normal equations.

    Parameters
    ----------
    coefficients : shape (k,).
    bread : (X'WX)^-1, shape (k, k).
    root : F with FF' = (X'WX)^-1, shape (k, k).
    """

    coefficients: Floats
    bread: Floats
    root: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A least-squares fit with what its covariance matrices need.

    Parameters
    ----------
    coefficients : shape (k,).
    bread : (X'WX)^-1, shape (k, k).
    root : F with FF' = (X'WX)^-1, so that the columns of W^(1/2)XF are orthonormal, shape (k, k).
    residuals : y - Xb, unweighted, shape (n,).
    leverages : w_i x_i' (X'WX)^-1 x_i, shape (n,).
    design : X, shape (n, k).
    weights : shape (n,); ones where the fit is not weighted.
    names : of the k columns.
    """

    coefficients: Floats
    bread: Floats
    root: Floats
    residuals: Floats
    leverages: Floats
    design: Floats
    weights: Floats
    names: tuple[str, ...]

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.residuals)

    @property
    def df_residual(self) -> int:
        """Rows less columns."""
        return self.n - len(self.coefficients)

    @property
    def fitted(self) -> Floats:
        """Xb, shape (n,)."""
        return self.design @ self.coefficients

    @property
    def weighted(self) -> bool:
        """Whether a weight is other than one."""
        return bool((self.weights != 1.0).any())


def least_squares(design: Floats, outcome: Floats, *, weights: Floats | None = None, names: Sequence[str] = ()) -> Fit:
    """Minimise sum w_i (y_i - x_i'b)^2.

    Parameters
    ----------
    design : X, shape (n, k), of full column rank; a constant is a column like any other.
    outcome : y, shape (n,).
    weights : analytical weights w > 0, shape (n,).
    names : of the columns, for messages; "x1", "x2", ... where empty.

    Raises
    ------
    DesignError : if rows do not outnumber columns, or if columns are collinear, naming them.

    Source: Golub and Van Loan (2013), Matrix Computations, 5.3; the triangular factor is built block by block.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> fit = least_squares(np.column_stack([np.ones(4), x]), 1.0 + 2.0 * x)
    >>> bool(np.allclose(fit.coefficients, [1.0, 2.0]))
    True
    """
    n, k = design.shape
    names = _named(names, k)
    _refuse_too_few(n, k)
    weights = np.ones(n) if weights is None else weights
    root = np.sqrt(weights)[:, None]
    scale = _scale(np.sqrt(np.einsum("ij,ij,i->j", design, design, weights)))
    triangle = _triangle(np.column_stack([design / scale, outcome]) * root)
    upper = triangle[:k, :k]
    _, singular, directions = np.linalg.svd(upper)
    _refuse_collinear(directions[singular <= ROW_TOLERANCE * singular[0]], names)
    inverse = np.linalg.inv(upper) / scale[:, None]
    coefficients = inverse @ triangle[:k, k]
    whitened = (design @ inverse) * root
    leverages = np.einsum("ij,ij->i", whitened, whitened)
    residuals = outcome - design @ coefficients
    return Fit(
        coefficients=coefficients, bread=inverse @ inverse.T, root=inverse, residuals=residuals, leverages=leverages,
        design=design, weights=weights, names=names,
    )  # fmt: skip


def solve(products: Floats, cross: Floats, *, names: Sequence[str] = ()) -> Solution:
    """Solve the normal equations X'WX b = X'Wy from the moments alone.

    Parameters
    ----------
    products : X'WX, shape (k, k); centre the columns beforehand where their means are large beside their spread.
    cross : X'Wy, shape (k,).
    names : of the columns, for messages.

    Raises
    ------
    DesignError : if columns are collinear, naming them.
    """
    scale = _scale(np.sqrt(np.diag(products)))
    values, vectors = np.linalg.eigh(products / np.outer(scale, scale))
    _refuse_collinear(vectors.T[values <= MOMENT_TOLERANCE * values[-1]], _named(names, len(products)))
    inverse = vectors / np.sqrt(values) / scale[:, None]
    return Solution(inverse @ (inverse.T @ cross), inverse @ inverse.T, inverse)


def _triangle(matrix: Floats) -> Floats:
    starts = range(0, len(matrix), ROWS_AT_A_TIME)
    blocks: list[Floats] = [np.asarray(np.linalg.qr(matrix[i : i + ROWS_AT_A_TIME], mode="r")) for i in starts]
    return blocks[0] if len(blocks) == 1 else np.asarray(np.linalg.qr(np.vstack(blocks), mode="r"))


def _scale(norms: Floats) -> Floats:
    return np.where(norms > 0, norms, 1.0)


def _named(names: Sequence[str], k: int) -> tuple[str, ...]:
    if not names:
        return tuple(f"x{j + 1}" for j in range(k))
    if len(names) != k:
        raise DataError("stats_names_differ", names=len(names), columns=k)
    return tuple(names)


def _refuse_too_few(n: int, k: int) -> None:
    if n <= k:
        raise DesignError("stats_too_few_rows", rows=n, columns=k)


def _refuse_collinear(null: Floats, names: tuple[str, ...]) -> None:
    """Raise where there are null directions, shape (r, k), naming the columns that take part in them."""
    if len(null):
        share = (null**2).sum(axis=0)
        raise DesignError("stats_collinear", columns=", ".join(np.asarray(names)[share > 1e-6]))
