"""Event studies by regression: two-way fixed effects, and the interaction-weighted estimator of Sun and Abraham (2021)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.event_dummies import NO_SLOPES, event_dummies, event_times
from ebpm.did.group_time.checks import Adoption, check_adoption, check_cohorts
from ebpm.did.joint import OVERALL, Leads, Reading
from ebpm.did.regression_checks import Clusters, check_clusters, lone_cohorts, refuse_outcome_among
from ebpm.did.staggered.adopted import cluster_codes, read_varying, refuse_untreated
from ebpm.did.staggered.beside import Beside
from ebpm.did.staggered.pushed_slopes import Adjusting, Slopes, slopes_beside_dummies, slopes_of_clusters
from ebpm.did.staggered.result import Staggered
from ebpm.did.staggered.saturated import cell_slopes, saturated
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.moments.naming import named_columns
from ebpm.moments.panel import PanelRows
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.size import fits
from ebpm.moments.two_way import TwoWay
from ebpm.notices import Notices
from ebpm.stats.given import number
from ebpm.stats.inference import level

METHODS = ("sun_abraham", "twfe")


def event_study(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    method: str = "sun_abraham",
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    reference: int = -1,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effect in each period since treatment by a regression with unit and period effects.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, covariates, cluster, weights, reference, errors, conf_level : as in `did.sun_abraham`.
    method : "sun_abraham", right where effects differ by cohort, or "twfe", one dummy an event time for all cohorts at once.

    Returns
    -------
    One estimate an event time, the reference zero by definition; then "overall", the mean over event times from 0 on. Joint
    covariance and simultaneous band.

    Raises
    ------
    DataError, DesignError : as `did.sun_abraham`; for "twfe" event times that are collinear, as where no unit is never treated.

    Formula: "twfe": y_it = a_i + b_t + sum over h other than the reference of c_h 1(t - g_i = h); CR1 errors as in `did.twfe`.

    Assumptions: parallel trends, no anticipation, treatment does not end; for "twfe" also the same path of effects in every
    cohort: otherwise each coefficient mixes the effects of other event times (notice D216).

    Source: Sun and Abraham (2021), Journal of Econometrics 225(2).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> found = did.event_study(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> [round(item.estimate, 9) for item in found]
    [0.5, 0.0, 3.5, 3.5]
    """
    covariates = named_columns(covariates, "covariates")
    if one_of(method, METHODS, "method") == "sun_abraham":
        found = sun_abraham(
            data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=covariates, cluster=cluster, weights=weights,
            reference=reference, errors=errors, conf_level=conf_level,
        )  # fmt: skip
        return found.aggregate("event")
    rows = _read(
        data, outcome, reference, covariates, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights,
        fit=lambda found, levels: _dummy_slopes(found, reference, covariates, levels),
    )  # fmt: skip
    groups = cluster_codes(data, rows, unit, cluster)
    arms = Arms.of(groups, rows.cohort, errors, rows.standing.of_clusters(groups, rows.units.codes))
    fitted = _dummies(rows, groups, arms, reference, Beside.read(data, rows, outcome, covariates, weights))
    reading = Reading(
        method="did.event_study.twfe", estimand="twfe_effect", rows=rows.size, clusters=arms.clusters, df=arms.clusters - 1.0,
        conf_level=level(conf_level), floor=rows.rounding, notices=_found(rows, groups, arms), arms=arms,
    )  # fmt: skip
    return _with_reference(fitted, reference, reading)


def _dummies(rows: PanelRows, groups: Ints, arms: Arms, reference: int, beside: Beside) -> Leads:
    """Return the coefficients of one dummy an event time."""
    times = event_times(rows)
    positions = np.unique(times[np.isfinite(times) & (times != reference)])
    layout = TwoWay(rows.units.codes, rows.period, beside.mass(rows))
    fitted = event_dummies(
        layout,
        rows.outcome,
        times,
        positions,
        groups=groups,
        arms=arms,
        rows=rows.size,
        beside=beside.covariates,
        slopes=slopes_of_clusters(rows, groups) if len(rows.standing.scores) else NO_SLOPES,
    )
    if fitted is None or not (positions >= 0).any() or not (times == reference).any():
        raise _collinear(positions, reference)
    return fitted


def _dummy_slopes(rows: PanelRows, reference: int, names: Sequence[str], levels: Floats) -> Slopes:
    """Return the slopes of the covariates that stand beside some rows, with effects of units, periods and event times."""
    times = event_times(rows)
    positions = np.unique(times[np.isfinite(times) & (times != reference)])
    try:
        return slopes_beside_dummies(rows, times, positions, names=names, levels=levels)
    except DesignError:
        raise _collinear(positions, reference) from None


def _collinear(positions: Floats, reference: int) -> DesignError:
    return DesignError("did_event_collinear", low=int(positions[0]), high=int(positions[-1]), reference=reference)


def _found(rows: PanelRows, groups: Ints, arms: Arms) -> Notices:
    """Return what the guard rails find in a regression on dummies of event times."""
    mass = rows.standing.of_clusters(groups, rows.units.codes)
    clusters = Clusters.of(groups, rows.time >= rows.cohort, corrected=arms.corrected, mass=mass)
    return check_clusters(clusters) + check_cohorts(Adoption.of(rows)) + rows.standing.notices


def sun_abraham(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    reference: int = -1,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate the effect of each cohort in each period by one saturated regression, to be averaged by cohort shares.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods. A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies; the numbers are the same. Covariates beside weights, and weights that change
        within a unit, need the records.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated.
    covariates : columns of numbers with one slope each.
    cluster : column that units are nested in; the unit itself where None.
    weights : column of positive numbers: rows weigh so much in the regression and in every average.
    reference : event time, negative, that is zero by definition; -2 allows for one period of anticipation.
    errors : "asymptotic" (CR1) or "satterthwaite", as in `did.imputation`.
    conf_level : level of the intervals.

    Returns
    -------
    Staggered. `aggregate("simple")` is the mean over all treated rows.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit, a reference
        that is not a negative whole number.
    DesignError : no cohort that is seen in its reference period beside a comparison, gaps that leave effects undetermined.

    Formula: y_it = a_i + b_t + sum_g sum_(t other than the reference) d_gt 1(g_i = g, t); errors CR1 with K the cells and period
    effects, G - 1 degrees of freedom; averages weigh cells by their rows, taken as known. Where no unit is never treated the
    last cohort is the comparison, up to its treatment. The regression is solved cohort by cohort, which is exact: a cohort
    with an effect of its own in every period does not touch the others.

    Assumptions: parallel trends, no anticipation before the reference, treatment does not end, clusters independent.

    Source: Sun and Abraham (2021), Journal of Econometrics 225(2), section 4.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> did.sun_abraham(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g").estimates.headline.estimate
    3.5
    """
    covariates = named_columns(covariates, "covariates")
    found = _read(
        data, outcome, reference, covariates, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights,
        fit=lambda rows, levels: cell_slopes(_anchored(rows, float(rows.first_treated.max()), reference)[0], covariates, levels),
    )  # fmt: skip
    last = float(found.first_treated.max())
    rows, aside = _anchored(found, last, reference)
    groups = cluster_codes(data, rows, unit, cluster)
    effects, columns = saturated(rows, groups, reference, Beside.read(data, rows, outcome, covariates, weights))
    mass = rows.standing.of_clusters(groups, rows.units.codes)
    arms = Arms.of(groups, rows.cohort, errors, mass)
    scale = arms.scale(rows.size, columns, arms.clusters)
    treated = Clusters.of(groups, rows.time >= rows.cohort, corrected=arms.corrected, mass=mass)
    treated = replace(treated, alone=lone_cohorts(groups, rows.cohort, rows.units.codes))
    reading = Reading(
        method="did.sun_abraham", rows=rows.size, clusters=arms.clusters, df=arms.clusters - 1.0, conf_level=level(conf_level), floor=rows.rounding,
        notices=check_adoption(Adoption.of(rows, aside, last)) + check_clusters(treated) + rows.standing.notices, arms=arms,
    )  # fmt: skip
    scaled = replace(effects, influence=np.sqrt(scale) * effects.influence)
    return Staggered.of(scaled, Leads.none(len(arms.rows)), reading)


def _read(
    data: Any, outcome: str, reference: int, covariates: Sequence[str], *, unit: str, time: str, first_treated: str, cluster: str | None,
    weights: str | None, fit: Callable[[PanelRows, Floats], Slopes],
) -> PanelRows:  # fmt: skip
    if not number(reference, "reference") < 0 or reference % 1 != 0:
        raise DataError("did_bad_reference", value=reference)
    refuse_outcome_among(covariates, outcome)
    scan = scan_of(data) if covariates and not weights else None
    pushed = scan is not None and not fits(scan)

    def fitted(rows: PanelRows, levels: Floats) -> tuple[Slopes, ...]:
        refuse_untreated(rows, first_treated)
        return (fit(rows, levels),)

    rows = read_varying(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights,
        adjusting=Adjusting(tuple(covariates), fitted) if pushed else None, records={"covariates": len(covariates) and not pushed},
    )  # fmt: skip
    refuse_untreated(rows, first_treated)
    return rows


def _anchored(found: PanelRows, last: float, reference: int) -> tuple[PanelRows, int]:
    """Return the rows that have a comparison, of the cohorts seen in their reference period, and the units set aside.

    The comparison group is the last cohort (infinity is never treated) before its treatment.
    """
    never = replace(found, first_treated=np.where(found.first_treated == last, np.inf, found.first_treated))
    seen = np.bincount(found.period, np.isinf(never.cohort), minlength=len(found.periods)) > 0
    inside = never.where(seen[found.period] & (found.time < last))
    anchor = inside.time == inside.cohort + reference
    kept = np.isin(inside.cohort, [*np.unique(inside.cohort[anchor]), np.inf])
    rows = inside.where(kept)
    if not (rows.time >= rows.cohort).any():
        raise DesignError("did_no_anchor", reference=reference, periods=len(found.periods))
    return rows, inside.standing.number(np.unique(inside.units.codes[~kept]))


def _with_reference(fitted: Leads, reference: int, reading: Reading) -> Estimates:
    place = int(np.searchsorted(fitted.positions, reference))
    positions = (*fitted.positions[:place], reference, *fitted.positions[place:])
    after = np.array([float(position >= 0) for position in positions])
    values, influence = np.insert(fitted.values, place, 0.0), np.insert(fitted.influence, place, 0.0, axis=1)
    weights = after / after.sum()
    return reading.estimates(
        "event", [*((str(one), "did_reference" if one == reference else "") for one in positions), (OVERALL, "")],
        np.append(values, values @ weights), np.column_stack([influence, influence @ weights]), positions,
    )  # fmt: skip
