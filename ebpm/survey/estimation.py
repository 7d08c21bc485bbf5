"""What the estimators of a survey share: outcomes as columns, domains as rows, values and covariance as estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_columns, some_columns
from ebpm.notices import Notices
from ebpm.stats.given import mapping
from ebpm.stats.inference import rounding, t_estimate
from ebpm.survey.checks import few_units, unequal_weights
from ebpm.survey.codes import among, numeric
from ebpm.survey.design.checks import (
    Share,
    few_units_of_domain,
    left_out,
    lonely_units,
    unequal_units,
    unreliable_shares,
)
from ebpm.survey.design.sampling import Sampling, Statistic
from ebpm.survey.intervals import effective_answers, with_share_interval
from ebpm.survey.linear import Linearised, Rows, mean_of, total_of

Where = Mapping[str, Any]
Columns = tuple[tuple[str, ...], Floats]

MISSING = ("error", "domain")


@dataclass(frozen=True, slots=True)
class Domain:
    """The part of the sample that an estimate is about: its name, empty for everybody, and its rows, shape (n,)."""

    name: str
    rows: Rows

    def terms(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the terms of some statistics in the domain."""
        if not self.name:
            return tuple(names)
        return (self.name,) if len(names) == 1 else tuple(f"{self.name}: {name}" for name in names)


@dataclass(frozen=True, slots=True)
class Asked:
    """Outcomes and the domains that they are asked of.

    Parameters
    ----------
    names : of the k columns.
    columns : shape (n, k); zero outside of the domains, where nothing need be known.
    domains : at least one.
    notices : what was left out.
    """

    names: tuple[str, ...]
    columns: Floats
    domains: tuple[Domain, ...]
    notices: Notices


def asked(
    frame: Frame,
    outcome: str | Sequence[str],
    *,
    drawn: Rows,
    by: str | None,
    where: Where | None,
    missing: str,
    labels: bool,
) -> Asked:
    """Return outcomes as columns, and the domains.

    Parameters
    ----------
    outcome : column, or several.
    drawn : shape (n,), rows with a weight other than zero; of the others nothing need be known.
    by : column of domains.
    where : column -> value, or list of values, that rows of the domain have.
    missing : "error", or "domain": rows without an answer lie outside of the domain.
    labels : whether numbers too count as labels, each a column of its own.

    Raises
    ------
    DataError : if nobody is in the domain.
    """
    outcomes = named_columns(outcome, "outcome")
    rows, notices = drawn & domain_rows(frame, where), Notices()
    if one_of(missing, MISSING, "missing") == "domain":
        known = np.logical_and.reduce([frame.present(column, "outcome") for column in outcomes])
        notices = left_out(", ".join(outcomes), int((rows & ~known).sum()), int(rows.sum()))
        rows = rows & known
    if not rows.any():
        raise DataError("survey_empty_domain", outcome=", ".join(outcomes), rows=len(frame))
    names, columns = _columns(frame, outcomes, rows=rows, labels=labels)
    return Asked(names, columns, _domains(frame, by, rows), notices)


def domain_rows(frame: Frame, where: Where | None) -> Rows:
    """Return the rows whose columns have the wanted values, shape (n,).

    Raises
    ------
    DataError : if a wanted value does not occur.
    """
    rows = np.ones(len(frame), dtype=bool)
    for column, wanted in mapping(where or {}, "where").items():
        values = frame.values(column, "where")
        codes = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Sequence) else list(wanted)
        found = among(values, codes)
        if not found.any():
            raise DataError("survey_no_such_domain", column=column, values=", ".join(map(label_of, codes)))
        rows &= found
    return rows


def _columns(frame: Frame, outcomes: tuple[str, ...], *, rows: Rows, labels: bool) -> Columns:
    known = frame if rows.all() else frame.rows(rows)
    found = [
        _column(known, outcome, alone=len(outcomes) == 1, labels=labels)
        for outcome in some_columns(outcomes, "outcome")
    ]
    columns = np.zeros((len(frame), sum(values.shape[1] for _, values in found)))
    columns[rows] = np.hstack([values for _, values in found])
    return tuple(name for names, _ in found for name in names), columns


def _column(frame: Frame, outcome: str, *, alone: bool, labels: bool) -> Columns:
    frame.values(outcome, "outcome")
    if not labels and numeric(frame, outcome):
        return (outcome,), frame.numbers(outcome, "outcome")[:, None]
    answers = frame.codes(outcome, "outcome")
    names = tuple(label_of(level) if alone else f"{outcome}: {label_of(level)}" for level in answers.levels)
    return names, np.eye(len(answers))[answers.codes]


def _domains(frame: Frame, by: str | None, rows: Rows) -> tuple[Domain, ...]:
    if by is None:
        return (Domain("", rows),)
    groups = frame.codes(by, "by")
    cells = ((label_of(level), rows & (groups.codes == code)) for code, level in enumerate(groups.levels))
    return tuple(Domain(name, cell) for name, cell in cells if cell.any())


def domain_means(what: Asked, weights: Floats) -> list[Linearised]:
    """Return the weighted means of the columns in each domain."""
    return [mean_of(what.columns, weights, rows=one.rows, terms=one.terms(what.names)) for one in what.domains]


def domain_totals(what: Asked, weights: Floats) -> list[Linearised]:
    """Return the weighted totals of the columns in each domain."""
    return [total_of(what.columns, weights, rows=one.rows, terms=one.terms(what.names)) for one in what.domains]


def estimates(
    design: Sampling,
    statistic: Statistic,
    *,
    estimand: str,
    conf_level: float,
    clustered: bool,
    interval: str = "t",
    notices: Notices = Notices(),  # noqa: B008  frozen
) -> Estimates:
    """Return the values of a statistic with their standard errors, intervals and joint covariance.

    Parameters
    ----------
    design : the sampling design.
    statistic : weights -> the values and scores of each domain.
    estimand : glossary term.
    conf_level : level of the intervals.
    clustered : whether to say how many sampling units there are.
    interval : "t", or one of shares.
    notices : what was found before.
    """
    found, covariance = statistic(design.weights), design.covariance_of(statistic)
    parts = [
        Part(
            one.terms, one.values, int(one.rows.sum()), design.df(one.rows),
            len(np.unique(design.units[one.rows])) if clustered else 0,
        )
        for one in found
    ]  # fmt: skip
    told = notices + unequal_weights(design.weights[design.drawn]) + few_units(design.df()) + lonely_units(design)
    if clustered:
        told += unequal_units(design.weight_of_unit, design.stages[0].stratum_of_unit, design.df())
    method = design.method if design.method != "survey." else f"survey.{estimand}"
    return assembled(
        parts, covariance, estimand=estimand, method=method, interval=interval, conf_level=conf_level, df=design.df(), notices=told
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Statistics of one domain: terms and values, shape (k,), with its rows, degrees of freedom and, or 0, sampling units."""

    terms: tuple[str, ...]
    values: Floats
    n: int
    df: float
    clusters: int


def assembled(
    parts: Sequence[Part],
    covariance: Floats,
    *,
    estimand: str,
    method: str,
    interval: str,
    conf_level: float,
    df: float,
    notices: Notices,
) -> Estimates:
    """Return the statistics of domains as estimates with intervals, and what is to be said of the domains.

    Parameters
    ----------
    parts : of the domains.
    covariance : of all their statistics.
    estimand, method : entries of the texts.
    interval : "t", or one of shares.
    conf_level : level of the intervals.
    df : of the design.
    notices : on the design.
    """
    errors = iter(np.sqrt(np.maximum(np.diag(covariance), 0.0)).tolist())
    items: list[Estimate] = []
    for part in parts:
        for term, value in zip(part.terms, part.values.tolist(), strict=True):
            one = t_estimate(
                value, next(errors), df=part.df, conf_level=conf_level, term=term, n=part.n, clusters=part.clusters,
                estimand=estimand, method=method, floor=rounding(np.array([value])),
            )  # fmt: skip
            items.append(one if interval == "t" else with_share_interval(one, interval))
    found = notices + few_units_of_domain(df, {part.terms[0]: part.df for part in parts})
    if interval == "korn_graubard":
        found += unreliable_shares([_share(one) for one in items])
    return Estimates(items=tuple(items), headline_term=items[0].term, covariance=covariance, notices=found)


def _share(one: Estimate) -> Share:
    if isinstance(one.std_error, Unavailable) or isinstance(one.df, Unavailable):
        return Share(one.term, 0.0, 0.0, 1.0)
    low, high = one.conf_low, one.conf_high
    answers = effective_answers(one.estimate, one.std_error, n=one.n, df=one.df, conf_level=one.conf_level)
    width = 1.0 if isinstance(low, Unavailable) or isinstance(high, Unavailable) else high - low
    return Share(one.term, one.estimate, answers, width)
