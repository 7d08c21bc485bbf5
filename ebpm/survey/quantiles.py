"""Quantiles of a population, with Woodruff's intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.stats.given import filled, numbers
from ebpm.stats.inference import level, quantile
from ebpm.survey.checks import few_units, unequal_weights
from ebpm.survey.design.checks import lonely_units, open_quantiles
from ebpm.survey.design.sampling import Sampling, Weights, sampling
from ebpm.survey.design.stages import Columns
from ebpm.survey.estimation import Domain, Where, asked
from ebpm.survey.intervals import INTERVALS, share_limits
from ebpm.survey.linear import Linearised, mean_of
from ebpm.survey.quantile_rules import RULES, weighted_quantile


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How quantiles are computed: rule, interval of the share below, its level."""

    rule: str
    interval: str
    conf_level: float


def quantiles(
    data: Any,
    outcome: str,
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    by: str | None = None,
    where: Where | None = None,
    missing: str = "error",
    rule: str = "math",
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return quantiles of a number in the population, with Woodruff's intervals.

    Parameters
    ----------
    outcome : column of numbers.
    probabilities : between 0 and 1.
    data, weights, strata, cluster, population, lonely, by, where, missing, conf_level : as in `mean`.
    rule : "math", the smallest value at which the distribution function reaches the probability; "school", the middle of two values
        where it reaches it exactly; "hf4" to "hf9", interpolated.
    interval : of the share at or below the quantile: "t", "logit", "korn_graubard" or "arcsine".

    Raises
    ------
    DataError : as `mean`.
    DesignError : if a probability does not lie strictly between 0 and 1, or calibrated weights are not positive.

    With p the estimated share at or below the quantile and (a, b) its interval, the interval of the quantile runs from the quantile
    at a to that at b; the standard error is its length over twice the t quantile.

    Assumptions: those of `mean`; the distribution is smooth near the quantile.

    Source: Woodruff (1952), JASA 47(260); Francisco and Fuller (1991), Annals of Statistics 19(1).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> found = survey.quantiles(pd.DataFrame({"minutes": range(1, 101)}), "minutes", probabilities=[0.5])
    >>> found.headline.estimate, found.headline.conf_low, found.headline.conf_high
    (50.0, 41.0, 60.0)
    """
    wanted = _Wanted(one_of(rule, RULES, "rule"), one_of(interval, INTERVALS, "interval"), level(conf_level))
    for probability in numbers(filled(probabilities, "probabilities"), "probabilities"):
        if not 0.0 < probability < 1.0:
            raise DesignError("survey_share_outside", argument="probabilities", value=probability, low=0.0, high=1.0)
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, outcome, drawn=design.drawn, by=by, where=where, missing=missing, labels=False)
    if len(what.names) > 1 or (design.weights < 0).any():
        raise DesignError("survey_no_quantiles", outcome=outcome, least=f"{design.weights.min():g}")
    items = tuple(
        one for domain in what.domains for one in _quantiles(design, what.columns[:, 0], domain, probabilities, wanted)
    )
    opened = [one.term for one in items if isinstance(one.std_error, Unavailable)]
    notices = (
        what.notices + unequal_weights(design.weights[design.drawn]) + few_units(design.df()) + lonely_units(design)
    )
    return Estimates(items=items, headline_term=_headline(items), notices=notices + open_quantiles(opened))


def _headline(items: Sequence[Estimate]) -> str:
    return next((one.term for one in items if one.term.endswith("0.5")), items[0].term)


def _quantiles(
    design: Sampling, values: Floats, domain: Domain, probabilities: Sequence[float], wanted: _Wanted
) -> Iterator[Estimate]:
    y, w = values[domain.rows], design.weights[domain.rows]
    for probability in probabilities:
        found = weighted_quantile(y, w, probability, rule=wanted.rule)
        shares = _woodruff(design, values <= found, domain, wanted)
        limits = [
            one if isinstance(one, Unavailable) else weighted_quantile(y, w, one, rule=wanted.rule) for one in shares
        ]
        yield _estimate(
            f"{domain.name}: {probability:g}" if domain.name else f"{probability:g}",
            found, limits, df=design.df(domain.rows), rows=len(y), wanted=wanted,
        )  # fmt: skip


def _woodruff(design: Sampling, below: NDArray[np.bool_], domain: Domain, wanted: _Wanted) -> list[Number]:
    """Limits of the share at or below a quantile; unavailable where they leave 0 and 1."""

    def statistic(weights: Floats) -> list[Linearised]:
        return [mean_of(below[:, None].astype(np.float64), weights, rows=domain.rows, terms=("below",))]

    share = float(statistic(design.weights)[0].values[0])
    std_error = float(np.sqrt(max(design.covariance_of(statistic)[0, 0], 0.0)))
    none = Unavailable("survey_quantile_open")
    df = design.df(domain.rows)
    if df < 1:
        return [Unavailable("no_standard_error")] * 2
    limits = share_limits(
        min(max(share, 0.0), 1.0), std_error, interval=wanted.interval, n=int(domain.rows.sum()), df=df,
        conf_level=wanted.conf_level,
    )  # fmt: skip
    return [none, none] if isinstance(limits, Unavailable) else [one if 0.0 <= one <= 1.0 else none for one in limits]


def _estimate(term: str, found: float, limits: Sequence[Number], *, df: float, rows: int, wanted: _Wanted) -> Estimate:
    low, high = limits
    std_error: Number = Unavailable("survey_quantile_open")
    if not isinstance(low, Unavailable) and not isinstance(high, Unavailable):
        std_error = (high - low) / (2.0 * quantile(0.5 + wanted.conf_level / 2, df))
    return Estimate(
        term=term, estimate=found, std_error=std_error, df=float(df) if df > 0 else Unavailable("no_standard_error"),
        p_value=Unavailable("survey_no_quantile_null"), conf_low=low, conf_high=high, conf_level=wanted.conf_level, n=rows,
        estimand="quantile", method="survey.quantiles",
    )  # fmt: skip
