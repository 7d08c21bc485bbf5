"""All differences between arms, or those against one arm, with control of the family-wise error or the false discovery rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.labels import CONTROL_NAMES, label_of
from ebpm.moments.scans.asking import Sums, groups_of
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.rct.means.difference import difference_in_means
from ebpm.rct.summed_trial import request_of
from ebpm.stats.inference import largest_normals, level, quantile
from ebpm.stats.multiple import ADJUSTMENTS, bonferroni

BY_RATE = {"bh": "benjamini_hochberg", "by": "benjamini_yekutieli"}
ADJUST = ("max_t", "holm", "hochberg", "bonferroni", *BY_RATE, "none")
ROUNDING, SUMMED_ROUNDING = 1e-12, 1e-7  # squares of numbers about their means keep half the digits
POINTWISE = frozenset({*BY_RATE, "none"})


@dataclass(frozen=True, slots=True)
class Family:
    """What a family of m tests gives: adjusted p values, shape (m,), and the pointwise level of the intervals."""

    p_values: Floats
    pointwise_level: float


def pairwise(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    adjust: str = "max_t",
    against: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare every arm with every other, or with one, allowing for the number of comparisons.

    Parameters
    ----------
    data : one row a person (or a person and period); a table that stays where it is, as in `difference_in_means`.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    adjust : against any false finding "max_t" (single step, uses the dependence of the differences), "holm", "hochberg" or
        "bonferroni"; for the share of false findings among all, "bh" (Benjamini and Hochberg) or "by" (Benjamini and Yekutieli);
        or "none".
    against : the arm that all others are compared with; all pairs where None.
    cluster, strata, weights : as in `difference_in_means`.
    conf_level : of the intervals: of all together, or of each with "bh", "by" and "none".

    Returns
    -------
    Estimates : terms "arm - arm", a control arm last in its pairs; p values adjusted; joint covariance.

    Raises
    ------
    DataError : if there is no arm called `against`, and as `difference_in_means`.
    DesignError : if a difference has no sampling variation, and as `difference_in_means`.

    Estimates, variances and degrees of freedom are those of `difference_in_means` for the two arms. With "max_t" the adjusted p
    value is P(min_j P_j <= p), the P_j joined by a normal copula with the correlation of the differences (simulated, seed fixed),
    and the intervals are t intervals at the level that makes this 1 - conf_level: a p value is at most 1 - conf_level exactly
    where its interval leaves out zero. It never exceeds Bonferroni's.

    The intervals of "max_t" and "bonferroni" (t intervals at 1 - (1 - conf_level) / m) hold together and agree with their p values.
    Step-wise p values have no intervals of their own: "holm" and "hochberg" stand beside Bonferroni's, which hold together, but may
    hold zero where the p value rejects. With "bh" and "by" intervals are the pointwise ones, which do not hold together: of those
    that leave out zero, more than 1 - conf_level may miss the truth.

    Assumptions: those of `difference_in_means`; the differences are jointly normal (Tukey's and Dunnett's comparisons without
    their assumption of equal variances). "holm", "bonferroni" and "by" need nothing of the dependence of the tests; "hochberg" and
    "bh" hold under independence and positive dependence, which differences of all pairs only roughly have.

    Source: Hothorn, Bretz and Westfall (2008), Biometrical Journal 50(3); Dunnett (1980), JASA 75(372); Holm (1979),
    Scandinavian Journal of Statistics 6(2); Hochberg (1988), Biometrika 75(4); Benjamini and Hochberg (1995), JRSS B 57(1);
    Benjamini and Yekutieli (2001), Annals of Statistics 29(4), and (2005), JASA 100(469), for intervals after selection.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm.rct.means.pairwise import pairwise
    >>> data = pd.DataFrame({"joined": [1, 2, 3, 3, 4, 5, 9, 8, 7], "leaflet": list("aaabbbccc")})
    >>> pairwise(data, "joined", treatment="leaflet").terms
    ('b - a', 'c - a', 'c - b')
    """
    one_of(adjust, ADJUST, "adjust")
    columns = {"treatment": treatment, "cluster": cluster, "strata": strata, "weights": weights}
    source = _source(data, outcome, columns)
    arms = _arms(source.arms, treatment, against)
    controls = arms[: max(1, len(arms) - 1)] if against is None else arms[:1]
    versus = [
        difference_in_means(source.data, outcome, control=arm, conf_level=conf_level, **columns)  # type: ignore[arg-type]
        for arm in controls
    ]
    pairs = [(arm, control) for j, control in enumerate(controls) for arm in arms[j + 1 :]]
    contrasts = np.array([[float(one == arm) - float(one == control) for one in arms[1:]] for arm, control in pairs])
    covariance = contrasts @ _ordered(versus[0], arms[1:]) @ contrasts.T
    items = [replace(versus[controls.index(control)][arm], term=f"{arm} - {control}") for arm, control in pairs]
    family = _family(adjust, _p_values(items, source.rounding), covariance, level(conf_level))
    shown = tuple(
        _simultaneous(*each, family.pointwise_level, adjust)
        for each in zip(items, family.p_values.tolist(), strict=True)
    )
    return Estimates(items=shown, headline_term=shown[0].term, covariance=covariance, notices=versus[0].notices)


@dataclass(frozen=True, slots=True)
class Source:
    """What is compared.

    Parameters
    ----------
    data : rows or sums.
    arms : labels.
    rounding : a standard error that is no more is rounding.
    """

    data: Any
    arms: list[str]
    rounding: float


def _source(data: Any, outcome: str, columns: Mapping[str, str | None]) -> Source:
    """Return rows, or sums that are taken once for all comparisons; weighted rows are gone through again for each."""
    again = {"weights without cluster": columns["weights"] is not None and columns["cluster"] is None}
    at_hand = isinstance(data, GroupSums | Sums)
    sums = groups_of(data, request_of(outcome, (), columns), records=again if at_hand else {})
    if sums is None:
        frame = Frame.of(data)
        levels, spread = (
            frame.codes(str(columns["treatment"]), "treatment").levels,
            np.ptp(frame.numbers(outcome, "outcome")),
        )
        return Source(data, [label_of(one) for one in levels], ROUNDING * float(spread))
    squares = float(sums.by(()).about({outcome: sums.mean(outcome)})[0, 0, -1, -1])
    arms = [label_of(one) for one in sums.codes(str(columns["treatment"])).levels]
    return Source(data if any(again.values()) else sums, arms, SUMMED_ROUNDING * squares**0.5 / sums.rows)


def _arms(names: list[str], treatment: str, against: object) -> list[str]:
    if against is None:
        return sorted(names, key=lambda name: name.lower() not in CONTROL_NAMES)
    if label_of(against) not in names:
        raise DataError("rct_no_such_arm", control=against, column=treatment, arms=", ".join(names))
    return sorted(names, key=lambda name: name != label_of(against))


def _ordered(versus: Estimates, arms: Sequence[str]) -> Floats:
    places = [versus.terms.index(arm) for arm in arms]
    return np.asarray(versus.covariance)[np.ix_(places, places)]


def _p_values(items: Sequence[Estimate], rounding: float) -> Floats:
    for item in items:
        if (
            isinstance(item.p_value, Unavailable)
            or isinstance(item.std_error, Unavailable)
            or item.std_error <= rounding
        ):
            raise DesignError("rct_pairwise_no_variation", term=item.term)
    return np.array([item.p_value for item in items], dtype=np.float64)


def _family(adjust: str, p_values: Floats, covariance: Floats, conf_level: float) -> Family:
    if adjust == "max_t":
        return _max_t(p_values, largest_normals(covariance), conf_level)
    share = 1.0 if adjust in POINTWISE else len(p_values)
    return Family(ADJUSTMENTS[BY_RATE.get(adjust, adjust)](p_values), 1.0 - (1.0 - conf_level) / share)


def _max_t(p_values: Floats, largest: Floats, conf_level: float) -> Family:
    draws, error = len(largest), 1.0 - conf_level
    ordered = np.sort(largest)
    exceeding = draws - np.searchsorted(ordered, -ndtri(p_values / 2), side="left")
    adjusted = np.minimum(np.maximum(p_values, (exceeding + 1) / (draws + 1)), bonferroni(p_values))
    allowed = int(np.floor(error * (draws + 1))) - 1
    pointwise = 2.0 * float(ndtr(-ordered[draws - 1 - allowed]))
    return Family(adjusted, 1.0 - min(max(pointwise, error / len(p_values)), error))


def _simultaneous(item: Estimate, p_value: float, pointwise_level: float, adjust: str) -> Estimate:
    if isinstance(item.std_error, Unavailable) or isinstance(item.df, Unavailable):
        return item
    half = quantile(0.5 + pointwise_level / 2, item.df) * item.std_error
    return replace(
        item,
        p_value=p_value,
        conf_low=item.estimate - half,
        conf_high=item.estimate + half,
        method=f"rct.pairwise_{adjust}",
    )
