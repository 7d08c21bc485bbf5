"""Two-way fixed effects: a regression with an effect for every unit and every period, and for further factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.absorbed import FITS, LEVERED, UNCLUSTERED, Absorbed, Fitted
from ebpm.did.constant_outcome import refuse_constant_rows
from ebpm.did.pushed_twfe import Asked, twfe_where_it_lies
from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters, check_weights, refuse_outcome_among
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import EVERY, Codes, Floats, Frame, Ints, one_of
from ebpm.moments.grid import Grid
from ebpm.moments.naming import named_columns, some_columns
from ebpm.moments.two_way import MemoryOrder, TwoWay
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate

WHOLE = (*CORRECTED, *LEVERED)


def twfe(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatment: str | Sequence[str],
    covariates: Sequence[str] = (),
    fixed_effects: Sequence[str] = (),
    cluster: str | Sequence[str] | None = None,
    errors: str = "CR1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Regress the outcome on treatments with unit and period effects, all taken out exactly; gaps are allowed.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period. A lazy table, a path to Parquet files or `moments.scan` is
        summed where it lies, up to 62 periods, without `fixed_effects` and `weights`; other than one treatment of 0 and 1, "CR2" and
        "CR3" are of clusters few enough to be kept apart. The numbers are the same.
    outcome : column of numbers.
    unit, time : columns.
    treatment : one or several columns of numbers (with their lags and leads).
    covariates : columns of numbers that are held constant but not reported.
    fixed_effects : columns of labels with effects of their own beside unit and period (region and year in one column).
    cluster : column that units are nested in, the unit itself where None; or two columns, within each of which rows may depend,
        one of which may be the period.
    errors : "CR1": clustered, times G/(G-1) (n-1)/(n-K) with G - 1 degrees of freedom. K counts regressors, constant, and the rank
        that the effects of periods and further factors add to those of the units, less factors that are nested in clusters. With two
        clusterings G is the smaller number. "CR0": no factor; "CR1S": K counts all effects, as in Stata's areg. "CR2" (bias-reduced) and
        "CR3" (jackknife), with Satterthwaite's degrees of freedom; one clustering, no `weights`. Of rows that are independent, with
        df = n - regressors - rank of all effects: "classical", one variance RSS / df; "HC0"; "HC1", times n / df; "HC2", "HC3", by the
        leverage of each row in regressors and effects.
    weights : column of positive analytical weights.
    conf_level : level of the intervals.

    Returns
    -------
    One estimate a treatment column, the first of them the headline.

    Raises
    ------
    DataError : a unit and period twice; a unit in several clusters; more than two clusterings; an unknown `errors`.
    DesignError : an outcome that never varies; a treatment that does not vary beyond the effects, or is collinear with others; a single
        cluster; a single period; more than 100 million pairs of a unit and a level of `fixed_effects`.

    Formula: b = (X'WX)^-1 X'Wy with X and y less their effects. Two clusterings: V_1 + V_2 - V_12.

    Assumptions: parallel trends; the effect is the same for all and at all times. Where adoption is staggered and
    effects are not alike some of them enter with a negative weight (notice D214): use `did.att_gt`.

    Source: MacKinnon and White (1985), Journal of Econometrics 29(3); Wooldridge (2010), Econometric Analysis, 10.5; Pustejovsky and Tipton (2018), JBES 36(4);
    Cameron, Gelbach and Miller (2011), JBES 29(2); de Chaisemartin and D'Haultfoeuille (2020), American Economic Review 110(9).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 2, 4, 0, 5, 3, 7], "id": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4, "d": [0, 0, 0, 0, 0, 1, 0, 1]}
    >>> round(did.twfe(pd.DataFrame(rows), "y", unit="id", time="t", treatment="d").headline.estimate, 12)
    3.0
    """
    names = some_columns(treatment, "treatment")
    columns = tuple(dict.fromkeys(named_columns(cluster, "cluster"))) or (unit,)
    kind = one_of(errors, tuple(FITS), "errors")
    covariates, fixed_effects = named_columns(covariates, "covariates"), named_columns(fixed_effects, "fixed_effects")
    refuse_outcome_among((*names, *covariates), outcome)
    _refuse_conflict(kind, columns, clustered=cluster is not None, weighted=weights is not None)
    found = twfe_where_it_lies(
        data, outcome, unit=unit, time=time, covariates=covariates,
        asked=Asked(treatments=names, clusters=columns, errors=kind, conf_level=conf_level),
        records={"fixed_effects": len(fixed_effects), "weights": weights},
    )  # fmt: skip
    if found is not None:
        return found
    rows = _Rows.read(
        Frame.of(data), unit, time, clusters=columns, fixed_effects=fixed_effects, weights=weights, whole=kind in WHOLE
    )  # fmt: skip
    raw = rows.stacked(treatments=names, covariates=covariates, outcome=outcome)
    refuse_constant_rows(rows.frame.values(outcome, "outcome"), outcome)
    treated = _treated(raw[:, 0])
    absorbed = Absorbed.of(raw, rows.layout, rows.clusterings, (*names, *covariates), overwrite=kind not in CORRECTED)
    clusters = 0 if kind in UNCLUSTERED else min(int(codes.max()) + 1 for codes in rows.clusterings)
    fitted, notices = FITS[kind](absorbed), _notices(absorbed, treated, kind)
    return _estimates(fitted, names, rows=rows.layout.rows, clusters=clusters, conf_level=conf_level, notices=notices)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table of units and periods, in the order in which its rows are gone through, or as the cells of a grid."""

    frame: Frame
    rows: Ints | slice
    layout: TwoWay | Grid
    clusterings: tuple[Ints, ...]

    @classmethod
    def read(
        cls,
        frame: Frame,
        unit: str,
        time: str,
        *,
        clusters: Sequence[str],
        fixed_effects: Sequence[str],
        weights: str | None,
        whole: bool,
    ) -> _Rows:
        units, periods = frame.codes(unit, "unit"), frame.codes(time, "time")
        refuse_one_period(periods, time)
        seen = refuse_duplicates(units, periods)
        groups = [units if column == unit else frame.codes(column, "cluster") for column in clusters]
        if len(groups) == 1 and groups[0] is not units:
            refuse_unnested(units, groups[0], clusters[0])
        if Grid.suits(seen, len(frame)) and len(groups) == 1 and not (whole or fixed_effects or weights):
            place = units.codes * len(periods) + periods.codes
            return cls(frame, EVERY, Grid(seen, place), (cluster_of_units(units, groups[0]),))
        order = MemoryOrder.of(units.codes, periods.codes, seen)
        own = np.empty(0) if weights is None else frame.weights(weights)[order.rows]
        factors = tuple(frame.codes(column, "fixed_effects").codes[order.rows] for column in fixed_effects)
        clusterings = tuple(order.unit if one is units else one.codes[order.rows] for one in groups)
        return cls(frame, order.rows, TwoWay(order.unit, order.period, own, factors, seen), clusterings)

    def stacked(self, *, treatments: Sequence[str], covariates: Sequence[str], outcome: str) -> Floats:
        """Treatments, covariates and the outcome, shape (n, k + 1)."""
        named = [*((one, "treatment") for one in treatments), *((one, "covariates") for one in covariates)]
        named.append((outcome, "outcome"))
        if isinstance(self.layout, Grid):
            return self.layout.stacked(self.frame, named)
        return self.frame.stacked(named, self.rows)


def _estimates(
    fitted: Fitted, names: Sequence[str], *, rows: int, clusters: int, conf_level: float, notices: Notices
) -> Estimates:
    coefficients, covariance, df = fitted
    items = tuple(
        t_estimate(
            float(coefficients[j]), float(np.sqrt(covariance[j, j])), df=float(df[j]), conf_level=conf_level, term=name,
            n=rows, clusters=clusters, estimand="twfe_effect", method="did.twfe",
        )
        for j, name in enumerate(names)
    )  # fmt: skip
    own = slice(len(names))
    return Estimates(items=items, headline_term=names[0], covariance=covariance[own, own], notices=notices)


def _refuse_conflict(kind: str, columns: Sequence[str], *, clustered: bool, weighted: bool) -> None:
    if kind in CORRECTED and weighted:
        raise DataError("did_errors_conflict", errors=kind, argument="weights")
    if (kind in UNCLUSTERED and clustered) or (kind in CORRECTED and len(columns) > 1) or len(columns) > 2:
        raise DataError("did_errors_conflict", errors=kind, argument=f"cluster={', '.join(columns)}")


def refuse_duplicates(units: Codes, periods: Codes) -> NDArray[np.bool_]:
    """Return which units have a row in which period, shape (U, T); a unit that has several in one period is refused."""
    places = units.codes * len(periods) + periods.codes
    seen = np.zeros(len(units) * len(periods), dtype=np.bool_)
    seen[places] = True
    if np.count_nonzero(seen) == len(places):
        return seen.reshape(len(units), len(periods))
    counts = np.bincount(places)
    twice = np.flatnonzero(counts > 1)
    unit, period = divmod(int(twice[0]), len(periods))
    raise DataError(
        "panel_duplicates",
        count=len(twice),
        unit=units.levels[unit],
        period=periods.levels[period],
        rows=int(counts[twice[0]]),
    )


def refuse_one_period(periods: Codes, column: str) -> None:
    """Refuse a table of a single period, which unit effects leave nothing of."""
    if len(periods) < 2:
        raise DesignError("panel_one_period", column=column, period=periods.levels[0])


def refuse_unnested(units: Codes, clusters: Codes, column: str) -> None:
    """Refuse units that belong to several clusters."""
    of_unit = cluster_of_units(units, clusters)
    broken = np.unique(units.codes[clusters.codes != of_unit[units.codes]])
    if len(broken):
        raise DataError("did_units_not_nested", column=column, count=len(broken), unit=units.levels[broken[0]])


def cluster_of_units(units: Codes, clusters: Codes) -> Ints:
    """Return the code of the cluster of each unit, shape (U,)."""
    of_unit = np.empty(len(units), dtype=np.int64)
    of_unit[units.codes] = clusters.codes
    return of_unit


def _treated(dose: Floats) -> NDArray[np.bool_]:
    """Return which rows are treated, shape (n,), or shape (0,) of a treatment that is not of zeros and ones."""
    treated = dose == 1.0
    return treated if (treated | (dose == 0.0)).all() else np.empty(0, dtype=np.bool_)


def _notices(absorbed: Absorbed, treated: NDArray[np.bool_], kind: str) -> Notices:
    if not len(treated):
        return Notices()
    counted = Clusters.of(absorbed.clusterings[0], absorbed.layout.ever(treated), corrected=kind in CORRECTED)
    found = check_clusters(counted) if kind not in UNCLUSTERED else Notices()
    if len(absorbed.names) > 1:
        return found
    return found + check_weights(absorbed.layout.weighted(absorbed.left[:, 0])[treated])
