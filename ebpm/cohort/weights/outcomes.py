"""Outcomes, and their regression on covariates within an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.cohort.subjects import Subjects
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.terms import Terms
from ebpm.stats.regression.glm import logit
from ebpm.stats.regression.least_squares import least_squares

FAMILIES = ("recommended", "gaussian", "binomial")


def numbers_of(frame: Frame, outcome: str, terms: Terms) -> Floats:
    """Return the outcome.

    Parameters
    ----------
    frame : the table.
    outcome : column of numbers.
    terms : covariates, of which it must be none.

    Raises
    ------
    DataError : if it is missing, not numeric, infinite, or a covariate.
    DesignError : if it is the same for everybody.
    """
    refuse_again(outcome, terms.names)
    values = frame.numbers(outcome, "outcome")
    if np.ptp(values) == 0.0:
        raise DesignError("cohort_constant_outcome", column=outcome, value=f"{values[0]:g}")
    return values


def refuse_again(outcome: str, covariates: Sequence[str]) -> None:
    """Refuse an outcome that is a covariate too.

    Raises
    ------
    DataError : if it is.
    """
    if outcome in covariates:
        raise DataError("cohort_outcome_again", outcome=outcome, covariates=", ".join(covariates))


def is_binary(values: Floats) -> bool:
    """Whether an outcome is 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def family_of(values: Floats, family: str) -> str:
    """Return "binomial" or "gaussian": the one asked for, or the one that fits the outcome.

    Raises
    ------
    DesignError : if a logistic regression is asked for an outcome outside 0 to 1.
    """
    one_of(family, FAMILIES, "family")
    if family == "binomial" and (values.min() < 0.0 or values.max() > 1.0):
        raise DesignError("cohort_not_binary", least=f"{values.min():g}", most=f"{values.max():g}")
    return ("binomial" if is_binary(values) else "gaussian") if family == "recommended" else family


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeModel:
    """A regression of the outcome within one arm, predicted for everybody.

    Parameters
    ----------
    predicted : shape (n,).
    slope : derivative of the prediction by the linear predictor, shape (n,).
    influence : of each row on the coefficients, shape (n, k); zero outside the arm.
    design : shape (n, k).
    """

    predicted: Floats
    slope: Floats
    influence: Floats
    design: Floats

    def passed_on(self, weights: Floats) -> Floats:
        """Return what the fit adds to the influence on sum of w_i times the prediction of i, shape (n,).

        Parameters
        ----------
        weights : w, shape (n,).
        """
        return np.asarray(self.influence @ (self.design.T @ (weights * self.slope)))


def outcome_model(values: Floats, subjects: Subjects, arm: int, *, family: str) -> OutcomeModel:
    """Fit the outcome of one arm on the covariates and predict that of everybody.

    Parameters
    ----------
    values : outcome, shape (n,).
    subjects : who was treated, with which covariates.
    arm : 0 or 1.
    family : "gaussian" (least squares) or "binomial" (logistic).

    Raises
    ------
    DesignError : if the arm has too few persons for the covariates, or they tell its outcome exactly.
    """
    rows, design = subjects.treated == arm, subjects.terms.design
    # A covariate that does not vary in the arm (nobody of an age group, say) cannot be predicted from it.
    y, X, base = values[rows], design[rows], subjects.base[rows]
    flat = [name for name, spread in zip(subjects.terms.names, np.ptp(X[:, 1:], axis=0), strict=True) if spread == 0.0]
    if flat or len(y) <= X.shape[1]:
        raise DesignError(
            "cohort_arm_too_small",
            arm=subjects.arms[arm],
            rows=len(y),
            columns=X.shape[1],
            names=", ".join(flat) or "-",
        )
    influence = np.zeros_like(design)
    if family == "gaussian":
        fit = least_squares(X, y, weights=base, names=("1", *subjects.terms.names))
        influence[rows] = (base * fit.residuals)[:, None] * X @ fit.bread
        return OutcomeModel(design @ fit.coefficients, np.ones(len(values)), influence, design)
    if np.ptp(y) == 0.0:
        raise DesignError("cohort_constant_in_arm", arm=subjects.arms[arm], value=f"{y[0]:g}")
    fitted = logit(y, X, weights=base)
    influence[rows] = fitted.scores @ fitted.bread
    chances = 1.0 / (1.0 + np.exp(-design @ fitted.coefficients))
    return OutcomeModel(chances, chances * (1.0 - chances), influence, design)
