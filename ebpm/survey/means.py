"""Means, totals, proportions and ratios of a sample, with linearised standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.naming import named_columns
from ebpm.survey.codes import numeric
from ebpm.survey.design.sampling import Weights, sampling
from ebpm.survey.design.stages import LONELY, Columns
from ebpm.survey.estimation import Where, asked, domain_means, domain_totals, estimates
from ebpm.survey.intervals import INTERVALS
from ebpm.survey.linear import Linearised, ratio_of
from ebpm.survey.question import Question, mean_form, ratio_form, total_form
from ebpm.survey.summed import summed_estimates
from ebpm.survey.weighting.raking import Raked


def mean(
    data: Any,
    outcome: str | Sequence[str],
    *,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    by: str | None = None,
    where: Where | None = None,
    missing: str = "error",
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the mean of a number, or the share of each code, in the population that a sample was drawn from.

    Parameters
    ----------
    data : one row a respondent. A lazy table, a path to Parquet files or `moments.scan` is summed where it lies, with a design in
        one stage; the numbers are the same.
    outcome : column, or several; of labels, each code ("unknown" too) is a term of its own.
    weights : column of design weights, or the result of `rake`, `post_stratify`, `calibrate` or `replicates`.
    strata : column of strata; of a sample in stages, a column a stage.
    cluster : column of primary sampling units; of a sample in stages, a column a stage (rows are the units of a stage without one).
    population : column with the number of sampling units in the stratum, or a column a stage; gives the finite population
        correction, and the weights where none are named.
    lonely : how a stratum with one sampling unit counts: "error"; "certainty", as if all of it had been drawn; "adjust", by its
        distance from the middle of the sample; "average", as the other strata do on average.
    by : column of domains; each is estimated within the full design.
    where : column -> value (or list of values): the domain that is estimated, within the full design.
    missing : "error", or "domain", which leaves rows without an answer out of the domain and says so.
    interval : "t", or, for shares, "logit", "korn_graubard" or "arcsine".
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, incomplete or not numeric.
    DesignError : if a stratum holds one sampling unit, or a logit interval is asked for a number that is no share.

    The estimate is sum(w y) / sum(w). Its variance is that of the total of z = (y - ybar) / sum(w) over primary units within strata,
    with df = units - strata (those that hold rows of the domain); with several stages the variance within units is added, times the
    share of units drawn. After raking or calibration, z is replaced by its residual on what was calibrated to.

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
    asked_for = Question(
        outcomes=named_columns(outcome, "outcome"), labels=False, by=by, where=where, missing=missing,
        weights=weights, strata=strata, cluster=cluster, population=population, lonely=one_of(lonely, LONELY, "lonely"),
    )  # fmt: skip
    found = summed_estimates(
        data, asked_for, mean_form, estimand="mean", interval=one_of(interval, INTERVALS, "interval"), conf_level=conf_level
    )  # fmt: skip
    if found is not None:
        return found
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, outcome, drawn=design.drawn, by=by, where=where, missing=missing, labels=False)
    estimand = "proportion" if _of_labels(frame, outcome) else "mean"
    return estimates(
        design, lambda weights: domain_means(what, weights), estimand=estimand, conf_level=conf_level, notices=what.notices,
        clustered=cluster is not None, interval=one_of(interval, INTERVALS, "interval"),
    )  # fmt: skip


def proportion(
    data: Any,
    outcome: str | Sequence[str],
    *,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    by: str | None = None,
    where: Where | None = None,
    missing: str = "error",
    interval: str = "logit",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the share of each code of a column, numeric codes too, with logit intervals that stay between 0 and 1.

    Parameters
    ----------
    data, outcome, weights, strata, cluster, population, lonely, by, where, missing, conf_level : as in `mean`.
    interval : "logit", "korn_graubard" (Clopper-Pearson of the effective sample size), "arcsine" or "t".

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
    asked_for = Question(
        outcomes=named_columns(outcome, "outcome"), labels=True, by=by, where=where, missing=missing,
        weights=weights, strata=strata, cluster=cluster, population=population, lonely=one_of(lonely, LONELY, "lonely"),
    )  # fmt: skip
    found = summed_estimates(
        data, asked_for, mean_form, estimand="proportion", interval=one_of(interval, INTERVALS, "interval"), conf_level=conf_level
    )  # fmt: skip
    if found is not None:
        return found
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, outcome, drawn=design.drawn, by=by, where=where, missing=missing, labels=True)
    return estimates(
        design, lambda weights: domain_means(what, weights), estimand="proportion", conf_level=conf_level, notices=what.notices,
        clustered=cluster is not None, interval=one_of(interval, INTERVALS, "interval"),
    )  # fmt: skip


def total(
    data: Any,
    outcome: str | Sequence[str],
    *,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    by: str | None = None,
    where: Where | None = None,
    missing: str = "error",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the total of a number, or the number of units with each code, in the population.

    Parameters
    ----------
    data, outcome, weights, strata, cluster, population, lonely, by, where, missing, conf_level : as in `mean`; without weights and
        population the total is that of the sample.

    Raises
    ------
    DataError, DesignError : as `mean`; DesignError if weights were raked to shares alone.

    The estimate is sum(w y), z = y.

    Assumptions: those of `mean`; the weights add up to the population.

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
    asked_for = Question(
        outcomes=named_columns(outcome, "outcome"), labels=False, by=by, where=where, missing=missing,
        weights=weights, strata=strata, cluster=cluster, population=population, lonely=one_of(lonely, LONELY, "lonely"),
    )  # fmt: skip
    found = summed_estimates(data, asked_for, total_form, estimand="total", interval="t", conf_level=conf_level)
    if found is not None:
        return found
    frame = Frame.of(data)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, outcome, drawn=design.drawn, by=by, where=where, missing=missing, labels=False)
    return estimates(
        design, lambda weights: domain_totals(what, weights), estimand="total", conf_level=conf_level,
        clustered=cluster is not None, notices=what.notices,
    )  # fmt: skip


def ratio(
    data: Any,
    outcome: str,
    *,
    denominator: str,
    weights: Weights = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    lonely: str = "error",
    by: str | None = None,
    where: Where | None = None,
    missing: str = "error",
    conf_level: float = 0.95,
) -> Estimates:
    """Return the ratio of the totals of two columns.

    Parameters
    ----------
    denominator : column of the lower total.
    data, outcome, weights, strata, cluster, population, lonely, by, where, missing, conf_level : as in `mean`.

    Raises
    ------
    DataError, DesignError : as `mean`; DataError if a column is not numeric, DesignError if the denominator's total is zero.

    The estimate is R = sum(w y) / sum(w x), z = (y - R x) / sum(w x).

    Assumptions: those of `mean`; so many units that the ratio is nearly linear in the totals.

    Source: Sarndal, Swensson and Wretman (1992), section 5.6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"insured": [1.0, 3.0], "cyclists": [4.0, 4.0]})
    >>> survey.ratio(data, "insured", denominator="cyclists").headline.estimate
    0.5
    """
    asked_for = Question(
        outcomes=(outcome, denominator), labels=False, by=by, where=where, missing=missing,
        weights=weights, strata=strata, cluster=cluster, population=population, lonely=one_of(lonely, LONELY, "lonely"),
    )  # fmt: skip
    found = summed_estimates(
        data, asked_for, ratio_form, estimand="ratio", interval="t", conf_level=conf_level, names=(f"{outcome} / {denominator}",)
    )  # fmt: skip
    if found is not None:
        return found
    frame = Frame.of(data)
    for column, argument in ((outcome, "outcome"), (denominator, "denominator")):
        values = frame.values(column, argument)
        if not numeric(frame, column):
            raise DataError("not_numeric", column=column, argument=argument, value=values[0], row=1)
    design = sampling(frame, weights=weights, strata=strata, cluster=cluster, population=population, lonely=lonely)
    what = asked(frame, (outcome, denominator), drawn=design.drawn, by=by, where=where, missing=missing, labels=False)
    name = f"{outcome} / {denominator}"

    def statistic(weights: Floats) -> list[Linearised]:
        return [ratio_of(what.columns, weights, rows=one.rows, term=one.name or name) for one in what.domains]

    return estimates(
        design, statistic, estimand="ratio", conf_level=conf_level, clustered=cluster is not None, notices=what.notices
    )


def _of_labels(frame: Frame, outcome: str | Sequence[str]) -> bool:
    return not any(numeric(frame, column) for column in ([outcome] if isinstance(outcome, str) else outcome))
