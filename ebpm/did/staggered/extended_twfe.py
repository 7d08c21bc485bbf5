"""Extended two-way fixed effects: one effect a cohort and period in a linear, exponential or logistic mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.group_time.cells import CONTROLS
from ebpm.did.group_time.checks import Adoption, check_adoption
from ebpm.did.joint import Leads, Reading
from ebpm.did.regression_checks import Clusters, check_clusters, lone_cohorts
from ebpm.did.staggered.adopted import read_adoption
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.cell_rows import CellRows, Profiles, constant_within
from ebpm.did.staggered.nonlinear import Untold, check_untold, nonlinear_effects, told
from ebpm.did.staggered.result import Staggered
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.moments.naming import named_columns
from ebpm.moments.two_way import TwoWay
from ebpm.stats.inference import level
from ebpm.stats.regression.least_squares import solve

FAMILIES = ("gaussian", "poisson", "logit")
COLLINEAR = 1e-10


def extended_twfe(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    family: str = "gaussian",
    control: str = "not_yet_treated",
    cluster: str | None = None,
    anticipation: int = 0,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate the effect on each cohort in each period by one regression with an interaction for each of them.

    Parameters
    ----------
    data, unit, time, first_treated, cluster, errors, conf_level : as in `did.imputation`; asymptotic errors are CR1 here. Sums serve
        "gaussian" without covariates.
    outcome : column of numbers; of zero or more for "poisson", between 0 and 1 for "logit".
    covariates : columns that do not change within a unit. They interact with the periods and the cohorts, and, less their mean among
        its rows, with each effect.
    family : "gaussian": unit and period effects add up, parallel trends of the mean. "poisson": cohort and period effects multiply, parallel
        trends of the logarithm of the mean, for counts and amounts. "logit": they add up in the log odds, for shares and yes or no.
    control : "not_yet_treated": all rows before treatment are comparison. "never_treated": each cohort also has effects in the
        periods before the last one before treatment, which is its reference; only units never treated are comparison.
    anticipation : periods before treatment in which units may already respond; these have effects as well.

    Returns
    -------
    Staggered, in the unit of the outcome for every family: for "poisson" and "logit" effects are the mean outcome of the treated
    less the mean that the model gives them without treatment (average partial effects on the treated).

    Raises
    ------
    DataError : what `did.imputation` refuses; a covariate that changes within a unit; an unknown choice.
    DesignError : no treated or no untreated rows, no unit never treated where it is asked for, one cluster, collinear covariates, an
        outcome that the family cannot have, separation.

    Formula: "gaussian": y_it = a_i + b_t + x_i'p_t + sum_gt 1(g_i = g, t) (d_gt + (x_i - xbar_gt)'q_gt) + e; errors CR1 as in `did.twfe`,
    G - 1 degrees of freedom. Otherwise E(y_it) = F(a_g + b_t + x_i'(k_g + p_t)) on comparison rows by pooled quasi maximum
    likelihood, effect = mean of y - F over the rows of the cell; as the link is canonical this is the regression that has interactions for
    the treated rows too. Delta method by cluster, times G/(G-1). The means of covariates are taken as estimates, not as known.

    Assumptions: parallel trends on the scale of the family (given covariates), no anticipation beyond that declared, treatment does not end,
    clusters independent. On balanced data without covariates "gaussian" is `did.imputation`, or with never-treated controls
    `did.sun_abraham`.

    Source: Wooldridge (2025), Empirical Economics 69(5), 2545-2587; Wooldridge (2023), Econometrics Journal 26(3), C31-C66.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 8, 2, 2, 2, 3, 6, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> table = pd.DataFrame(rows)
    >>> round(did.extended_twfe(table, "y", unit="id", time="t", first_treated="g").estimates.headline.estimate, 9)
    5.75
    >>> found = did.extended_twfe(table, "y", unit="id", time="t", first_treated="g", family="poisson")
    >>> round(found.estimates.headline.estimate, 6)
    6.153846
    """
    covariates = named_columns(covariates, "covariates")
    one_of(family, FAMILIES, "family")
    adopted = read_adoption(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, anticipation=anticipation,
        records={"covariates": len(covariates), f"family={family}": family != "gaussian"},
    )  # fmt: skip
    X = constant_within(data, adopted.rows, tuple(covariates))
    cells, untold = CellRows.of(adopted, X, one_of(control, CONTROLS, "control")), Untold((), (), 0)
    linear = family == "gaussian"
    if not linear:
        cells, untold = told(cells, family)
    arms = cells.arms(errors)
    effects = _linear_effects(cells, tuple(covariates), arms) if linear else nonlinear_effects(cells, family, arms)
    rows = cells.rows
    counts = Adoption.of(rows, adopted.always_treated, adopted.horizon)
    treated = Clusters.of(cells.groups, rows.time >= rows.cohort, corrected=arms.corrected, mass=cells.mass)
    treated = replace(treated, alone=lone_cohorts(cells.groups, rows.cohort, rows.units.codes))
    notices = check_adoption(counts) + check_clusters(treated) + rows.standing.notices
    reading = Reading(
        method=f"did.extended_twfe.{family}", rows=rows.size, clusters=arms.clusters, df=arms.clusters - 1.0, conf_level=level(conf_level), floor=rows.rounding,
        notices=notices + check_untold(untold), arms=arms,
    )  # fmt: skip
    return Staggered.of(effects, Leads.none(cells.clusters), reading)


def _linear_effects(cells: CellRows, names: tuple[str, ...], arms: Arms) -> CellEffects:
    """Return the coefficients of the cells in the regression with unit and period effects, with their influence.

    Units of one profile share their regressors: they are one unit of the regression, weighted by their number.
    """
    profiles = Profiles.of(cells)
    fit = _regressed(profiles, names)
    rows = cells.rows
    errors = profiles.deviations(rows.outcome, rows.units.codes) + fit.left[profiles.place]
    errors = rows.standing.weighted(errors, rows.units.codes)
    influence = np.column_stack(
        [np.bincount(cells.groups, one[profiles.place] * errors, minlength=cells.clusters) for one in fit.pull.T]
    )
    used, cell = ~cells.compared, cells.cells()[2]
    np.add.at(influence, (cells.groups[used], cell), fit.moved[profiles.place][used] / np.bincount(cell)[cell])
    scale = arms.scale(rows.size, fit.columns, arms.clusters)
    return cells.effects(fit.values, np.sqrt(scale) * influence)


@dataclass(frozen=True, slots=True)
class _Regressed:
    """The regression on profiles.

    Parameters
    ----------
    values : coefficients of the K cells.
    pull : what a residual of each row adds to them, shape (m, K).
    left : residuals, shape (m,).
    moved : what the covariates add to the effect of each row, shape (m,).
    columns : regressors and period effects with the constant.
    """

    values: Floats
    pull: Floats
    left: Floats
    moved: Floats
    columns: int


def _regressed(profiles: Profiles, names: tuple[str, ...]) -> _Regressed:
    table = profiles.table
    rows, used = table.rows, ~table.compared
    cohort, period, cell = table.cells()
    k = len(cohort)
    own = np.zeros((len(rows), k))
    own[np.flatnonzero(used), cell] = 1.0
    basis, place = _bases(table.X[used], cell)
    slopes = np.zeros((len(rows), len(place)))
    slopes[used] = basis
    periods = (rows.period[:, None] == np.arange(1, len(rows.periods))).astype(np.float64)
    columns = [own, slopes, *(periods * one[:, None] for one in table.X.T), rows.outcome]
    left, rank = TwoWay(rows.units.codes, rows.period, profiles.mass).residuals(np.column_stack(columns))
    labels = [f"{g}:{t}" for g, t in zip(cohort, period, strict=True)]
    labels += [f"{', '.join(names)} x {labels[one]}" for one in place]
    labels += [f"{one} x {label}" for one in names for label in rows.periods[1:]]
    D, weighted = left[:, :-1], left[:, :-1] * profiles.mass[:, None]
    solution = solve(weighted.T @ D, weighted.T @ left[:, -1], names=labels)
    return _Regressed(
        solution.coefficients[:k], D @ solution.bread[:, :k], left[:, -1] - D @ solution.coefficients,
        slopes @ solution.coefficients[k : k + len(place)], D.shape[1] + rank + 1,
    )  # fmt: skip


def _bases(X: Floats, cell: Ints) -> tuple[Floats, Ints]:
    """Return bases of the covariates less their mean in each cell, shape (m, R), and the cell of each column, shape (R,).

    A cell of few rows has fewer columns than covariates, so that they are never collinear within it.
    """
    columns, places = [np.empty((len(X), 0))], []
    for place in range(int(cell.max()) + 1 if X.shape[1] else 0):
        at = np.flatnonzero(cell == place)
        directions, spread, _ = np.linalg.svd(X[at] - X[at].mean(axis=0), full_matrices=False)
        kept = directions[:, spread > COLLINEAR * np.linalg.norm(X[at])]
        column = np.zeros((len(X), kept.shape[1]))
        column[at] = kept
        columns.append(column)
        places += [place] * kept.shape[1]
    return np.column_stack(columns), np.array(places, dtype=np.int64)
