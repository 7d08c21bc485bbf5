"""Covariate adjustment of one two-period comparison: outcome regression, inverse probability weighting, doubly robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.stats.glm import logit

COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Effects of one cohort against one comparison group, all periods at once.

    Parameters
    ----------
    att : shape (m,), one an outcome change.
    influence : shape (n, m), each unit's contribution to the deviation of `att` from its limit; columns sum to zero.
    propensity : shape (n,), fitted probability of being treated; zero for outcome regression.
    weights : shape (n,), weights of the comparison units; zero for outcome regression.
    """

    att: Floats
    influence: Floats
    propensity: Floats
    weights: Floats


def adjusted(change: Floats, treated: NDArray[np.bool_], X: Floats, method: str) -> Adjusted:
    """Return the effects on the treated adjusted for covariates.

    Parameters
    ----------
    change : shape (n, m), outcome changes of the units of the cohort and of its comparison group.
    treated : shape (n,).
    X : shape (n, k), covariates with the constant first.
    method : "reg", "ipw" or "dr".

    Raises
    ------
    DesignError : if the comparison group cannot support the regression, or no propensity score exists.

    Formula: with D the treated, p the logit propensity score, mu the regression among the comparison and
    w = p (1 - D) / (1 - p), reg: E_D[change - mu]; ipw: E_D[change] - E_w[change]; dr: E_D[change - mu] - E_w[change - mu].

    Assumptions: parallel trends given X, overlap; dr asks only one of the two models to be right.

    Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), equations 2.3 to 2.9; Abadie (2005),
    Review of Economic Studies 72(1), with Hajek weights.
    """
    on_treated, compared = treated / treated.sum(), ~treated
    propensity, learnt = (np.zeros(len(X)), np.zeros_like(X)) if method == "reg" else _propensity(treated, X)
    regression = np.zeros_like(X) if method == "ipw" else _regression(compared, X)
    odds = compared * propensity / (1 - propensity)
    on_compared = odds / odds.sum() if method != "reg" else odds
    gain = change - X @ (regression.T @ change)
    kept, lost = on_treated @ gain, on_compared @ gain
    spread = on_compared[:, None] * (gain - lost)
    pull = (on_treated - on_compared) @ X
    influence = (
        on_treated[:, None] * (gain - kept) - spread - learnt @ (X.T @ spread) - (regression @ pull)[:, None] * gain
    )
    return Adjusted(kept - lost, influence, propensity, on_compared)


def _regression(compared: NDArray[np.bool_], X: Floats) -> Floats:
    """Return the rows that map outcomes to coefficients, shape (n, k); zero outside the comparison group."""
    Q, R = np.linalg.qr(X[compared])
    scale = np.linalg.norm(X[compared], axis=0)
    if len(Q) <= X.shape[1] or (np.abs(np.diag(R)) <= COLLINEAR * np.maximum(scale, COLLINEAR)).any():
        raise DesignError("did_regression_rank", units=int(compared.sum()), columns=X.shape[1])
    rows = np.zeros_like(X)
    rows[compared] = solve_triangular(R, Q.T).T
    return rows


def _propensity(treated: NDArray[np.bool_], X: Floats) -> tuple[Floats, Floats]:
    """Return the fitted propensities, shape (n,), and each unit's part in the coefficients, shape (n, k)."""
    try:
        fit = logit(treated.astype(np.float64), X)
    except DesignError as error:
        raise DesignError("did_no_overlap", treated=int(treated.sum()), units=len(X), cause=error.what()) from error
    return fit.fitted, fit.scores @ fit.bread
