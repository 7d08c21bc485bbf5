"""Weights for those who did not answer: the inverse of a fitted chance of answering, whose estimation counts in the standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.regression.glm import logit
from ebpm.survey.checks import unequal_weights, zero_one
from ebpm.survey.design.checks import unlikely_answers
from ebpm.survey.design.unequal import design_effect
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.design.sampling import Sampling
    from ebpm.survey.linear import Rows


@dataclass(frozen=True, slots=True, eq=False)
class AnswerModel:
    """The fitted chances of answering, and what estimates that use them owe to the fit.

    Parameters
    ----------
    X : shape (n, k), with its constant.
    base : shape (n,), design weights.
    answered : shape (n,).
    propensities : shape (n,), fitted chances p.
    bread : shape (k, k), inverse of sum d p (1 - p) x x'.
    """

    X: Floats
    base: Floats
    answered: Rows
    propensities: Floats
    bread: Floats

    @property
    def method(self) -> str:
        """Entry `method.<code>` of estimates with these weights."""
        return "survey.response_weighted"

    def influence(self, scores: Floats, weights: Floats) -> Floats:
        """Return the influence of each row, shape (n, k).

        Parameters
        ----------
        scores : shape (n, k), linearised variables z of the statistics.
        weights : shape (n,), r d / p.

        From sum d (r - p) x = 0 and theta = sum w z: w_i z_i - d_i (r_i - p_i) x_i'M sum_j w_j (1 - p_j) z_j x_j, M the bread.

        Source: Kim and Kim (2007), Canadian Journal of Statistics 35(4), theorem 1.
        """
        owed = self.bread @ (self.X.T @ ((weights * (1.0 - self.propensities))[:, None] * scores))
        errors = self.base * (self.answered - self.propensities)
        return np.asarray(weights[:, None] * scores - errors[:, None] * (self.X @ owed))


@dataclass(frozen=True, slots=True, eq=False)
class ResponseWeights(Shown):
    """Weights of those who answered; zero for the others.

    Parameters
    ----------
    weights : shape (n,), design weight over the chance of answering.
    model : the fitted chances.
    coefficients : table of the logistic regression.
    rows_known_by : the response column with its codes.
    notices : what the guard rails found.
    """

    weights: Floats = field(repr=False)
    model: AnswerModel = field(repr=False)
    coefficients: Table = field(repr=False)
    rows_known_by: tuple[tuple[str, Codes], ...] = field(repr=False)
    notices: Notices = field(repr=False)

    def into(self, design: Sampling) -> Sampling:
        """Return a design with these weights."""
        return replace(design, weights=self.weights, calibration=self.model)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many answered and how the chances spread."""
        chances = self.model.propensities[self.model.answered]
        return [
            label(
                "survey_response_weights_sentence", lang, n=f"{len(self.weights):,}", answered=f"{len(chances):,}",
                low=f"{chances.min():.3f}", high=f"{chances.max():.3f}",
                deff=f"{design_effect(self.weights[self.model.answered]):.3g}",
            )
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the regression of answering."""
        return (replace(self.coefficients, caption=label("survey_response_model", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the chances of those who answered and of those who did not."""
        from ebpm.figures.propensities import draw_propensities

        return draw_propensities(self, ax, lang=lang)


def response_weights(
    data: Any,
    response: str,
    *,
    covariates: Sequence[str],
    weights: str | None = None,
) -> ResponseWeights:
    """Return weights that let those who answered stand for everybody who was invited.

    Parameters
    ----------
    data : one row a person invited.
    response : column with 1 where the person answered, 0 where not; the outcome may be missing where it is 0.
    covariates : columns that are known of everybody; of labels, each code but the first is a variable.
    weights : column of design weights.

    Raises
    ------
    DataError : if the column holds anything but 0 and 1.
    DesignError : if all or nobody answered, or a covariate tells exactly who did.

    w = d / p for those who answered, p from a logistic regression weighted by d. Give the result as `weights` to `mean` and its
    sisters: their standard errors count that p is estimated (which makes them smaller, not larger, than with p known).

    Assumptions: among people alike in the covariates, answering is unrelated to the outcome; everybody may answer.

    Source: Kim and Kim (2007), Canadian Journal of Statistics 35(4); Little (1986), International Statistical Review 54(2).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"sex": list("ffffmmmm"), "answered": [1, 1, 1, 0, 1, 0, 0, 0], "y": [1, 1, 1, None, 5, *[None] * 3]})
    >>> found = survey.response_weights(data, "answered", covariates=["sex"])
    >>> round(survey.mean(data, "y", weights=found).headline.estimate, 6)
    3.0
    """
    frame = Frame.of(data)
    answered = zero_one(frame, response, "response")
    if answered.all() or not answered.any():
        raise DesignError("survey_answers_alike", column=response, answered=int(answered.sum()), rows=len(frame))
    base = np.ones(len(frame)) if weights is None else frame.weights(weights)
    names, X = _covariates(frame, covariates)
    fit = logit(answered.astype(np.float64), X, weights=base * len(base) / base.sum())
    chances = fit.fitted
    model = AnswerModel(X, base, answered, chances, fit.bread * len(base) / base.sum())
    found = np.where(answered, base / chances, 0.0)
    constant = {lang: label("survey_constant", lang) for lang in LANGUAGES}
    rows = tuple(zip((constant, *names), fit.coefficients.tolist(), np.exp(fit.coefficients).tolist(), strict=True))
    return ResponseWeights(
        weights=found, model=model, coefficients=Table(("term", "estimate", "survey_odds"), rows),
        rows_known_by=((response, frame.codes(response, "response")),),
        notices=unequal_weights(found[answered]) + unlikely_answers(chances[answered]),
    )  # fmt: skip


def _covariates(frame: Frame, covariates: Sequence[str]) -> tuple[list[str], Floats]:
    names: list[str] = []
    columns = [np.ones((len(frame), 1))]
    for column in named_columns(covariates, "covariates"):
        frame.values(column, "covariates")
        if frame.native[column].dtype.is_numeric():
            names.append(column)
            columns.append(frame.numbers(column, "covariates")[:, None])
        else:
            codes = frame.codes(column, "covariates")
            names += [f"{column} = {level}" for level in codes.levels[1:]]
            columns.append(np.eye(len(codes))[codes.codes][:, 1:])
    return names, np.hstack(columns)
