"""Strata in which an arm has one unit only: variance from the differences between such strata."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notice, Notices
from ebpm.rct.assigned import Assigned
from ebpm.rct.means.comparison import arm_labels, compare, stratum_effects
from ebpm.stats.inference import combined_df, t_estimate

VARIANCES = ("neyman", "hybrid", "hybrid_by_size", "rct_yes")
FEW_STRATA = 10
EQUAL = 1e-12


def compare_blocks(trial: Assigned, variance: str, *, column: str, conf_level: float) -> Estimates:
    """Return the differences in means of a stratified trial, with a variance that strata of one unit an arm can have.

    Parameters
    ----------
    trial : the trial.
    variance : "hybrid", "hybrid_by_size" or "rct_yes".
    column : name of the strata.
    conf_level : level of the intervals.

    Raises
    ------
    DesignError : if the strata that need it are too few, or one of them holds half of their rows.

    Formula: with d_k the difference of stratum k, of share w_k among the K strata that have an arm of one unit, and d = sum w_k d_k:
    hybrid sum a_k (d_k - d)^2, a_k = w_k^2 / (1 - 2 w_k) / (1 + sum_j w_j^2 / (1 - 2 w_j)); by size, sum over sizes m of
    (share of m)^2 sum (d_k - d_m)^2 / (K_m (K_m - 1)); both joined to Neyman's variance of the other strata by the squares of their
    shares. RCT-YES: K / (K - 1) sum w_k^2 (d_k - d)^2 over all strata. Pairs of equal size are a special case of each.

    Assumptions: as `difference_in_means`; the variance is conservative, by how much the effects of the strata differ (exact where
    they do not); for RCT-YES strata are a sample of many.

    Source: Pashley and Miratrix (2021), Journal of Educational and Behavioral Statistics 46(3), sections 4-5; Schochet (2016),
    Statistical Theory for the RCT-YES Software.
    """
    effects, shares = stratum_effects(trial), trial.stratum_shares
    alone = np.ones(len(shares), dtype=bool) if variance == "rct_yes" else (trial.unit_cells == 1).any(axis=1)
    if not alone.any():
        return compare(trial, conf_level)
    scale = shares[alone].sum()
    between = scale**2 * _BETWEEN[variance](effects[alone], shares[alone] / scale, column)
    rest = None if alone.all() else compare(trial.of_strata(~alone))
    within = np.zeros_like(between)
    if rest is not None and not isinstance(rest.covariance, Unavailable):
        within = (1.0 - scale) ** 2 * rest.covariance
    items = []
    for j, value in enumerate(shares @ effects):
        parts, dfs = [between[j, j]], [alone.sum() - 1.0]
        if rest is not None:
            parts, dfs = [*parts, within[j, j]], [*dfs, float(rest.items[j].df)]  # type: ignore[arg-type]
        items.append(
            t_estimate(
                float(value), float(np.sqrt(sum(parts))), df=combined_df(np.array(parts), np.array(dfs)),
                conf_level=conf_level, **arm_labels(trial, j + 1) | {"method": f"rct.blocks_{variance}"},
            )
        )  # fmt: skip
    return Estimates(
        items=tuple(items), headline_term=items[0].term, covariance=between + within,
        notices=few_strata(int(alone.sum()), column),
    )  # fmt: skip


def few_strata(strata: int, about: str) -> Notices:
    """Return R116 where fewer than 10 strata gave the variance between them."""
    facts = MappingProxyType({"strata": strata, "least": FEW_STRATA})
    return Notices((Notice("R116", about, facts),)) if strata < FEW_STRATA else Notices()


def spreads(shares: Floats) -> bool:
    """Return whether `plug_in` can measure the variance between strata: there are two, and, unless all are alike, none holds half."""
    return len(shares) > 1 and bool(np.ptp(shares) <= EQUAL or (1.0 - 2.0 * shares / shares.sum()).min() > EQUAL)


def plug_in(effects: Floats, shares: Floats) -> Floats:
    """Return the covariance of sum_k w_k d_k from the spread of the effects of strata, by the formula of `compare_blocks`.

    Parameters
    ----------
    effects : d, shape (K, m).
    shares : w, shape (K,), adding up to one and such that `spreads`.
    """
    if np.ptp(shares) <= EQUAL:
        return _spread(effects, shares, np.full(len(shares), 1.0 / len(shares) / (len(shares) - 1.0)))
    weights = shares**2 / (1.0 - 2.0 * shares)
    return _spread(effects, shares, weights / (1.0 + weights.sum()))


def _hybrid(effects: Floats, shares: Floats, column: str) -> Floats:
    if not spreads(shares):
        raise DesignError("rct_small_strata", column=column, strata=len(shares), share=f"{100 * shares.max():.0f}")
    return plug_in(effects, shares)


def _by_size(effects: Floats, shares: Floats, column: str) -> Floats:
    total = np.zeros((effects.shape[1], effects.shape[1]))
    for size in np.unique(shares.round(12)):
        alike = np.abs(shares - size) <= 1e-11
        count, own = int(alike.sum()), effects[alike]
        if count < 2:
            raise DesignError("rct_small_strata", column=column, strata=count, share=f"{100 * size:.0f}")
        even = np.full(count, 1.0 / count)
        total += shares[alike].sum() ** 2 * _spread(own, even, even / (count - 1.0))
    return total


def _rct_yes(effects: Floats, shares: Floats, column: str) -> Floats:
    count = len(shares)
    if count < 2:
        raise DesignError("rct_small_strata", column=column, strata=count, share="100")
    return _spread(effects, shares, count / (count - 1.0) * shares**2)


_BETWEEN = {"hybrid": _hybrid, "hybrid_by_size": _by_size, "rct_yes": _rct_yes}


def _spread(effects: Floats, shares: Floats, weights: Floats) -> Floats:
    apart = effects - shares @ effects
    return np.asarray((apart * weights[:, None]).T @ apart)
