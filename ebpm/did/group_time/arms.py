"""Rows that play one part in a comparison, and what each of them adds to the error of its effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import expit

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.stats.regression.glm import logit
from ebpm.stats.tilting import tilt

COLLINEAR = 1e-10


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one arm.

    Parameters
    ----------
    y : outcomes or outcome changes, shape (n, m).
    X : covariates with the constant first, shape (n, k).
    w : sampling weights, shape (n,).
    """

    y: Floats
    X: Floats
    w: Floats

    def mean(self, values: Floats) -> Floats:
        """Return the weighted mean of values by row, shape (n, ...)."""
        mean: Floats = self.w @ values / self.w.sum()
        return mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """How the rows of one arm enter m effects, to first order.

    Parameters
    ----------
    beta : coefficients of the regression of y on X, shape (k, m).
    slope : shape (k,).
    linear : shape (k, m).
    scale : of the odds of treatment.
    centre : shape (m,).
    score : shape (k, m).
    propensity : coefficients of the log odds of treatment, shape (k,).
    treated : whether the rows are of the treated group.

    Formula: w [(x'slope) e + x'linear + scale odds (e - centre) + (treated - p) x'score] with e = y - x'beta.
    """

    beta: Floats
    slope: Floats
    linear: Floats
    scale: float = 0.0
    centre: Floats
    score: Floats
    propensity: Floats
    treated: bool

    def influence(self, rows: Rows) -> Floats:
        """Return the influence of rows on the effects, shape (n, m)."""
        log_odds = rows.X @ self.propensity
        odds = self.scale * np.exp(log_odds) if self.scale else np.zeros(len(rows.w))
        influence = (rows.X @ self.slope + odds)[:, None] * (rows.y - rows.X @ self.beta)
        surprise = float(self.treated) - expit(log_odds)
        features = np.column_stack([rows.X, surprise[:, None] * rows.X, odds])
        influence += features @ np.vstack([self.linear, self.score, -self.centre])
        influence *= rows.w[:, None]
        return influence


@dataclass(frozen=True, slots=True)
class Line:
    """A weighted regression: coefficients, shape (k, m), and F with FF' = (X'WX)^-1, shape (k, k)."""

    beta: Floats
    root: Floats

    def pull(self, means: Floats) -> Floats:
        """Return (X'WX)^-1 times covariate means, shape (k,)."""
        pull: Floats = self.root @ (self.root.T @ means)
        return pull


def line(rows: Rows, weights: Floats) -> Line:
    """Return the regression of y on X.

    Raises
    ------
    DesignError : if there are no more rows than columns, or columns are collinear.
    """
    root = np.sqrt(weights)[:, None]
    Q, R = np.linalg.qr(root * rows.X)
    scale, least = np.linalg.norm(R, axis=0), COLLINEAR * float(root.max(initial=0.0))
    if len(Q) <= Q.shape[1] or (np.abs(np.diag(R)) <= COLLINEAR * np.maximum(scale, least)).any():
        raise DesignError("did_regression_rank", units=len(Q), columns=Q.shape[1])
    return Line(solve_triangular(R, Q.T @ (root * rows.y)), solve_triangular(R, np.eye(len(R))))


@dataclass(frozen=True, slots=True)
class Propensity:
    """Log odds of treatment: coefficients, shape (k,), and the inverse information, shape (k, k); zero where it does not enter."""

    coefficients: Floats
    bread: Floats

    def odds(self, rows: Rows) -> Floats:
        """Return the odds of treatment times the sampling weights, shape (n,)."""
        odds: Floats = rows.w * np.exp(rows.X @ self.coefficients)
        return odds


def propensity(treated: Rows, compared: Rows, method: str) -> Propensity:
    """Return the log odds of treatment: none for "reg", balancing for "dr_improved", by maximum likelihood otherwise.

    Raises
    ------
    DesignError : if treated and comparison rows do not overlap.
    """
    k = treated.X.shape[1]
    if method == "reg":
        return Propensity(np.zeros(k), np.zeros((k, k)))
    try:
        if method == "dr_improved":
            return Propensity(tilt(compared.X, compared.w, treated.w @ treated.X), np.zeros((k, k)))
        outcome = np.repeat([1.0, 0.0], [len(treated.w), len(compared.w)])
        weights = np.concatenate([treated.w, compared.w])
        fit = logit(outcome, np.vstack([treated.X, compared.X]), weights=weights)
    except DesignError as error:
        units = len(treated.w) + len(compared.w)
        raise DesignError("did_no_overlap", treated=len(treated.w), units=units, cause=error.what()) from error
    return Propensity(fit.coefficients, fit.bread)
