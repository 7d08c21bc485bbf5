"""Checks of a list experiment: whether the sensitive item changed the answers to the others, and ceiling and floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.stats.given import number
from ebpm.stats.normal.orthant import MOST, orthant_test
from ebpm.survey.design.checks import list_design_effect, list_extremes
from ebpm.survey.design.sampling import Sampling
from ebpm.survey.linear import mean_of


@dataclass(frozen=True, slots=True)
class TypeShare:
    """The share of a type of respondent: how many control items apply, and whether the sensitive one does.

    Parameters
    ----------
    items : control items that apply, 0 to J.
    sensitive : whether the sensitive item applies.
    share : estimate; below zero only by chance or by a design effect.
    std_error : its standard error.
    """

    items: int
    sensitive: bool
    share: float
    std_error: float

    @property
    def name(self) -> str:
        """The type as (control items, sensitive item)."""
        return f"({self.items}, {int(self.sensitive)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDesign:
    """What speaks against a list experiment's assumptions.

    Parameters
    ----------
    types : shares of the types of respondents; none should be negative.
    p_value : of the hypothesis that the sensitive item did not change the answers to the control items.
    ceiling, floor : shares of the control group with all and with none of the control items.
    notices : S114 and S115.
    """

    types: tuple[TypeShare, ...]
    p_value: float
    ceiling: float
    floor: float
    notices: Notices


def list_design(
    counts: Floats, treated: NDArray[np.bool_], design: Sampling, *, items: int, level: float = 0.05
) -> ListDesign:
    """Return the shares of the types of respondents, and the test that none is negative.

    Parameters
    ----------
    counts : shape (n,), items that apply.
    treated : shape (n,), whether the sensitive item was on the list.
    design : the sampling design, the arms strata of it where they were drawn.
    items : J, the control items.
    level : of the test, for the notice.

    With F_t(y) the share of arm t that counts at most y: share of (y, 1) = F_0(y) - F_1(y); of (y, 0) = F_1(y) - F_0(y - 1). All are
    at least zero where the sensitive item changes no other answer and nobody lies. The two families are tested each by its distance
    from the positive orthant, and the smaller p value is doubled; (J, 1) and (0, 0), which cannot be negative, are left out.

    Source: Blair and Imai (2012), Political Analysis 20(1), section 3.1.
    """
    if not 1 <= number(items, "items") <= MOST:
        raise DesignError("survey_list_items", items=items, most=MOST)
    steps = np.arange(items + 1)
    below = (counts[:, None] <= steps).astype(np.float64)
    short, long = (
        mean_of(below, design.weights, rows=arm, terms=tuple(map(str, steps))) for arm in (~treated, treated)
    )
    nobody = np.zeros((len(counts), 1))
    applies = short.values - long.values, short.scores - long.scores
    absent = (
        long.values - np.r_[0.0, short.values[:-1]],
        long.scores - np.hstack([nobody, short.scores[:, :-1]]),
    )
    types: list[TypeShare] = []
    p_values: list[float] = []
    for sensitive, (shares, scores), tested in ((True, applies, steps[:-1]), (False, absent, steps[1:])):
        covariance = design.covariance(scores)
        errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        types += [TypeShare(at, sensitive, float(shares[at]), float(errors[at])) for at in range(items + 1)]
        p_values.append(_p_value(shares[tested], covariance[np.ix_(tested, tested)]))
    p_value = min(1.0, 2.0 * min(p_values))
    ceiling, floor = float(1.0 - short.values[items - 1]), float(short.values[0])
    worst = min(types, key=lambda one: one.share)
    notices = list_design_effect(p_value, level, worst.name, worst.share)
    return ListDesign(
        types=tuple(types),
        p_value=p_value,
        ceiling=ceiling,
        floor=floor,
        notices=notices + list_extremes(ceiling, floor),
    )


def _p_value(shares: Floats, covariance: Floats) -> float:
    varies = np.diag(covariance) > 1e-14
    if (shares[~varies] < -1e-12).any():
        return 0.0
    if not varies.any():
        return 1.0
    kept = _independent(covariance[np.ix_(varies, varies)])
    places = np.flatnonzero(varies)[kept]
    return orthant_test(shares[places], covariance[np.ix_(places, places)]).p_value


def _independent(covariance: Floats) -> list[int]:
    """Return places whose variables are not combinations of those before them."""
    kept: list[int] = []
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    for place in range(len(covariance)):
        trial = [*kept, place]
        if np.linalg.eigvalsh(correlation[np.ix_(trial, trial)])[0] > 1e-9:
            kept = trial
    return kept
