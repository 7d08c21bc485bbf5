"""Means, totals, proportions and ratios of a sample, with linearised standard errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit, logit

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.stats.inference import quantile, t_estimate
from ebpm.survey.checks import few_units, unequal_weights
from ebpm.survey.codes import written
from ebpm.survey.linear import Linearised, Rows, mean_of, ratio_of, total_of
from ebpm.survey.raking import Raked
from ebpm.survey.sampling import Sampling, sampling

INTERVALS = ("t", "logit")


def mean(
    data: Any,
    outcome: str,
    *,
    weights: str | Raked | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    by: str | None = None,
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the mean of a number, or the share of each code, in the population that a sample was drawn from.

    Parameters
    ----------
    data : one row a respondent.
    outcome : column; of labels, each code ("unknown" too) is a term of its own.
    weights : column of design weights, or the result of `rake`.
    strata : column of strata.
    cluster : column of primary sampling units.
    population : column with the number of sampling units in the stratum; gives the finite population correction,
        and the weights where none are named.
    by : column of domains; each is estimated within the full design.
    interval : "t", or "logit" for shares.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, incomplete or not numeric.
    DesignError : if a stratum holds one sampling unit, or a logit interval is asked for a number that is no share.

    The estimate is sum(w y) / sum(w). Its variance is that of the total of z = (y - ybar) / sum(w) over primary units within strata,
    with df = units - strata (those that hold rows of the domain). After raking, z is replaced by its residual on the margins.

    Assumptions: units drawn independently between strata and with replacement in them (or without, with `population`);
    everybody drawn answered, or answers depend on nothing but the margins.

    Source: Sarndal, Swensson and Wretman (1992), chapter 5; Deville and Sarndal (1992), JASA 87(418), section 3.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0], "ward": ["a", "a", "b", "b"], "w": [1.0, 1.0, 2.0, 2.0]})
    >>> print(survey.mean(data, "y", weights="w", strata="ward").headline.estimate)
    3.5
    """
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population)
    names, columns = _answers(frame, outcome)
    estimand = "mean" if names == (outcome,) else "proportion"
    parts = [
        mean_of(columns, design.weights, rows=rows, terms=_terms(domain, names)) for domain, rows in _domains(frame, by)
    ]
    return _estimates(
        design, parts, one_of(interval, INTERVALS, "interval"), conf_level, estimand, clustered=cluster is not None
    )


def proportion(
    data: Any,
    outcome: str,
    *,
    weights: str | Raked | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    by: str | None = None,
    interval: str = "logit",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the share of each code of a column, numeric codes too, with logit intervals that stay between 0 and 1.

    Parameters
    ----------
    data, outcome, weights, strata, cluster, population, by, conf_level : as in `mean`.
    interval : "logit", or "t".

    Raises
    ------
    DataError, DesignError : as `mean`.

    The logit interval is expit(logit(p) +- t se / (p (1 - p))).

    Source: Korn and Graubard (1999), Analysis of Health Surveys, section 2.6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> shares = survey.proportion(pd.DataFrame({"insured": [1, 0, 9, 1]}), "insured")
    >>> shares.terms, shares["1"].estimate
    (('0', '1', '9'), 0.5)
    """
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population)
    names, columns = _shares(frame, outcome)
    parts = [
        mean_of(columns, design.weights, rows=rows, terms=_terms(domain, names)) for domain, rows in _domains(frame, by)
    ]
    return _estimates(
        design, parts, one_of(interval, INTERVALS, "interval"), conf_level, "proportion", clustered=cluster is not None
    )


def total(
    data: Any,
    outcome: str,
    *,
    weights: str | Raked | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    by: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Return the total of a number, or the number of units with each code, in the population.

    Parameters
    ----------
    data, outcome, weights, strata, cluster, population, by, conf_level : as in `mean`; without weights and
        population the total is that of the sample.

    Raises
    ------
    DataError, DesignError : as `mean`; DesignError if weights were raked to shares alone.

    The estimate is sum(w y), z = y.

    Source: Sarndal, Swensson and Wretman (1992), section 3.7.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"pupils": [100.0, 300.0], "schools": [10, 10]})
    >>> survey.total(data, "pupils", population="schools").headline.estimate
    2000.0
    """
    if isinstance(weights, Raked) and not weights.population:
        raise DesignError("survey_total_of_shares", outcome=outcome)
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population)
    names, columns = _answers(frame, outcome)
    parts = [
        total_of(columns, design.weights, rows=rows, terms=_terms(domain, names))
        for domain, rows in _domains(frame, by)
    ]
    return _estimates(design, parts, "t", conf_level, "total", clustered=cluster is not None)


def ratio(
    data: Any,
    outcome: str,
    *,
    denominator: str,
    weights: str | Raked | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    population: str | None = None,
    by: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Return the ratio of the totals of two columns.

    Parameters
    ----------
    denominator : column of the lower total.
    data, outcome, weights, strata, cluster, population, by, conf_level : as in `mean`.

    Raises
    ------
    DataError, DesignError : as `mean`; DesignError if the denominator's total is zero.

    The estimate is R = sum(w y) / sum(w x), z = (y - R x) / sum(w x).

    Source: Sarndal, Swensson and Wretman (1992), section 5.6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"insured": [1.0, 3.0], "cyclists": [4.0, 4.0]})
    >>> survey.ratio(data, "insured", denominator="cyclists").headline.estimate
    0.5
    """
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population)
    columns = np.column_stack([frame.numbers(outcome, "outcome"), frame.numbers(denominator, "denominator")])
    name = f"{outcome} / {denominator}"
    parts = [ratio_of(columns, design.weights, rows=rows, term=domain or name) for domain, rows in _domains(frame, by)]
    return _estimates(design, parts, "t", conf_level, "ratio", clustered=cluster is not None)


def _answers(frame: Frame, outcome: str) -> tuple[tuple[str, ...], Floats]:
    frame.values(outcome, "outcome")
    dtype = frame.native[outcome].dtype
    if dtype.is_numeric() or dtype == "Boolean":
        return (outcome,), frame.numbers(outcome, "outcome")[:, None]
    return _shares(frame, outcome)


def _shares(frame: Frame, outcome: str) -> tuple[tuple[str, ...], Floats]:
    answers = frame.codes(outcome, "outcome")
    return tuple(map(written, answers.levels)), np.eye(len(answers))[answers.codes]


def _domains(frame: Frame, by: str | None) -> Iterable[tuple[str, Rows]]:
    if by is None:
        return [("", np.ones(len(frame), dtype=bool))]
    groups = frame.codes(by, "by")
    return [(written(level), groups.codes == code) for code, level in enumerate(groups.levels)]


def _terms(domain: str, names: tuple[str, ...]) -> tuple[str, ...]:
    if not domain:
        return names
    return (domain,) if len(names) == 1 else tuple(f"{domain}: {name}" for name in names)


def _estimates(
    design: Sampling, parts: list[Linearised], interval: str, conf_level: float, estimand: str, *, clustered: bool
) -> Estimates:
    covariance = design.covariance(np.column_stack([part.scores for part in parts]))
    errors = iter(np.sqrt(np.diag(covariance)).tolist())
    method = f"survey.{estimand}" if design.calibration is None else "survey.raked"
    items: list[Estimate] = []
    for part in parts:
        clusters = len(np.unique(design.units[part.rows])) if clustered else 0
        for term, value in zip(part.terms, part.values.tolist(), strict=True):
            one = t_estimate(
                value, next(errors), df=design.df(part.rows), conf_level=conf_level, term=term,
                n=int(part.rows.sum()), clusters=clusters, estimand=estimand, method=method,
            )  # fmt: skip
            items.append(_logit(one) if interval == "logit" else one)
    notices = unequal_weights(design.weights) + few_units(design.df())
    return Estimates(items=tuple(items), headline_term=items[0].term, covariance=covariance, notices=notices)


def _logit(one: Estimate) -> Estimate:
    share, no_null = one.estimate, Unavailable("survey_no_zero_null")
    if not 0.0 <= share <= 1.0:
        raise DesignError("survey_logit_outside", term=one.term, value=f"{share:.6g}")
    if isinstance(one.std_error, Unavailable) or isinstance(one.df, Unavailable):
        return one
    if share in {0.0, 1.0}:
        edge = Unavailable("survey_logit_edge")
        return replace(one, p_value=no_null, conf_low=edge, conf_high=edge)
    half = quantile(0.5 + one.conf_level / 2, one.df) * one.std_error / (share * (1.0 - share))
    low, high = expit(logit(share) + np.array([-half, half])).tolist()
    return replace(one, p_value=no_null, conf_low=low, conf_high=high)
