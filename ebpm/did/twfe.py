"""Two-way fixed effects: a regression with an effect for every unit and every period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.regression_checks import Clusters, check_clusters, check_weights
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Codes, Floats, Frame, Ints, one_of
from ebpm.moments.two_way import TwoWay
from ebpm.notices import Notices
from ebpm.stats.covariance import clustered
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import t_estimate
from ebpm.stats.least_squares import least_squares, solve

ABSORBED = 1e-18


def twfe(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str | Sequence[str],
    cluster: str | None = None,
    errors: str = "CR1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Regress the outcome on treatments with unit and period effects, both taken out exactly; gaps are allowed.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period.
    outcome : column of numbers.
    unit, time : columns.
    treatment : one or several columns of numbers (with their lags, leads or covariates).
    cluster : column that units are nested in; the unit itself where None.
    errors : "CR1": clustered, times G/(G-1) (n-1)/(n-K) with K the regressors and the period effects, constant included,
        while unit effects are not counted as they are nested in the clusters; G - 1 degrees of freedom. "CR2": bias-reduced,
        with Satterthwaite's degrees of freedom; not with `weights`. "classical": one variance, RSS / df with
        df = n - regressors - all unit and period effects.
    weights : column of positive analytical weights.
    conf_level : level of the intervals.

    Returns
    -------
    One estimate a treatment column, the first of them the headline.

    Raises
    ------
    DataError : a unit and period twice; a unit in several clusters; an unknown `errors`.
    DesignError : a treatment that does not vary beyond unit and period effects, or is collinear with others.

    Formula: b = (X'WX)^-1 X'Wy with X and y less their unit and period effects.

    Assumptions: parallel trends; the effect is the same for all and at all times. Where adoption is staggered and
    effects are not alike some of them enter with a negative weight (notice D214): use `did.att_gt`.

    Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 10.5; Pustejovsky and Tipton (2018), JBES 36(4);
    de Chaisemartin and D'Haultfoeuille (2020), American Economic Review 110(9).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 2, 4, 0, 5, 3, 7], "id": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4, "d": [0, 0, 0, 0, 0, 1, 0, 1]}
    >>> round(did.twfe(pd.DataFrame(rows), "y", unit="id", time="t", treatment="d").headline.estimate, 12)
    3.0
    """
    frame = Frame.of(data)
    names = (treatment,) if isinstance(treatment, str) else tuple(treatment)
    units, periods = frame.codes(unit, "unit"), frame.codes(time, "time")
    kind = one_of(errors, tuple(_FITS), "errors")
    refuse_duplicates(units, periods)
    mass = np.ones(len(frame)) if weights is None else frame.weights(weights)
    _refuse_conflict(kind, cluster, weights)
    raw = np.column_stack([frame.matrix(names, "treatment"), frame.numbers(outcome, "outcome")])
    groups = units if cluster is None else frame.codes(cluster, "cluster")
    refuse_unnested(units, groups, cluster or unit)
    absorbed = _Absorbed.of(raw, TwoWay(units.codes, periods.codes, mass), groups.codes, names)
    coefficients, covariance, df = _FITS[kind](absorbed)
    items = tuple(
        t_estimate(
            float(coefficients[j]), float(np.sqrt(covariance[j, j])), df=float(df[j]), conf_level=conf_level, term=name,
            n=len(frame), clusters=0 if kind == "classical" else len(groups), estimand="twfe_effect", method="did.twfe",
        )
        for j, name in enumerate(names)
    )  # fmt: skip
    return Estimates(
        items=items, headline_term=names[0], covariance=covariance, notices=_notices(absorbed, clustered=kind != "classical")
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Absorbed:
    """A regression whose unit and period effects have been taken out.

    Parameters
    ----------
    raw : regressors and the outcome last, shape (n, k + 1).
    left : the same less unit and period effects.
    rank : of the period effects beside those of the units.
    layout : unit, period and weight of each row.
    clusters : shape (n,).
    names : of the k regressors.
    """

    raw: Floats
    left: Floats
    rank: int
    layout: TwoWay
    clusters: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, raw: Floats, layout: TwoWay, clusters: Ints, names: tuple[str, ...]) -> _Absorbed:
        left, rank = layout.residuals(raw)
        for j, name in enumerate(names):
            if (left[:, j] ** 2).sum() <= ABSORBED * (raw[:, j] ** 2).sum():
                raise DesignError("did_absorbed", column=name)
        return cls(raw, left, rank, layout, clusters, names)

    def solved(self) -> tuple[Floats, Floats, Floats]:
        """Return coefficients (k,), bread (k, k) and weighted residuals (n,)."""
        X, y, mass = self.left[:, :-1], self.left[:, -1], self.layout.weights
        solution = solve(X.T @ (mass[:, None] * X), X.T @ (mass * y), names=self.names)
        return solution.coefficients, solution.bread, mass * (y - X @ solution.coefficients)

    def spare(self, columns: int) -> int:
        """Return the rows less so many columns."""
        n = len(self.raw)
        if n <= columns:
            raise DesignError("stats_too_few_rows", rows=n, columns=columns)
        return n - columns


_Fitted = tuple[Floats, Floats, Floats]


def _classical(absorbed: _Absorbed) -> _Fitted:
    coefficients, bread, residuals = absorbed.solved()
    df = absorbed.spare(len(coefficients) + absorbed.rank + int(absorbed.layout.unit.max()) + 1)
    variance = (residuals**2 / absorbed.layout.weights).sum() / df
    return coefficients, variance * bread, np.full(len(coefficients), float(df))


def _clustered(absorbed: _Absorbed) -> _Fitted:
    coefficients, bread, residuals = absorbed.solved()
    groups, n = int(absorbed.clusters.max()) + 1, len(residuals)
    if groups < 2:
        raise DesignError("stats_one_cluster", clusters=groups)
    scores = group_sums(absorbed.left[:, :-1] * residuals[:, None], absorbed.clusters, groups=groups) @ bread
    scale = groups / (groups - 1) * (n - 1) / absorbed.spare(len(coefficients) + absorbed.rank + 1)
    return coefficients, scale * scores.T @ scores, np.full(len(coefficients), groups - 1.0)


def _bias_reduced(absorbed: _Absorbed) -> _Fitted:
    # Unit effects nested in clusters are absorbed without changing CR2: Pustejovsky and Tipton (2018), theorem 2.
    layout, k = absorbed.layout, len(absorbed.names)
    periods = np.arange(1, int(layout.period.max()) + 1)
    dummies = (layout.period[:, None] == periods).astype(np.float64)
    within = layout.within_units(np.column_stack([absorbed.raw, dummies]))
    names = (*absorbed.names, *(f"period {one}" for one in periods))
    fit = least_squares(np.delete(within, k, axis=1), within[:, k], names=names)
    covariance = clustered(fit, absorbed.clusters, kind="CR2", contrasts=np.eye(k, k + len(periods)))
    return fit.coefficients[:k], covariance.matrix, covariance.df


_FITS: dict[str, Callable[[_Absorbed], _Fitted]] = {"CR1": _clustered, "CR2": _bias_reduced, "classical": _classical}


def _refuse_conflict(kind: str, cluster: str | None, weights: str | None) -> None:
    if kind == "CR2" and weights is not None:
        raise DataError("did_errors_conflict", errors=kind, argument="weights")
    if kind == "classical" and cluster is not None:
        raise DataError("did_errors_conflict", errors=kind, argument="cluster")


def refuse_duplicates(units: Codes, periods: Codes) -> None:
    """Refuse a unit that has several rows in one period."""
    counts = np.bincount(units.codes * len(periods) + periods.codes)
    twice = np.flatnonzero(counts > 1)
    if len(twice):
        unit, period = divmod(int(twice[0]), len(periods))
        raise DataError(
            "panel_duplicates",
            count=len(twice),
            unit=units.levels[unit],
            period=periods.levels[period],
            rows=int(counts[twice[0]]),
        )


def refuse_unnested(units: Codes, clusters: Codes, column: str) -> None:
    """Refuse units that belong to several clusters."""
    of_unit = np.empty(len(units), dtype=np.int64)
    of_unit[units.codes] = clusters.codes
    broken = np.unique(units.codes[clusters.codes != of_unit[units.codes]])
    if len(broken):
        raise DataError("did_units_not_nested", column=column, count=len(broken), unit=units.levels[broken[0]])


def _notices(absorbed: _Absorbed, *, clustered: bool) -> Notices:
    treated = absorbed.raw[:, 0]
    if not np.isin(treated, (0.0, 1.0)).all():
        return Notices()
    found = check_clusters(Clusters.of(absorbed.clusters, treated > 0)) if clustered else Notices()
    if len(absorbed.names) > 1:
        return found
    return found + check_weights((absorbed.layout.weights * absorbed.left[:, 0])[treated > 0])
