"""Covariates of a staggered adoption over a table that stays where it is: their slopes in a second pass, their scores in a third."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ebpm.did.absorbed import ABSORBED
from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.request import PathRequest
from ebpm.moments.scans.paths.sums import Group, PathSums
from ebpm.moments.scans.paths.weighted_units import NO_SCATTER, Units
from ebpm.moments.scans.units.wide import Cellwise, GroupMoments, WideUnits
from ebpm.moments.standing import Standing, TreatedSums
from ebpm.moments.two_way import TwoWay
from ebpm.notices import Notices
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve

ROUNDING = 2.0**-44  # of the sums of squares, which leave no more of a scatter than that


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """A regression on k covariates, unit effects, and effects of cohorts in periods.

    Parameters
    ----------
    rows : that were fitted.
    effects : of the cohort and period of each row on the covariates and on what they leave of the outcome, shape (n, k + 1).
    coefficients : shape (k,).
    bread : inverse of the products of the covariates less all effects, shape (k, k).
    """

    rows: PanelRows
    effects: Floats
    coefficients: Floats
    bread: Floats


@dataclass(frozen=True, slots=True)
class Adjusting:
    """What a routine does with covariates.

    Parameters
    ----------
    covariates : columns of numbers.
    fit : the regressions, one or two, on rows of units that stand for those of the table, whose covariates are beside them; and given what
        no value of a covariate exceeds in size, shape (k,).
    """

    covariates: tuple[str, ...]
    fit: Callable[[PanelRows, Floats], tuple[Slopes, ...]]


def read_adjusted(
    scan: Scan, request: PathRequest, sums: PathSums, adjusting: Adjusting, *, notices: Notices, found: Callable[[PanelRows], PanelRows]
) -> PanelRows:  # fmt: skip
    """Return rows of units that stand for those of a table, less what covariates explain, with the scores of their slopes.

    Parameters
    ----------
    scan, request : the table and its columns.
    sums : of the paths of the outcome.
    adjusting : the covariates, and their regression.
    notices : on the sums.
    found : what becomes of the rows before they are used.

    Raises
    ------
    DataError : a covariate that is missing, is not of numbers, or lacks values.
    DesignError : a covariate that does not vary beyond the effects; collinear covariates.

    Formula: outcome and covariates are jointly the path of a unit, of which regressions need sums and products alone. Errors need the
    scores x~'e~ of each unit beside its path, which are summed once the slopes and all effects are known.
    """
    names = adjusting.covariates
    wide = WideUnits.of(scan, request, names, sums)
    whole, joint = sums.without_clusters(), wide.paths()
    fits = adjusting.fit(found(_joint(whole, joint, len(names), notices)), wide.levels[1:])
    scored = wide.adjusted([_cellwise(fit, whole) for fit in fits])
    return found(_scored(sums, scored, _means(whole, joint), fits, notices))


def slopes_beside_dummies(
    rows: PanelRows, times: Floats, positions: Floats, *, names: Sequence[str], levels: Floats
) -> Slopes:
    """Return the slopes of covariates with effects of units, periods and event times.

    Parameters
    ----------
    rows : that are fitted.
    times : event time of each row, shape (n,).
    positions : event times that have an effect, shape (L,).
    names, levels : as in `slopes_beside`.
    """
    D = (times[:, None] == positions).astype(np.float64)
    layout = TwoWay(rows.units.codes, rows.period, rows.standing.of_rows(rows.units.codes))
    left = layout.residuals(np.column_stack([D, columns_of(rows)]))[0] * np.sqrt(layout.weights)[:, None]
    known = D @ np.linalg.lstsq(left[:, : len(positions)], left[:, len(positions) :])[0]
    return slopes_beside(rows, layout, known, names=names, levels=levels)


def slopes_beside(rows: PanelRows, layout: TwoWay, known: Floats, *, names: Sequence[str], levels: Floats) -> Slopes:
    """Return the slopes of covariates with the effects of a layout.

    Parameters
    ----------
    rows : that are fitted.
    layout : of these by unit, and by period or cell.
    known : what further regressors, which do not vary within a cohort and period, explain of covariates and outcome, shape (n, k + 1).
    names : of the covariates.
    levels : what no value of a covariate exceeds in size, shape (k,).

    Raises
    ------
    DesignError : a covariate that does not vary beyond the effects; collinear covariates.
    """
    columns = columns_of(rows)
    demeaned = layout.within_units(columns - known)
    effects = known + layout.level_effects(demeaned)[0][layout.period]
    left = layout.within_units(columns - effects)
    weighted = left[:, :-1] * layout.weights[:, None]
    products = weighted.T @ left[:, :-1]
    for name, square, level in zip(names, np.diag(products), levels, strict=True):
        if square <= ABSORBED * rows.size * level**2:
            raise DesignError("did_covariate_absorbed", column=name)
    solution = solve(products, weighted.T @ left[:, -1], names=names)
    effects[:, -1] -= effects[:, :-1] @ solution.coefficients
    return Slopes(rows=rows, effects=effects, coefficients=solution.coefficients, bread=solution.bread)


def columns_of(rows: PanelRows) -> Floats:
    """Return the covariates beside some rows, and then the outcome, shape (n, k + 1)."""
    return np.column_stack([rows.standing.beside[rows.order], rows.outcome])


def slopes_of_clusters(rows: PanelRows, groups: Ints, *, before: bool = False) -> Floats:
    """Return what each cluster adds to the slopes of the covariates, shape (G, k).

    Parameters
    ----------
    groups : cluster of each row, shape (n,).
    before : whether they are those of the second regression.
    """
    cluster = np.zeros(len(rows.units), dtype=np.int64)
    cluster[rows.units.codes] = groups
    scores = rows.standing.before[1] if before else rows.standing.scores
    each = rows.standing.weighted(scores, np.arange(len(cluster)))
    return group_sums(each, cluster, groups=int(groups.max()) + 1)


def _joint(sums: PathSums, joint: GroupMoments, covariates: int, notices: Notices) -> PanelRows:
    stands = [
        _units(joint, group, count, clustered=False) for group, count in zip(sums.groups, sums.counts, strict=True)
    ]
    return _rows(sums, stands, covariates, notices=notices, apart=False)


def _units(moments: GroupMoments, group: Group, count: int, *, clustered: bool) -> Units:
    total = moments.sums[group]
    mean = total / count
    if clustered:
        return Units.of(mean, NO_SCATTER, count)
    products = moments.products[group]
    scatter = products - np.outer(total, mean)
    varies = np.diag(scatter) > ROUNDING * np.diag(products)
    scatter *= np.outer(varies, varies)
    spread = np.sqrt(np.where(varies, np.diag(scatter), 1.0))
    found = Units.of(mean / spread, scatter / np.outer(spread, spread), count)
    return replace(found, paths=found.paths * spread)


def _rows(sums: PathSums, stands: list[Units], covariates: int, *, notices: Notices, apart: bool) -> PanelRows:
    """Return the rows of units whose paths are those of the outcome and then of the covariates."""
    group, T = np.repeat(np.arange(len(stands)), [len(one.mass) for one in stands]), len(sums.periods)
    values = np.concatenate([one.paths for one in stands])
    units, period = np.nonzero(sums.seen[group])
    labels = np.unique([str(one.cluster) for one in sums.groups], return_inverse=True)[1].astype(np.int64)
    standing = Standing(
        mass=np.concatenate([one.mass for one in stands]), clusters=labels[group] if apart else np.empty(0, dtype=np.int64), groups=group,
        treated=TreatedSums(np.array(sums.periods), sums.treated, sums.largest), notices=notices, rounding=sums.rounding,
        beside=np.column_stack([values[units, (j + 1) * T + period] for j in range(covariates)]),
    )  # fmt: skip
    return PanelRows(
        Codes(units.astype(np.int64), range(len(group))), np.array(sums.periods, dtype=np.int64), period.astype(np.int64),
        values[units, period], sums.cohorts[group], np.arange(len(units)), standing,
    )  # fmt: skip


def _means(sums: PathSums, joint: GroupMoments) -> dict[tuple[int, int], Floats]:
    """Return the mean paths of the covariates by cohort and pattern, shape (k T,)."""
    T = len(sums.periods)
    return {
        (group.cohort, group.seen): joint.sums[group][T:] / count
        for group, count in zip(sums.groups, sums.counts, strict=True)
    }


def _scored(
    sums: PathSums, moments: GroupMoments, means: dict[tuple[int, int], Floats], fits: Sequence[Slopes], notices: Notices
) -> PanelRows:  # fmt: skip
    T, k = len(sums.periods), len(fits[0].coefficients)
    units = [
        _units(moments, group, count, clustered=sums.clustered)
        for group, count in zip(sums.groups, sums.counts, strict=True)
    ]
    found = np.concatenate([one.paths for one in units])
    blocks = [found[:, at * (T + k) : (at + 1) * (T + k)] for at in range(len(fits))]
    scores = [block[:, T:] @ fit.bread for block, fit in zip(blocks, fits, strict=True)]
    many = [len(one.mass) for one in units]
    beside = np.repeat([means[group.cohort, group.seen] for group in sums.groups], many, axis=0)
    starts = np.cumsum([0, *many])
    stands = [
        replace(one, paths=np.hstack([blocks[0][a:b, :T], beside[a:b]]))
        for one, a, b in zip(units, starts, starts[1:], strict=False)
    ]
    rows = _rows(sums, stands, k, notices=notices, apart=sums.clustered)
    standing = replace(rows.standing, scores=scores[0])
    if len(fits) > 1:
        standing = replace(standing, before=(blocks[1][rows.units.codes, rows.period], scores[1]))
    return replace(rows, standing=standing)


def _cellwise(found: Slopes, sums: PathSums) -> Cellwise:
    """Return the regression by the cohorts of the table and its periods."""
    rows, T = found.rows, len(sums.periods)
    place: Ints = np.searchsorted(np.array(sums.periods), rows.time)
    cohort = np.array([group.cohort for group in sums.groups])[rows.standing.groups[rows.units.codes]]
    inside, effects = {}, {}
    for one in np.unique(cohort).tolist():
        own = cohort == one
        inside[one], effects[one] = np.zeros(T, dtype=np.bool_), np.zeros((T, found.effects.shape[1]))
        inside[one][place[own]], effects[one][place[own]] = True, found.effects[own]
    return Cellwise(inside=inside, effects=effects, slopes=found.coefficients)
