"""Cox's proportional hazards model by Newton's method, with influence values and the baseline hazard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.errors import DesignError
from ebpm.stats.regression.least_squares import solve
from ebpm.stats.survival.partial_likelihood import Moments, PartialLikelihood
from ebpm.stats.survival.risk_sets import Floats, RiskSets, Spells

MOST_STEPS = 40
STEP = 1e-7
FLAT = 1e-9
ABSENT = 1e-11
HALVINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxFit:
    """The maximum of the partial likelihood.

    Parameters
    ----------
    likelihood : rows, risk sets and terms.
    coefficients : logarithms of hazard ratios, shape (p,).
    bread : inverse of the information, shape (p, p).
    at : the risk sets at the coefficients.
    means : means of the covariates, which `likelihood` has taken off, shape (p,).
    log_likelihood : without covariates and at the maximum.
    score_statistic : of the hypothesis that all coefficients are zero, chi-square with p degrees of freedom.
    steps : of Newton's method.
    """

    likelihood: PartialLikelihood
    coefficients: Floats
    bread: Floats
    at: Moments
    means: Floats
    log_likelihood: tuple[float, float]
    score_statistic: float
    steps: int

    @property
    def likelihood_ratio(self) -> float:
        """Likelihood ratio statistic of all coefficients."""
        return 2.0 * (self.log_likelihood[1] - self.log_likelihood[0])

    def influence(self) -> Floats:
        """Return the derivative of the coefficients with respect to the weight of each row, shape (n, p).

        Formula: (information)^-1 times the row's score residual; with ties by Efron as survival's dfbeta.
        """
        return np.asarray(self.likelihood.residuals(self.at) @ self.bread)

    def robust(self) -> Floats:
        """Return the infinitesimal jackknife over persons (Lin and Wei), shape (p, p)."""
        return self.likelihood.spells.covariance(self.influence())


def cox_fit(
    spells: Spells, covariates: Floats, *, ties: str = "efron", names: Sequence[str] = (), sets: RiskSets | None = None
) -> CoxFit:
    """Maximise the partial likelihood.

    Parameters
    ----------
    spells : n rows; any event above 0 counts, and `group` are the strata, each with its own baseline hazard.
    covariates : shape (n, p); of a person with several rows they may differ from row to row.
    ties : "efron" or "breslow".
    names : of the covariates, for messages.
    sets : risk sets at the times of events, where some stay at risk after their end.

    Raises
    ------
    DesignError : no events, covariates that do not vary among those at risk or are collinear, or that order the events, so
        that a coefficient grows for ever.

    Formula: sum over events of w (x'b - log sum over those at risk of w exp(x'b)); among d tied events Efron takes the shares 0, 1/d, ...
    of them out of the risk set in turn, Breslow none.

    Source: Cox (1972), JRSS B 34(2); Efron (1977), JASA 72(359); Breslow (1974), Biometrics 30(1).

    Examples
    --------
    >>> import numpy as np
    >>> spells = Spells.of(np.array([1.0, 2, 3, 4]), np.array([1, 1, 1, 1]))
    >>> round(float(cox_fit(spells, np.array([[1.0], [0], [1], [0]])).coefficients[0]), 4)
    0.9406
    """
    if not (spells.event > 0).any():
        raise DesignError("cox_no_events", rows=len(spells))
    likelihood = PartialLikelihood.of(spells, covariates, ties=ties, sets=sets)
    p = covariates.shape[1]
    labels = list(names) or [f"x{j + 1}" for j in range(p)]
    start = likelihood.at(np.zeros(p))
    first = likelihood.information(start)
    _refuse_constant(first, likelihood.crude_information(start), labels)
    step = solve(first, start.score, names=labels).coefficients
    coefficients, at, steps = _climb(likelihood, start, step, labels)
    information = likelihood.information(at)
    return CoxFit(
        likelihood=likelihood, coefficients=coefficients, bread=solve(information, at.score, names=labels).bread, at=at,
        means=covariates.mean(axis=0), log_likelihood=(start.log_likelihood, at.log_likelihood),
        score_statistic=float(start.score @ step), steps=steps,
    )  # fmt: skip


def _climb(
    likelihood: PartialLikelihood, start: Moments, step: Floats, names: list[str]
) -> tuple[Floats, Moments, int]:
    coefficients, at = np.zeros(len(step)), start
    spread = likelihood.covariates.std(axis=0)
    for steps in range(1, MOST_STEPS + 1):
        moved, reached = _uphill(likelihood, coefficients, step, at)
        gain, length = reached.log_likelihood - at.log_likelihood, np.abs(moved - coefficients) * spread
        coefficients, at = moved, reached
        if (length <= STEP * (1.0 + np.abs(coefficients) * spread)).all():
            return coefficients, at, steps
        if gain <= FLAT * (1.0 + abs(at.log_likelihood)) and length.max() > 0.05:
            break
        try:
            step = solve(likelihood.information(at), at.score, names=names).coefficients
        except DesignError:
            break
    far = [name for name, size in zip(names, length, strict=True) if size > 0.05 * length.max()]
    raise DesignError("cox_monotone", columns=", ".join(far), steps=steps)


def _uphill(likelihood: PartialLikelihood, coefficients: Floats, step: Floats, at: Moments) -> tuple[Floats, Moments]:
    """Return the next coefficients, the step halved while it lowers the likelihood."""
    worst = at.log_likelihood - FLAT * (1.0 + abs(at.log_likelihood))
    for _ in range(HALVINGS):
        reached = likelihood.at(coefficients + step)
        if reached.log_likelihood >= worst:
            break
        step = step / 2.0
    return coefficients + step, reached


def _refuse_constant(information: Floats, crude: Floats, names: list[str]) -> None:
    spare, whole = np.diag(information), np.diag(crude)
    constant = [name for name, one, all_of in zip(names, spare, whole, strict=True) if one <= ABSENT * all_of]
    if constant:
        raise DesignError("cox_constant", columns=", ".join(constant))
