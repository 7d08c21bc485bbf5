"""Logistic and Poisson regression by iteratively reweighted least squares, to machine precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import expit, gammaln

from ebpm.errors import DesignError

Floats = NDArray[np.float64]

TOLERANCE = 1e-12
MOST_ITERATIONS = 100
SMALLEST_RATIO = 1e-13
HALVING_SLACK = 1e-9
# Bach (2010), Electronic Journal of Statistics 4, proposition 1: a Newton step that moves no linear predictor further leads uphill.
SURE = 1.5
COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class GLMFit:
    """A fitted generalised linear model with canonical link.

    Parameters
    ----------
    coefficients : shape (k,), on the scale of the linear predictor.
    fitted : shape (n,), the fitted mean of each row.
    bread : shape (k, k), the inverse of the information X'WX; the covariance where the model is right.
    scores : shape (n, k), each row's derivative of the log-likelihood; their sum is zero.
    dispersion : Pearson's chi-square over n - k; 1 where a Poisson model is right.
    log_likelihood : at the coefficients, with its constants.
    iterations : Newton steps taken.
    """

    coefficients: Floats
    fitted: Floats
    bread: Floats
    scores: Floats
    dispersion: float
    log_likelihood: float
    iterations: int

    @property
    def n(self) -> int:
        return len(self.fitted)

    @property
    def k(self) -> int:
        return len(self.coefficients)


@dataclass(frozen=True, slots=True)
class _Family:
    mean: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]
    log_likelihood: Callable[[Floats, Floats], Floats]
    start: Callable[[Floats], Floats]


def _bernoulli(y: Floats, eta: Floats) -> Floats:
    return y * eta - np.maximum(eta, 0.0) - np.log1p(np.exp(-np.abs(eta)))


def _poisson(y: Floats, eta: Floats) -> Floats:
    with np.errstate(over="ignore"):
        log_likelihood: Floats = y * eta - np.exp(eta) - gammaln(y + 1.0)
    return log_likelihood


def _exp(eta: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.exp(eta)


_LOGIT = _Family(expit, lambda mean: mean * (1.0 - mean), _bernoulli, lambda y: np.log((y + 0.5) / (1.5 - y)))
_POISSON = _Family(_exp, lambda mean: mean, _poisson, lambda y: np.log(0.5 * (y + y.mean())))


def logit(y: Floats, X: Floats, *, weights: Floats | None = None) -> GLMFit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    y : shape (n,), 0 or 1 (or shares between).
    X : shape (n, k), with its own constant column.
    weights : shape (n,), positive; each row's log-likelihood is multiplied by its weight.

    Raises
    ------
    DesignError : if all outcomes are equal, columns of X are collinear, n <= k, or X separates the outcomes, so that
        no finite maximum exists (Albert and Anderson 1984, Biometrika 71(1)).

    Formula: sum of w_i (y_i - m_i) x_i = 0, m_i = 1 / (1 + exp(-x_i'b)).

    Source: McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 4.4.

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.array([0.0, 0, 1, 0, 1, 1]), np.array([0.0, 0, 0, 1, 1, 1])
    >>> fit = logit(y, np.column_stack([np.ones(6), x]))
    >>> [round(float(odds), 6) for odds in np.exp(fit.coefficients)]
    [0.5, 4.0]
    """
    if (y < 0).any() or (y > 1).any():
        row = int(np.argmax((y < 0) | (y > 1)))
        raise DesignError("glm_not_binary", row=row + 1, value=float(y[row]))
    if (y == y[0]).all():
        raise DesignError("glm_constant_outcome", value=float(y[0]), rows=len(y))
    return _fit(_LOGIT, y, X, np.zeros_like(y), _ones(weights, y))


def poisson(y: Floats, X: Floats, *, exposure: Floats | None = None, weights: Floats | None = None) -> GLMFit:
    """Fit a Poisson regression with log link by (quasi-)maximum likelihood.

    Parameters
    ----------
    y : shape (n,), counts or other outcomes of zero or more.
    X : shape (n, k), with its own constant column.
    exposure : shape (n,), positive: person-months, discharges, vehicle-kilometres; its logarithm is the offset.
    weights : shape (n,), positive; each row's log-likelihood is multiplied by its weight.

    Raises
    ------
    DesignError : if an outcome is negative, all are zero, an exposure is not positive, columns of X are collinear,
        n <= k, or no finite maximum exists.

    Formula: sum of w_i (y_i - m_i) x_i = 0, m_i = e_i exp(x_i'b).

    Assumptions: the mean is right; the variance need not be, as long as the covariance is a robust one.

    Source: Gourieroux, Monfort and Trognon (1984), Econometrica 52(3).

    Examples
    --------
    >>> import numpy as np
    >>> y, after = np.array([8.0, 12, 5, 7]), np.array([0.0, 0, 1, 1])
    >>> fit = poisson(y, np.column_stack([np.ones(4), after]), exposure=np.array([10.0, 10, 12, 12]))
    >>> [round(float(rate), 6) for rate in np.exp(fit.coefficients)]
    [1.0, 0.5]
    """
    if (y < 0).any():
        row = int(np.argmax(y < 0))
        raise DesignError("glm_negative_count", row=row + 1, value=float(y[row]))
    if not y.any():
        raise DesignError("glm_constant_outcome", value=0.0, rows=len(y))
    return _fit(_POISSON, y, X, _log_exposure(exposure, y), _ones(weights, y))


def _ones(weights: Floats | None, y: Floats) -> Floats:
    return np.ones_like(y) if weights is None else weights


def _log_exposure(exposure: Floats | None, y: Floats) -> Floats:
    if exposure is None:
        return np.zeros_like(y)
    if (exposure <= 0).any():
        count, row = int((exposure <= 0).sum()), int(np.argmax(exposure <= 0))
        raise DesignError("glm_no_exposure", count=count, row=row + 1, value=float(exposure[row]))
    return np.log(exposure)


def _orthogonal(X: Floats) -> tuple[Floats, Floats]:
    n, k = X.shape
    if n <= k:
        raise DesignError("glm_too_few_rows", rows=n, columns=k)
    Q, R = np.linalg.qr(X)
    collinear = np.abs(np.diag(R)) <= COLLINEAR * np.linalg.norm(X, axis=0)
    if collinear.any():
        raise DesignError("glm_collinear", column=int(np.argmax(collinear)) + 1, columns=k)
    return np.asfortranarray(Q), R


def _fit(family: _Family, y: Floats, X: Floats, offset: Floats, weights: Floats) -> GLMFit:
    Q, R = _orthogonal(X)
    gamma, iterations = _climb(family, y, Q, offset, weights)
    eta = offset + Q @ gamma
    mean = family.mean(eta)
    root = solve_triangular(R, np.eye(len(gamma)))
    variance = family.variance(mean)
    return GLMFit(
        coefficients=root @ gamma,
        fitted=mean,
        bread=root @ np.linalg.inv(_information(Q, weights * variance)) @ root.T,
        scores=(weights * (y - mean))[:, None] * X,
        dispersion=float((weights * (y - mean) ** 2 / variance).sum() / (len(y) - len(gamma))),
        log_likelihood=float((weights * family.log_likelihood(y, eta)).sum()),
        iterations=iterations,
    )


def _information(Q: Floats, working: Floats) -> Floats:
    across = Q.T
    information: Floats = (across * working) @ across.T
    return information


def _climb(family: _Family, y: Floats, Q: Floats, offset: Floats, weights: Floats) -> tuple[Floats, int]:
    def objective(gamma: Floats) -> float:
        return float(weights @ family.log_likelihood(y, offset + Q @ gamma))

    gamma = Q.T @ (family.start(y) - offset)
    eta, before = offset + Q @ gamma, 0.0
    for iteration in range(1, MOST_ITERATIONS + 1):
        mean = family.mean(eta)
        step = _newton(Q, weights * family.variance(mean), weights * (y - mean))
        move = Q @ step
        if np.abs(move).max() > SURE:
            step = _uphill(objective, gamma, step)
            move = Q @ step
        gamma, eta, moved = gamma + step, eta + move, float(np.abs(move).max())
        following = moved * min(1.0, moved / before) ** 2 if before else moved  # steps shrink quadratically
        if following <= TOLERANCE * (1.0 + np.abs(eta).max()):
            return gamma, iteration
        before = moved
    raise DesignError("glm_separation", iterations=MOST_ITERATIONS)


def _newton(Q: Floats, working: Floats, errors: Floats) -> Floats:
    information = _information(Q, working)
    eigenvalues = np.linalg.eigvalsh(information)
    if not eigenvalues[0] > SMALLEST_RATIO * eigenvalues[-1]:
        raise DesignError("glm_separation", iterations=MOST_ITERATIONS)
    return np.asarray(np.linalg.solve(information, Q.T @ errors), dtype=np.float64)


def _uphill(objective: Callable[[Floats], float], gamma: Floats, step: Floats) -> Floats:
    """Return the step, halved until it does not lead downhill."""
    value = objective(gamma)
    worst = value - HALVING_SLACK * (1.0 + abs(value))
    while not objective(gamma + step) >= worst:
        step = step / 2.0
    return step
