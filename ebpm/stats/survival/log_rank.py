"""The log-rank test and its weighted family: observed less expected events by arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from ebpm.stats.survival.product_limit import product_limit
from ebpm.stats.survival.risk_sets import Floats, Ints, RiskSets, Spells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRankFit:
    """Observed and expected events of k arms, the first of them the control.

    Parameters
    ----------
    observed, expected : weighted sums over the times of events, shape (k,).
    covariance : of observed less expected, shape (k, k).
    slope : derivative of the expected by log hazard ratios, shape (k, k).
    """

    observed: Floats
    expected: Floats
    covariance: Floats
    slope: Floats

    @property
    def statistic(self) -> float:
        """Chi-square with k - 1 degrees of freedom of the hypothesis that all hazards are the same."""
        excess = (self.observed - self.expected)[1:]
        return float(excess @ np.linalg.solve(self.covariance[1:, 1:], excess))

    @property
    def p_value(self) -> float:
        """Of the statistic."""
        return float(chdtrc(len(self.observed) - 1, self.statistic))

    def one_step(self) -> tuple[Floats, Floats]:
        """Return log hazard ratios to the first arm by one step from zero, shape (k - 1,), and their covariance.

        Source: Peto et al. (1977), British Journal of Cancer 35(1), appendix; with weights Fleming and Harrington (1991), section 7.
        """
        inverse = np.linalg.inv(self.slope[1:, 1:])
        return inverse @ (self.observed - self.expected)[1:], inverse @ self.covariance[1:, 1:] @ inverse


def log_rank_fit(
    spells: Spells, arms: Ints, *, rho: float = 0.0, gamma: float = 0.0, at_risk: float = 0.0, robust: bool = False
) -> LogRankFit:
    """Compare the hazards of arms within strata.

    Parameters
    ----------
    spells : rows; any event above 0 counts, and `group` are the strata.
    arms : code of the arm of each row, shape (n,).
    rho, gamma, at_risk : events at t weigh S(t-)^rho (1 - S(t-))^gamma n(t)^at_risk, S the survival of the stratum and n its rows at risk.
    robust : variance by the infinitesimal jackknife over persons, for weights and clusters; else hypergeometric.

    Formula: sum of W (d_k - d n_k / n); variance sum of W^2 d (n - d) / (n - 1) p_k (1(k = l) - p_l), p = n_k / n.

    Source: Mantel (1966), Cancer Chemotherapy Reports 50(3); Harrington and Fleming (1982), Biometrika 69(3); Gehan (1965),
    Biometrika 52(1-2); Tarone and Ware (1977), Biometrika 64(1); for weighted rows Xie and Liu (2005),
    Statistics in Medicine 24(20).
    """
    event, member = spells.event > 0, np.eye(int(arms.max()) + 1)[arms]
    sets = RiskSets.of(spells, at=event)
    held = member * spells.weights[:, None]
    inside, happened = sets.sums(held), sets.at_exit(held, event)
    n, d = inside.sum(axis=1), happened.sum(axis=1)
    share, weight = inside / n[:, None], _weights(spells, sets, rho, gamma) * n**at_risk
    rows = sets.sums(np.ones(len(spells)))
    tied = np.divide(n - d, n - 1.0, out=np.zeros_like(n), where=rows > 1) if not robust else np.ones_like(n)
    spread = np.einsum("jk,kl->jkl", share, np.eye(share.shape[1])) - share[:, :, None] * share[:, None, :]
    covariance = np.einsum("j,jkl->kl", weight**2 * d * tied, spread)
    if robust:
        covariance = spells.covariance(_influence(sets, spells, member, (weight, d / n, share)))
    return LogRankFit(
        observed=weight @ happened, expected=(weight * d) @ share, covariance=covariance,
        slope=np.einsum("j,jkl->kl", weight * d * tied, spread),
    )  # fmt: skip


def _weights(spells: Spells, sets: RiskSets, rho: float, gamma: float) -> Floats:
    if rho == 0.0 and gamma == 0.0:
        return np.ones(len(sets))
    curve = product_limit(spells)
    before = curve.sets.before(curve.survival, 1.0)
    found, event = np.empty(len(sets)), spells.event > 0
    found[sets.last[event] - 1] = before[curve.sets.last[event] - 1]
    return np.asarray(found**rho * (1.0 - found) ** gamma)


def _influence(sets: RiskSets, spells: Spells, member: Floats, parts: tuple[Floats, Floats, Floats]) -> Floats:
    """Derivative of observed less expected with respect to the weight of each row, shape (n, k)."""
    weight, hazard, share = parts
    event = spells.event > 0
    drift = sets.spread((weight * hazard)[:, None] * share) - member * sets.spread(weight * hazard)[:, None]
    place = sets.last[event] - 1
    drift[event] += weight[place, None] * (member[event] - share[place])
    return drift
