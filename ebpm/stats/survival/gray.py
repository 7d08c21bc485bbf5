"""Gray's test that a cumulative incidence is the same in k groups."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from ebpm.stats.survival.risk_sets import Floats, Ints, RiskSets, Spells


@dataclass(frozen=True, slots=True)
class GrayTest:
    """A test of one kind of event.

    Parameters
    ----------
    statistic : chi-square.
    df : its degrees of freedom, groups less one.
    """

    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        """Of the statistic."""
        return float(chdtrc(self.df, self.statistic))


@dataclass(frozen=True, slots=True)
class _Counts:
    """At the times of events of a stratum: at risk, events of the kind and of others, by group, each of shape (m, k)."""

    n: Floats
    mine: Floats
    other: Floats


def gray_test(spells: Spells, groups: Ints, *, kind: int, rho: float = 0.0) -> GrayTest:
    """Compare the cumulative incidence of one kind of event between groups, within strata.

    Parameters
    ----------
    spells : rows without late entry, each of weight one; `group` are the strata.
    groups : code of each row, shape (n,).
    kind : code of the event.
    rho : events at t weigh (1 - F(t-))^rho.

    Formula: score of group i: sum of L (d_i - d R_i / R), R_i = n_i (1 - F_i(t-)) / S_i(t-). Its variance is a sum over groups and both kinds of
    events of squared integrands, with h_i = n_i / S_i(t-), dF = d / h, and the factor of the hypergeometric distribution for ties.

    Source: Gray (1988), Annals of Statistics 16(3), section 3.
    """
    k = int(groups.max()) + 1
    score, covariance = np.zeros(k), np.zeros((k, k))
    for stratum in range(spells.groups):
        counts = _counts(spells, groups, k, kind, spells.group == stratum)
        one, more = _stratum(counts, rho)
        score, covariance = score + one, covariance + more
    kept = slice(0, k - 1)
    statistic = score[kept] @ np.linalg.solve(covariance[kept, kept], score[kept])
    return GrayTest(float(statistic), k - 1)


def _counts(spells: Spells, groups: Ints, k: int, kind: int, rows: Floats) -> _Counts:
    event = np.where(rows, spells.event, 0)
    sets = RiskSets.of(replace(spells, group=np.zeros_like(spells.group)), at=event > 0)
    member = np.eye(k)[groups] * rows[:, None]
    return _Counts(
        sets.sums(member), sets.at_exit(member, event == kind), sets.at_exit(member, (event > 0) & (event != kind))
    )


def _stratum(counts: _Counts, rho: float) -> tuple[Floats, Floats]:
    n, mine, other = counts.n, counts.mine, counts.other
    survival, own = _before(n, mine, other)
    h = np.divide(n, survival[:-1], out=np.zeros_like(n), where=n > 0)
    d, total = mine.sum(axis=1), h.sum(axis=1)
    pooled = np.r_[0.0, np.cumsum(d / total)]
    before, after = 1.0 - pooled[:-1], 1.0 - pooled[1:]
    weight = before**rho
    adjusted = h * (1.0 - own)
    score = (weight[:, None] * (mine - adjusted * (d / adjusted.sum(axis=1))[:, None])).sum(axis=0)
    a = weight[:, None, None] * h[:, :, None] * (np.eye(n.shape[1]) - (h / total[:, None])[:, None, :])
    c = np.cumsum(a * (d / (total * before))[:, None, None], axis=0)
    rest = c[-1] - c
    now = survival[1:]
    hit = np.divide(after[:, None], now, out=np.zeros_like(now), where=now > 0)
    first = np.divide(d[:, None], total[:, None] * h, out=np.zeros_like(h), where=h > 0) * _tied(
        d[:, None], total[:, None] * survival[:-1]
    )
    second = np.divide(survival[:-1] ** 2 * other, n**2, out=np.zeros_like(n), where=(n > 0) & (now > 0)) * _tied(
        other, n
    )
    mine_part = a + (1.0 - hit)[:, None, :] * rest
    other_part = hit[:, None, :] * rest
    covariance = np.einsum("mik,mlk,mk->il", mine_part, mine_part, first)
    return score, covariance + np.einsum("mik,mlk,mk->il", other_part, other_part, second)


def _before(n: Floats, mine: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Survival of each group before the first time and after each, shape (m + 1, k), and incidence before each, shape (m, k)."""
    left = np.divide(n - mine - other, n, out=np.ones_like(n), where=n > 0)
    survival = np.vstack([np.ones(n.shape[1]), np.cumprod(left, axis=0)])
    steps = np.divide(survival[:-1] * mine, n, out=np.zeros_like(n), where=n > 0)
    return survival, np.cumsum(steps, axis=0) - steps


def _tied(events: Floats, at_risk: Floats) -> Floats:
    """1 - (d - 1) / (n - 1) where several events share a time."""
    return np.where(events > 1, 1.0 - (events - 1.0) / np.where(at_risk > 1, at_risk - 1.0, 1.0), 1.0)
