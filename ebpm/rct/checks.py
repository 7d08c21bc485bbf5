"""Rules R1xx on the design of a trial: what a careful reader of an estimate must know about its units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.notices import Facts, Notice, Notices, Rule, run
from ebpm.rct.assigned import Assigned

FEW_CLUSTERS = 10
UNEQUAL = 0.5
EXPLODED = 0.5

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules look at.

    Parameters
    ----------
    trial : the trial.
    outcome : name of its outcome.
    covariates : number of covariates and stratum dummies of the adjustment.
    """

    trial: Assigned
    outcome: str
    covariates: int = 0


def design_notices(trial: Assigned, outcome: str, *, covariates: int = 0) -> Notices:
    """Return what the rules find in the design of a trial.

    Parameters
    ----------
    trial : the trial.
    outcome : name of its outcome.
    covariates : number of covariates and stratum dummies of the adjustment.
    """
    return run(RULES, Case(trial, outcome, covariates)) + trial.rounding


def leverage_notices(rows: int) -> Notices:
    """Return R108 where rows alone determine a coefficient.

    Parameters
    ----------
    rows : number of rows of leverage one.
    """
    return Notices((Notice("R108", "", MappingProxyType({"rows": rows})),)) if rows else Notices()


def _few_clusters(case: Case) -> Finds:
    if not case.trial.clustered:
        return
    for arm, count in zip(case.trial.arms, case.trial.unit_cells.sum(axis=0), strict=True):
        if count < FEW_CLUSTERS:
            yield arm, {"clusters": int(count), "least": FEW_CLUSTERS}


def _unequal_clusters(case: Case) -> Finds:
    if not case.trial.clustered:
        return
    sizes, (_, arms) = case.trial.unit_sizes, case.trial.unit_places
    for j, arm in enumerate(case.trial.arms):
        own = sizes[arms == j]
        effective = own.sum() ** 2 / (own**2).sum()
        if effective < UNEQUAL * len(own):
            largest = 100 * own.max() / own.sum()
            yield arm, {"clusters": len(own), "effective": f"{effective:.1f}", "largest": f"{largest:.0f}"}


def _many_covariates(case: Case) -> Finds:
    units = case.trial.units
    if case.covariates > np.sqrt(units):
        yield case.outcome, {"covariates": case.covariates, "units": units, "most": int(np.sqrt(units))}


def _weighted(case: Case) -> Finds:
    if case.trial.weighted:
        yield case.outcome, {"rows": case.trial.n, "effective": f"{case.trial.effective_rows:.1f}"}


def exploding_weights(arms: Sequence[str], rows: Floats, sums: Floats, squares: Floats) -> Finds:
    """Find the arms whose weighted rows count as fewer than half of them.

    Parameters
    ----------
    arms : labels.
    rows, sums, squares : rows of each arm, sums of their weights, and of the squares of these, shapes (arms,).
    """
    for arm, count, effective in zip(arms, rows.tolist(), (sums**2 / squares).tolist(), strict=True):
        if effective < EXPLODED * count:
            yield arm, {"rows": int(count), "effective": f"{effective:.1f}"}


def _exploding(case: Case) -> Finds:
    if case.trial.weighted:
        sums, squares = case.trial.weight_sums
        rows = case.trial.row_cells.astype(np.float64)
        yield from exploding_weights(case.trial.arms, rows.sum(axis=0), sums.sum(axis=0), squares.sum(axis=0))


RULES = (
    Rule("R101", _few_clusters),
    Rule("R102", _unequal_clusters),
    Rule("R109", _many_covariates),
    Rule("R111", _weighted),
    Rule("R135", _exploding),
)
