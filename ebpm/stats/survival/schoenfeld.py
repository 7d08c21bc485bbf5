"""Whether hazard ratios stay the same over time: score tests of covariates times a function of time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc
from scipy.stats import rankdata

from ebpm.errors import DesignError
from ebpm.stats.survival.cox import CoxFit
from ebpm.stats.survival.product_limit import product_limit
from ebpm.stats.survival.risk_sets import Floats

ABSENT = 1e-10
CLOCKS = ("km", "rank", "identity", "log")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoenfeldTest:
    """Score tests of constant hazard ratios.

    Parameters
    ----------
    statistics : one a covariate, each chi-square with one degree of freedom, shape (p,).
    p_values : shape (p,).
    overall, overall_p : of all p covariates together.
    df : degrees of freedom of `overall`, p; fewer where events are too few to tell.
    times, residuals : of each event, ordered by time: Schoenfeld residuals scaled and moved by the coefficients, whose trend is that of
        the log hazard ratio over time; shapes (events,) and (events, p).
    clock : "km", "rank", "identity" or "log": the function of time.
    """

    statistics: Floats
    p_values: Floats
    overall: float
    overall_p: float
    df: int
    times: Floats
    residuals: Floats
    clock: str


def schoenfeld_test(fit: CoxFit, *, clock: str = "km") -> SchoenfeldTest:
    """Test each covariate times g(t), less the mean of g over the events, by its score at the fitted coefficients.

    Parameters
    ----------
    fit : of a proportional hazards model.
    clock : g: "km", one minus the pooled Kaplan-Meier just before t, "rank" among all ends, "identity" or "log".

    Raises
    ------
    DesignError : if the logarithm of a time of zero is asked for.

    Formula: U' (I_gg - I_g1 I_11^-1 I_1g)^-1 U with U the sum over events of g (x - mean x), and I_g1, I_gg the sums of g V and g^2 V.

    Source: Grambsch and Therneau (1994), Biometrika 81(3), with the information at the fit rather than its average over time.
    """
    likelihood, at = fit.likelihood, fit.at
    event = likelihood.event
    exits = likelihood.spells.exit[event]
    g = _clock(fit, clock)
    g = g - g.mean()
    by_time = np.empty(len(likelihood.sets))
    by_time[likelihood.sets.last[event] - 1] = g
    scale = by_time[likelihood.place]
    schoenfeld = likelihood.covariates[event] - likelihood.mean_at_event(at)
    weights = likelihood.spells.weights[event]
    score = (weights * g) @ schoenfeld
    crossed = likelihood.information(at, scale)
    spare = likelihood.information(at, scale**2) - crossed @ fit.bread @ crossed
    known = np.diag(spare) > ABSENT * np.diag(likelihood.information(at, scale**2))
    statistics = np.divide(score**2, np.diag(spare), out=np.zeros_like(score), where=known)
    root = np.sqrt(np.where(known, np.diag(spare), 1.0))
    whitened = np.where(np.outer(known, known), spare / np.outer(root, root), 0.0)
    inverse = np.linalg.pinv(whitened, rcond=ABSENT, hermitian=True)
    overall = float(score / root @ inverse @ (score / root))
    df = int(np.linalg.matrix_rank(whitened, tol=ABSENT, hermitian=True))
    order = np.argsort(exits, kind="stable")
    scaled = fit.coefficients + len(exits) * (weights[:, None] * schoenfeld) @ fit.bread
    return SchoenfeldTest(
        statistics=statistics, p_values=chdtrc(1, statistics), overall=overall, overall_p=float(chdtrc(df, overall)) if df else 1.0, df=df,
        times=exits[order], residuals=scaled[order], clock=clock,
    )  # fmt: skip


def _clock(fit: CoxFit, clock: str) -> Floats:
    """G at each event, shape (events,)."""
    spells, event = fit.likelihood.spells, fit.likelihood.event
    exits = spells.exit[event]
    if clock == "identity":
        return exits
    if clock == "log":
        if (exits <= 0).any():
            raise DesignError("survival_log_clock", count=int((exits <= 0).sum()))
        return np.log(exits)
    if clock == "rank":
        return np.asarray(rankdata(spells.exit)[event])
    n = len(spells)
    pooled = product_limit(replace(spells, group=np.zeros(n, dtype=np.int64), weights=np.ones(n)))
    before = pooled.sets.before(pooled.survival, 1.0)
    return np.asarray(1.0 - before[np.searchsorted(pooled.sets.times, exits)])
