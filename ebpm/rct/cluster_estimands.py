"""The effects on the mean over participants and over clusters, and whether the size of clusters tells between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.estimate import Estimate, Estimates
from ebpm.notices import Notice, Notices
from ebpm.rct.assigned import Assigned
from ebpm.rct.estimands import named_estimand, of_estimand
from ebpm.rct.means.comparison import compare
from ebpm.rct.summed_trial import read_assigned
from ebpm.stats.inference import combined_df, t_estimate
from ebpm.texts import LANGUAGES, called, label

COMPARED = ("participants", "clusters", "difference")


def cluster_estimands(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    cluster: str,
    control: object = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effect on the mean over participants, that on the mean over clusters, and their difference.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a participant. A lazy table, a path to Parquet files or `moments.scan` is summed where
        it lies.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    cluster : column of the unit that was assigned.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of the strata within which clusters were assigned.
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : terms "participants" (the headline), "clusters" and "difference", after the arm's label where there are several;
        R115 where the interval of the difference leaves out zero: the size of clusters is informative.

    Raises
    ------
    DesignError : as `difference_in_means`.

    Formula: both are independence estimating equations, weighted by 1 or by 1 / n_g. The difference is a sum over clusters of
    p_s n_g (ybar_g - m) / n - q_s (ybar_g - m') / G within stratum and arm (shares p of rows, q of clusters), whose squares, times
    G / (G - 1), sum to its variance; Satterthwaite's df over stratum and arm.

    Assumptions: clusters were assigned at random (within strata); no interference between clusters. Mixed models and exchangeable
    estimating equations estimate neither where the two differ.

    Source: Kahan, Li, Copas and Harhay (2023), International Journal of Epidemiology 52(1).

    Examples
    --------
    >>> import pandas as pd
    >>> sizes, kwh = [1, 3, 1, 3, 2, 2, 1, 3], [2.0, 6, 3, 5, 2, 3, 2, 3]
    >>> rows = [(g, g % 2, kwh[g]) for g in range(8) for _ in range(sizes[g])]
    >>> trial = pd.DataFrame(rows, columns=["school", "arm", "kwh"])
    >>> [round(one.estimate, 3) for one in cluster_estimands(trial, "kwh", treatment="arm", cluster="school")]
    [2.164, 2.0, 0.164]
    """
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    trial = read_assigned(data, outcome, columns=columns, records={})
    by_rows = compare(trial, conf_level)
    by_clusters = named_estimand(compare(of_estimand(trial, "clusters"), conf_level), trial, "clusters")
    items: list[Estimate] = []
    for j, one in enumerate(by_rows.items):
        prefix = "" if len(by_rows) == 1 else f"{one.term}: "
        value, variance, df = _difference(trial, j + 1)
        difference = t_estimate(
            value, float(np.sqrt(variance)), df=df, conf_level=conf_level, term="", n=one.n,
            clusters=one.clusters, estimand="estimand_difference", method="rct.cluster_estimands",
        )  # fmt: skip
        for code, item in zip(COMPARED, (one, by_clusters.items[j], difference), strict=True):
            arm = {lang: f"{called(one.term, lang)}: " if prefix else "" for lang in LANGUAGES}
            name = {str(lang): f"{arm[lang]}{label(f'rct_averaged_{code}', lang)}" for lang in LANGUAGES}
            items.append(replace(item, term=f"{prefix}{code}", name=name))
    return Estimates(
        items=tuple(items), headline_term=items[0].term, notices=_informative(items, outcome) + trial.rounding
    )


def informative_cluster_size(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    cluster: str,
    control: object = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Notices:
    """Check whether the effect differs with the size of the cluster, so that the estimand must be chosen (R115).

    Parameters
    ----------
    data, outcome, treatment, cluster, control, strata, conf_level : as in `cluster_estimands`.

    Source: Kahan, Li, Copas and Harhay (2023), International Journal of Epidemiology 52(1).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(g, g % 2, float(g + i)) for g in range(8) for i in range(3)]
    >>> trial = pd.DataFrame(rows, columns=["school", "arm", "kwh"])
    >>> informative_cluster_size(trial, "kwh", treatment="arm", cluster="school").codes
    ()
    """
    what = {"treatment": treatment, "cluster": cluster, "control": control, "strata": strata}
    return cluster_estimands(data, outcome, conf_level=conf_level, **what).notices  # type: ignore[arg-type]


def size_notices(trial: Assigned, outcome: str, conf_level: float) -> Notices:
    """Return R115 for a model that estimates neither estimand where they differ.

    Parameters
    ----------
    trial : the trial.
    outcome : name of its outcome.
    conf_level : level of the interval of the difference.
    """
    return _informative(list(_differences(trial, conf_level)), outcome) if trial.clustered else Notices()


def _differences(trial: Assigned, conf_level: float) -> Iterator[Estimate]:
    what: dict[str, Any] = {"estimand": "estimand_difference", "method": "rct.cluster_estimands", "n": trial.n}
    for j in range(1, len(trial.arms)):
        value, variance, df = _difference(trial, j)
        yield t_estimate(
            value,
            float(np.sqrt(variance)),
            df=df,
            conf_level=conf_level,
            term="difference",
            clusters=trial.units,
            **what,
        )


def _informative(items: list[Estimate], outcome: str) -> Notices:
    found = []
    for one in items:
        low, high = one.conf_low, one.conf_high
        known = one.estimand == "estimand_difference" and isinstance(low, float) and isinstance(high, float)
        if known and (low > 0.0 or high < 0.0):  # type: ignore[operator]
            facts = {"difference": f"{one.estimate:.3g}", "low": f"{low:.3g}", "high": f"{high:.3g}"}
            found.append(Notice("R115", outcome, MappingProxyType(facts)))
    return Notices(tuple(found))


def _difference(trial: Assigned, arm: int) -> tuple[float, float, float]:
    """Participants' effect less clusters' effect, its variance and degrees of freedom."""
    (strata, arms), sums, means = trial.unit_places, trial.unit_sizes, trial.centred_means
    q = np.bincount(strata, minlength=len(trial.strata)) / len(strata)
    values, parts, dfs = np.zeros(len(trial.strata)), [], []
    for s, p in enumerate(trial.stratum_shares):
        for sign, one in ((1.0, arm), (-1.0, 0)):
            own = (strata == s) & (arms == one)
            weight = sums[own] / sums[own].sum()
            by_rows, by_clusters = float(weight @ means[own]), float(means[own].mean())
            values[s] += sign * (p * by_rows - q[s] * by_clusters)
            shown = p * weight * (means[own] - by_rows) - q[s] * (means[own] - by_clusters) / own.sum()
            parts.append(float((shown**2).sum()) * own.sum() / max(own.sum() - 1, 1))
            dfs.append(float(own.sum() - 1))
    if trial.paired:
        pairs = len(values)
        return float(values.sum()), float(pairs / (pairs - 1) * ((values - values.mean()) ** 2).sum()), pairs - 1.0
    return float(values.sum()), sum(parts), combined_df(np.array(parts), np.array(dfs))
