"""Factorial trials: each factor's effect averaged over the others, on its own, and the interactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import CONTROL_NAMES, label_of, labels_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notice, Notices
from ebpm.rct.checks import design_notices
from ebpm.rct.means.comparison import cells, mean_contrasts
from ebpm.rct.regression.adjusted import adjusted, column_names, refuse_roles
from ebpm.rct.trial import TIMES, Trial, trial_of
from ebpm.stats.given import mapping
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.covariance import Covariance

MODELS = ("long", "short")


@dataclass(frozen=True, slots=True)
class _Factor:
    """A factor: its name, its levels with the base first, and the level of each row."""

    name: str
    levels: tuple[str, ...]
    codes: Ints

    def indicator(self, level: int, given: Floats) -> Floats:
        """1, -1 or 0 for cells at that level, at the base, elsewhere."""
        signs: Floats = (given == level).astype(np.float64) - (given == 0)
        return signs


def factorial(
    data: Any,
    outcome: str,
    *,
    factors: Sequence[str],
    covariates: Sequence[str] = (),
    controls: Mapping[str, object] = MappingProxyType({}),
    cluster: str | None = None,
    strata: str | None = None,
    model: str = "long",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effects of several factors that were assigned together.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    outcome : column of numbers.
    factors : columns of the factors, two or more.
    covariates : columns measured before assignment; adjustment as in `lin`, with slopes of their own in every cell.
    controls : base level of a factor by its column; otherwise the level called 0, False, "control", "no" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    model : "long", the means of all cells; or "short", factors without their interactions (R119).
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : for each factor and level "letter=1", its effect averaged over the other factors' cells with equal weights (the first
        is the headline), "letter=1 alone", its effect where all other factors stand at their base; and for each pair (and more) of
        them "letter=1 × visit=1", the interaction, averaged over the rest. The short model gives the first kind alone.

    Raises
    ------
    DataError : if there are fewer than two factors, or a base level cannot be told.
    DesignError : if a cell lacks units, and as `lin`.

    Formula: contrasts of the means of cells; Neyman's variance, clusters by CR2, Satterthwaite's df (with covariates HC2, n - k df).
    The interaction of two levels is the difference of differences. Where all interactions are zero the short model is more
    precise; where they are not it estimates a mixture weighed by the shares assigned and not the effect of a factor alone.

    Assumptions: as `difference_in_means`.

    Source: Dasgupta, Pillai and Rubin (2015), Journal of the Royal Statistical Society B 77(4); Muralidharan, Romero and Wuethrich
    (2025), Review of Economics and Statistics 107(3), on leaving interactions out.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(a, b, 1.0 * a + 2.0 * b + 3.0 * a * b + e) for a in (0, 1) for b in (0, 1) for e in (-1.0, 0.0, 1.0)]
    >>> trial = pd.DataFrame(rows, columns=["letter", "visit", "kwh"])
    >>> [(item.term, item.estimate) for item in factorial(trial, "kwh", factors=["letter", "visit"])]
    [('letter=1', 2.5), ('visit=1', 3.5), ('letter=1 alone', 1.0), ('visit=1 alone', 2.0), ('letter=1 × visit=1', 3.0)]
    """
    if model not in MODELS:
        raise DataError("bad_choice", argument="model", value=model, choices=", ".join(MODELS))
    if isinstance(factors, str) or len(set(named_columns(factors, "factors"))) < 2:
        raise DataError("rct_one_factor", given=factors)
    frame, covariates = Frame.of(data), named_columns(covariates, "covariates")
    read = [_factor(frame, name, mapping(controls, "controls").get(name)) for name in factors]
    cell = _cells(read)
    _refuse_missing(cell, TIMES.join(factors))
    trial = trial_of(
        frame, frame.numbers(outcome, "outcome"), outcome=outcome, treatment=TIMES.join(factors), arms=cell, cluster=cluster,
        strata=strata, control=cell.levels[0],
    )  # fmt: skip
    refuse_roles(covariates, [(outcome, "outcome"), *((one, "treatment") for one in factors)])
    terms = tuple(_terms(read, short=model == "short"))
    weights = _short(read, trial) if model == "short" else np.stack([weight for _, weight in terms])
    found = _found(trial, frame.matrix(covariates, "covariates"), covariates, weights)
    items = tuple(_estimates(trial, [name for name, _ in terms], weights, found, conf_level))
    notices = design_notices(trial, outcome, covariates=len(covariates))
    if model == "short":
        notices += Notices((Notice("R119", outcome, MappingProxyType({"factors": TIMES.join(factors)})),))
    return Estimates(items=items, headline_term=items[0].term, covariance=found[1].matrix, notices=notices)


def _factor(frame: Frame, name: str, base: object) -> _Factor:
    found = frame.codes(name, "factors")
    names = labels_of(found)
    known = [j for j, label in enumerate(names) if label.lower() in (*CONTROL_NAMES, "no")]
    if base is not None:
        known = [j for j, label in enumerate(names) if label == label_of(base)]
    if len(known) != 1 or len(names) < 2:
        raise DataError("rct_no_base_level", column=name, levels=", ".join(names))
    order = [known[0], *(j for j in range(len(names)) if j != known[0])]
    return _Factor(name, tuple(names[j] for j in order), np.argsort(order)[found.codes])


def _grid(read: Sequence[_Factor]) -> Floats:
    """Levels of all cells, the last factor changing fastest, shape (cells, factors)."""
    return np.array(list(product(*(range(len(one.levels)) for one in read))))


def _cells(read: Sequence[_Factor]) -> Codes:
    sizes = tuple(len(one.levels) for one in read)
    codes = np.ravel_multi_index(tuple(one.codes for one in read), sizes).astype(np.int64)
    names = tuple(TIMES.join(one.levels[j] for one, j in zip(read, row, strict=True)) for row in _grid(read))
    return Codes(codes, names)


def _refuse_missing(cell: Codes, column: str) -> None:
    empty = [name for name, count in zip(cell.levels, cell.counts(), strict=True) if count == 0]
    if empty:
        raise DesignError("rct_empty_cell", column=column, cells=", ".join(empty))


def _terms(read: Sequence[_Factor], *, short: bool) -> Iterator[tuple[str, Floats]]:
    """Names and contrasts of the cells' means."""
    grid = _grid(read)
    count = len(grid)
    treated = [[(j, level) for level in range(1, len(one.levels))] for j, one in enumerate(read)]
    for j, level in (pair for pairs in treated for pair in pairs):
        own = read[j].indicator(level, grid[:, j])
        yield f"{read[j].name}={read[j].levels[level]}", own * len(read[j].levels) / count
    if short:
        return
    for j, level in (pair for pairs in treated for pair in pairs):
        others = np.delete(grid, j, axis=1)
        alone = read[j].indicator(level, grid[:, j]) * (others == 0).all(axis=1)
        yield f"{read[j].name}={read[j].levels[level]} alone", alone
    for order in range(2, len(read) + 1):
        for some in combinations(range(len(read)), order):
            rest = np.prod([len(one.levels) for j, one in enumerate(read) if j not in some])
            for levels in product(*(treated[j] for j in some)):
                own = np.prod([read[j].indicator(level, grid[:, j]) for j, level in levels], axis=0)
                yield TIMES.join(f"{read[j].name}={read[j].levels[level]}" for j, level in levels), own / rest


def _short(read: Sequence[_Factor], trial: Trial) -> Floats:
    """Contrasts of the cells' means that least squares on the factors without interactions takes."""
    grid = _grid(read)
    columns = [(grid[:, j] == level) for j, one in enumerate(read) for level in range(1, len(one.levels))]
    design = np.column_stack([np.ones(len(grid)), *columns]).astype(np.float64)
    rows = np.bincount(trial.arm, trial.weights, minlength=len(grid))
    return np.asarray(np.linalg.solve(design.T @ (design * rows[:, None]), (design * rows[:, None]).T)[1:])


def _found(
    trial: Trial, baseline: Floats, covariates: Sequence[str], weights: Floats
) -> tuple[Floats, Covariance, str]:
    """Values and covariance of contrasts of the cells, and the method."""
    if not covariates:
        values, covariance = mean_contrasts(trial, cells(trial), weights)
        return values, covariance, f"rct.factorial_{'cluster' if trial.clustered else 'unit'}"
    names = column_names(trial, covariates)
    contrasts = np.zeros((len(weights), len(names)))
    contrasts[:, 1 : len(trial.arms)] = weights[:, 1:]
    found = adjusted(trial, baseline, names, errors="design", contrasts=contrasts)
    return found.effects, found.covariance, f"rct.factorial_{'cluster' if trial.clustered else 'unit'}_lin"


def _estimates(
    trial: Trial, names: Sequence[str], weights: Floats, found: tuple[Floats, Covariance, str], conf_level: float
) -> Iterator[Estimate]:
    values, covariance, method = found
    columns = zip(names, weights, values, covariance.std_errors, covariance.df, strict=True)
    for name, weight, value, error, df in columns:
        rows = int(np.isin(trial.arm, np.flatnonzero(weight)).sum())
        estimand = "itt_interaction" if TIMES in name else "itt"
        yield t_estimate(
            float(value), float(error), df=float(df), conf_level=conf_level, term=name, n=rows,
            clusters=trial.units if trial.clustered else 0, estimand=estimand, method=method,
        )  # fmt: skip
