"""Covariate adjustment of one two-period comparison in a panel: regression, weighting, doubly robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.did.group_time.arms import Arm, Line, Rows, line, propensity
from ebpm.moments.frame import Floats


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Effects of one cohort against one comparison group.

    Parameters
    ----------
    att : shape (m,), one an outcome.
    arms : how the rows of each arm enter the error of the effects: (treated, compared) in a panel, each of them after and
        before in cross-sections.
    highest : largest propensity of a treated row; zero without a propensity score.
    shares : share of each comparison row in its weighted mean, shape (n,); in cross-sections in the period in which fewer count.
    """

    att: Floats
    arms: tuple[Arm, ...]
    highest: float
    shares: Floats


def adjusted(treated: Rows, compared: Rows, method: str) -> Adjusted:
    """Return the effects on the treated, adjusted for covariates.

    Parameters
    ----------
    treated, compared : outcome changes, covariates and sampling weights of the units of the cohort and of its comparison group.
    method : "reg", "ipw", "dr" or "dr_improved".

    Raises
    ------
    DesignError : if the comparison group cannot support the regression, or no propensity score exists.

    Formula: with p the propensity score, mu the regression among the comparison and v = p / (1 - p) there,
    reg: E_D[change - mu]; ipw: E_D[change] - E_v[change]; dr: E_D[change - mu] - E_v[change - mu]. The improved one takes p from
    the balance of the covariates and mu from the regression weighted by v, after which neither needs a correction in the influence.

    Assumptions: parallel trends given X, overlap; dr asks only one of the two models to be right.

    Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), equations 2.3 to 2.9 and section 3.1; Abadie (2005),
    Review of Economic Studies 72(1), with Hajek weights.
    """
    k, m = treated.X.shape[1], treated.y.shape[1]
    scores = propensity(treated, compared, method)
    v = scores.odds(compared)
    weights = v if method == "dr_improved" else compared.w
    fit = Line(np.zeros((k, m)), np.zeros((k, k))) if method == "ipw" else line(compared, weights)
    on_compared = v / v.sum() if method != "reg" else np.zeros(len(v))
    gain, left = treated.y - treated.X @ fit.beta, compared.y - compared.X @ fit.beta
    kept, lost = treated.mean(gain), on_compared @ left
    total = treated.w.sum()
    learnt = scores.bread @ (compared.X.T @ (on_compared[:, None] * (left - lost)))
    pull = fit.pull(treated.mean(treated.X) - on_compared @ compared.X) * (method != "dr_improved")
    first = np.eye(k)[0] / total
    arms = (
        Arm(
            beta=fit.beta, slope=first, linear=-np.outer(first, kept), centre=np.zeros(m), score=-learnt,
            propensity=scores.coefficients, treated=True,
        ),
        Arm(
            beta=fit.beta, slope=-pull, linear=np.zeros((k, m)), scale=0.0 if method == "reg" else -1.0 / v.sum(),
            centre=lost, score=-learnt, propensity=scores.coefficients, treated=False,
        ),
    )  # fmt: skip
    highest = 0.0 if method == "reg" else highest_propensity(treated, scores.coefficients)
    return Adjusted(kept - lost, arms, highest, compared.w / compared.w.sum() if method == "reg" else on_compared)


def highest_propensity(treated: Rows, coefficients: Floats) -> float:
    """Return the largest propensity score of a treated row."""
    return float(1.0 / (1.0 + np.exp(-(treated.X @ coefficients).max())))
