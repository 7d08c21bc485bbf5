"""Counts and other outcomes of zero or more: Poisson pseudo maximum likelihood with unit and period effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.absorbed import ABSORBED
from ebpm.did.constant_outcome import refuse_constant_rows
from ebpm.did.pushed_poisson import CLUSTERED, ERRORS, Fitted, poisson_where_it_lies, scaled
from ebpm.did.regression_checks import Amounts, Clusters, check_amounts, check_clusters, refuse_outcome_among
from ebpm.did.twfe import refuse_duplicates, refuse_one_period, refuse_unnested
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Floats, Frame, Ints, one_of
from ebpm.moments.naming import named_column, some_columns
from ebpm.moments.scans.units.counts import CountRequest
from ebpm.moments.two_way import TwoWay
from ebpm.notices import Notices
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import rounding, t_estimate
from ebpm.stats.regression.least_squares import solve
from ebpm.texts import LANGUAGES, label

MOST_STEPS = 60
TOLERANCE = 1e-11
SLACK = 1e-9


def poisson(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str | Sequence[str],
    exposure: str | None = None,
    cluster: str | None = None,
    errors: str = "CR1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Regress an outcome of zero or more on treatments, as a proportional effect, with unit and period effects.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods. Or one that stays where it is
        (`moments.scan`): beyond its budget of memory it is summed once for each of Newton's steps.
    outcome : column of numbers of zero or more: counts, amounts, rates. Zeros stay; no logarithm is taken of them.
    unit, time : columns.
    treatment : one or several columns of numbers.
    exposure : column of positive numbers (population, person-days); its logarithm is added to the linear predictor.
    cluster : column that units are nested in; the unit itself where None.
    errors : "CR1" by cluster, or "CR0" without its factor. Of rows that are independent: "HC0"; "HC1", times n / (n - K); and, only if the
        variance is the mean, "classical", (X'MX)^-1 (n-1)/(n-K); K counts all effects.
    weights : column of positive analytical weights.
    conf_level : level of the intervals.

    Returns
    -------
    One estimate a treatment column, the first of them the headline, in log points: exp(b) - 1 is the proportional change of the mean.

    Raises
    ------
    DataError : a unit and period twice, a unit in several clusters, an unknown `errors` or one that does not go with `cluster`.
    DesignError : a single period, a negative outcome, all zeros, one that never varies, a treatment that does not vary beyond the effects or is collinear
        with others, separation (some combination of treatments and effects is met by zeros alone, so that no finite maximum exists).

    Formula: sum of w_it x_it (y_it - m_it) = 0 with m_it = e_it exp(a_i + b_t + x_it'b); covariance (X'MX)^-1 S (X'MX)^-1 times
    G/(G-1) (n-1)/(n-K), X less its effects under the weights m, S the products of scores by cluster, K the treatments and the period effects with
    the constant; unit effects are nested in the clusters and do not count. Normal reference. Units and periods whose outcomes are all
    zero tell nothing and are left out (notice D217).

    Assumptions: parallel trends of the logarithm of the mean, the same proportional effect for all, clusters independent. The variance need not be
    that of a Poisson distribution. Where adoption is staggered and effects differ, the coefficient is an average as in `did.twfe`.

    Source: Gourieroux, Monfort and Trognon (1984), Econometrica 52(3); Santos Silva and Tenreyro (2006), Review of Economics and
    Statistics 88(4); Correia, Guimaraes and Zylkin (2020), Stata Journal 20(1), and (2019), arXiv 1903.01633, on separation.

    Examples
    --------
    >>> import math
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 2, 4, 1, 4, 3, 12], "id": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4, "d": [0, 0, 0, 0, 0, 1, 0, 1]}
    >>> found = did.poisson(pd.DataFrame(rows), "y", unit="id", time="t", treatment="d")
    >>> round(math.exp(found.headline.estimate), 9)
    2.0
    """
    names = some_columns(treatment, "treatment")
    kind = one_of(errors, ERRORS, "errors")
    refuse_outcome_among(names, outcome)
    if kind not in CLUSTERED and cluster is not None:
        raise DataError("did_errors_conflict", errors=kind, argument=f"cluster={cluster}")
    request = CountRequest(
        outcome=outcome, unit=unit, time=time, regressors=names, exposure=exposure or "", weights=weights or "",
        cluster="" if cluster in (None, unit) else named_column(cluster, "cluster"),
    )  # fmt: skip
    fitted = poisson_where_it_lies(data, request, kind) or _in_memory(Frame.of(data), request, kind)
    items = tuple(
        t_estimate(
            float(fitted.coefficients[j]), float(np.sqrt(fitted.covariance[j, j])), conf_level=conf_level, term=name, n=fitted.rows,
            clusters=fitted.clusters, estimand="log_ratio", method="did.poisson",
        )
        for j, name in enumerate(names)
    )  # fmt: skip
    found = Estimates(items=items, headline_term=names[0], covariance=fitted.covariance, notices=fitted.notices)
    return found.in_unit({lang: label("did_log_points", lang) for lang in LANGUAGES})


def _in_memory(frame: Frame, request: CountRequest, errors: str) -> Fitted:
    """Return the fit of a table in memory."""
    outcome, unit, time, names = request.outcome, request.unit, request.time, request.regressors
    units, periods = frame.codes(unit, "unit"), frame.codes(time, "time")
    refuse_one_period(periods, time)
    refuse_duplicates(units, periods)
    y = frame.numbers(outcome, "outcome")
    rows = _told(y, units, periods)
    refuse_constant_rows(y, outcome)
    groups = _groups(frame, units, unit, request.cluster or None, rows)
    mass = frame.weights(request.weights) if request.weights else np.ones(len(y))
    offset = np.log(frame.weights(request.exposure, "exposure")) if request.exposure else np.zeros(len(y))
    codes = units.of_rows(rows).codes, periods.of_rows(rows).codes
    model = _Model(y[rows], frame.matrix(names, "treatment")[rows], offset[rows], mass[rows], *codes, names)
    coefficients, covariance = _fit(model, groups.codes, errors)
    left_out = Amounts(len(y) - len(rows), len(units) - int(model.unit.max()) - 1, model.largest_share())
    notices, apart = check_amounts(left_out), errors not in CLUSTERED
    if not apart:
        notices += _cluster_notices(model, groups.codes)
    return Fitted(coefficients, covariance, len(rows), 0 if apart else len(groups), notices)


def _groups(frame: Frame, units: Codes, unit: str, cluster: str | None, rows: Ints) -> Codes:
    """Return the clusters of some rows; units in several clusters, and a single cluster, are refused."""
    clusters = units if cluster is None else frame.codes(cluster, "cluster")
    refuse_unnested(units, clusters, cluster or unit)
    groups = clusters.of_rows(rows)
    if len(groups) < 2:
        raise DesignError("stats_one_cluster", clusters=len(groups))
    return groups


def _cluster_notices(model: _Model, clusters: Ints) -> Notices:
    first = model.X[:, 0]
    return check_clusters(Clusters.of(clusters, first > 0)) if np.isin(first, (0.0, 1.0)).all() else Notices()


@dataclass(frozen=True, slots=True)
class _Model:
    """Rows of a Poisson regression with unit and period effects.

    Parameters
    ----------
    y : outcomes, shape (n,).
    X : treatments, shape (n, k).
    offset : shape (n,).
    mass : analytical weights, shape (n,).
    unit, period : codes, shape (n,).
    names : of the k treatments.
    """

    y: Floats
    X: Floats
    offset: Floats
    mass: Floats
    unit: Ints
    period: Ints
    names: tuple[str, ...]

    def largest_share(self) -> float:
        """Return the share of one unit in the sum of the outcomes of rows whose first treatment is above zero."""
        sums = np.bincount(self.unit, self.y * (self.X[:, 0] > 0))
        return float(sums.max() / sums.sum()) if sums.sum() > 0 else 0.0


def _told(y: Floats, units: Codes, periods: Codes) -> Ints:
    """Return the rows of units and periods that have an outcome above zero, in the order of units and periods."""
    if (y < 0).any():
        row = int(np.argmax(y < 0))
        raise DesignError("glm_negative_count", row=row + 1, value=float(y[row]))
    if not y.any():
        raise DesignError("glm_constant_outcome", value=0.0, rows=len(y))
    above = [np.bincount(codes.codes, y)[codes.codes] > 0 for codes in (units, periods)]
    rows = np.flatnonzero(above[0] & above[1])
    return rows[np.argsort(units.codes[rows] * len(periods) + periods.codes[rows], kind="stable")]


def _fit(model: _Model, groups: Ints, errors: str) -> tuple[Floats, Floats]:
    """Return coefficients and covariance: weighted least squares, again and again, until the linear predictor stays.

    Where no finite maximum exists some rows of zeros fall by about one log point a step for ever.
    """
    eta = np.log(0.5 * (model.y + model.y[model.y > 0].mean()))
    for step in range(MOST_STEPS):
        layout, left, rank = _working(model, eta)
        X = left[:, :-1]
        weighted = X * layout.weights[:, None]
        solution = solve(weighted.T @ X, weighted.T @ left[:, -1], names=model.names)
        previous, change = eta, (model.y / np.exp(eta) - 1.0) - left[:, -1] + X @ solution.coefficients
        eta = _uphill(model, previous, change) if step else previous + change
        if np.abs(eta - previous).max() <= TOLERANCE * (1.0 + np.abs(eta).max()):
            scores = X * _settled(model, eta)[:, None]
            columns = X.shape[1] + rank + (1 if errors in CLUSTERED else layout.units)
            return solution.coefficients, _covariance(scores, solution.bread, groups, errors, columns)
    falling = (model.y == 0) & (eta - previous < -0.5)
    raise DesignError("did_separated", rows=int(falling.sum()), treatment=", ".join(model.names), steps=MOST_STEPS)


def _settled(model: _Model, eta: Floats) -> Floats:
    """Return the errors of the rows, shape (n,), or zeros where they are rounding of the linear predictor, shape (n,)."""
    errors, finest = model.mass * (model.y - np.exp(eta)), rounding(np.append(eta, 1.0))
    return errors if (errors**2).sum() > finest**2 * ((model.mass * model.y) ** 2).sum() else np.zeros_like(errors)


def _covariance(scores: Floats, bread: Floats, groups: Ints, errors: str, columns: int) -> Floats:
    """Return the covariance from the scores of the rows, shape (n, k), K the columns that count."""
    scale = scaled(errors, len(scores), columns, int(groups.max()) + 1)
    if errors == "classical":
        return scale * bread
    influence = (group_sums(scores, groups, groups=int(groups.max()) + 1) if errors in CLUSTERED else scores) @ bread
    return scale * influence.T @ influence


def _working(model: _Model, eta: Floats) -> tuple[TwoWay, Floats, int]:
    """Return the weights of a step, treatments and working outcome less their effects, and the rank of the period effects."""
    mean = np.exp(eta)
    layout = TwoWay(model.unit, model.period, model.mass * mean)
    left, rank = layout.residuals(np.column_stack([model.X, eta - model.offset + model.y / mean - 1.0]))
    for j, name in enumerate(model.names):
        if (left[:, j] ** 2).sum() <= ABSORBED * (model.X[:, j] ** 2).sum():
            raise DesignError("did_absorbed", column=name)
    return layout, left, rank


def _uphill(model: _Model, eta: Floats, change: Floats) -> Floats:
    """Return the next linear predictor: the step is halved while it lowers the likelihood."""

    def loss(at: Floats) -> float:
        with np.errstate(over="ignore"):
            return float(model.mass @ (np.exp(at) - model.y * at))

    least = loss(eta)
    while loss(eta + change) > least + SLACK * (1.0 + abs(least)):
        change = change / 2.0
    return eta + change
