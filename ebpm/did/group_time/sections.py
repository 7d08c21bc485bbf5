"""Covariate adjustment of one comparison of repeated cross-sections: other rows before than after."""

from __future__ import annotations

import numpy as np

from ebpm.did.group_time.adjust import Adjusted, highest_propensity
from ebpm.did.group_time.arms import Arm, Line, Rows, line, propensity
from ebpm.moments.frame import Floats

SIGNS = (1.0, -1.0)


def sectional(treated: tuple[Rows, Rows], compared: tuple[Rows, Rows], method: str) -> Adjusted:
    """Return the effect on the treated, adjusted for covariates.

    Parameters
    ----------
    treated, compared : rows after and before, outcomes of shape (n, 1).
    method : "reg", "ipw", "dr" or "dr_improved".

    Raises
    ------
    DesignError : if a group cannot support the regression in some period, or no propensity score exists.

    Formula: x'(m_1post - m_1pre - m_0post + m_0pre) - (E_v,post[y - m_0post] - E_v,pre[y - m_0pre]) with regressions m_dt of group
    d in period t, x averaged over the treated of both periods, and v the odds of treatment. "dr" has all its parts and is the
    locally efficient one; "reg" has no v, "ipw" no m_0, and both have means in place of m_1. In the influence the two periods of a
    group carry opposite signs throughout, those of the estimated regressions among them.

    Assumptions: as in a panel, and the composition of the groups does not change over time.

    Source: Sant'Anna and Zhao (2020), Journal of Econometrics 219(1), equations 2.5, 2.9 to 2.11 and section 3.2.
    """
    pooled = together(treated)
    scores = propensity(pooled, together(compared), method)
    odds = [scores.odds(rows) for rows in compared]
    untreated = [_regression(rows, v, method) for rows, v in zip(compared, odds, strict=True)]
    responses = [line(rows, rows.w) if method.startswith("dr") else level_line(rows) for rows in treated]
    shares = [v / v.sum() * (method != "reg") for v in odds]
    residuals = [rows.y - rows.X @ one.beta for rows, one in zip(compared, untreated, strict=True)]
    lost = [share @ residual for share, residual in zip(shares, residuals, strict=True)]
    mean, gap = pooled.mean(pooled.X), _step([one.beta for one in responses]) - _step([one.beta for one in untreated])
    pulled = [
        rows.X.T @ (share[:, None] * (residual - centre))
        for rows, share, residual, centre in zip(compared, shares, residuals, lost, strict=True)
    ]
    score = -scores.bread @ _step(pulled)
    own = [rows.mean(rows.X) if method == "dr_improved" else mean for rows in treated]
    ahead = np.outer(np.eye(len(mean))[0], mean @ gap)
    on_treated = [
        Arm(
            beta=one.beta, slope=sign * one.pull(at), linear=(gap - ahead) / pooled.w.sum(), centre=np.zeros(1),
            score=score, propensity=scores.coefficients, treated=True,
        )
        for sign, one, at in zip(SIGNS, responses, own, strict=True)
    ]  # fmt: skip
    on_compared = [
        Arm(
            beta=one.beta, slope=sign * (method != "dr_improved") * one.pull(share @ rows.X - mean),
            linear=np.zeros_like(gap), scale=-sign / v.sum() * (method != "reg"), centre=centre, score=score,
            propensity=scores.coefficients, treated=False,
        )
        for sign, one, share, rows, v, centre in zip(SIGNS, untreated, shares, compared, odds, lost, strict=True)
    ]  # fmt: skip
    highest = 0.0 if method == "reg" else highest_propensity(pooled, scores.coefficients)
    thinnest = max((v / v.sum() for v in odds), key=lambda share: float(share @ share))
    return Adjusted(mean @ gap - _step(lost), (*on_treated, *on_compared), highest, thinnest)


def together(rows: tuple[Rows, Rows]) -> Rows:
    """Return the rows of both periods."""
    after, before = rows
    return Rows(
        np.vstack([after.y, before.y]), np.vstack([after.X, before.X]), np.concatenate([after.w, before.w])
    )  # fmt: skip


def level_line(rows: Rows) -> Line:
    """Return the regression on the constant alone, with zeros for the covariates."""
    first = np.eye(rows.X.shape[1])[0]
    return Line(np.outer(first, rows.mean(rows.y)), np.outer(first, first) / np.sqrt(rows.w.sum()))


def _regression(rows: Rows, odds: Floats, method: str) -> Line:
    k = rows.X.shape[1]
    if method == "ipw":
        return Line(np.zeros((k, 1)), np.zeros((k, k)))
    return line(rows, odds if method == "dr_improved" else rows.w)


def _step(pair: list[Floats]) -> Floats:
    return pair[0] - pair[1]
