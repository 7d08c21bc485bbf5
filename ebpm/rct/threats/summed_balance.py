"""Balance at baseline from sums by arm, stratum and cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.scans.asking import Sums
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.keys import key_of
from ebpm.moments.scans.opening import scan
from ebpm.moments.scans.profile import Table
from ebpm.rct.summed_trial import SummedTrial, summed_trial
from ebpm.rct.threats.arm_balance import ArmBalance
from ebpm.rct.threats.omnibus import MANY_UNITS, Omnibus, omnibus_of_cells, omnibus_of_units

Arms = tuple[tuple[ArmBalance, ...], bool]
OfRows = Callable[[Frame, tuple[str, ...], Mapping[str, Any], int], Arms]
FEW_ROWS = f"rows < {MANY_UNITS:,}"


def summed_balance(
    data: Any, names: tuple[str, ...], columns: Mapping[str, Any], *, seed: int, of_rows: OfRows
) -> Arms | None:
    """Return the balance of every arm, and whether there are strata; None of a table in memory.

    Parameters
    ----------
    data : what the caller gave.
    names : of the covariates.
    columns : treatment, control, cluster, strata.
    seed : of the draws of the assignment.
    of_rows : the same of a table in memory, for arms of so few rows that their assignment is redrawn.

    Raises
    ------
    DataError, DesignError : as `balance_table`; DesignError where fewer than 1,000 rows are assigned and only sums are at hand.
    """
    trial = summed_trial(data, names[0], names[1:], columns=columns, records={}, varying=False)
    if trial is None:
        return None
    rows = trial.row_cells.sum(axis=0)
    few = (not trial.clustered) & (rows[0] + rows < MANY_UNITS)
    if few[1:].any() and isinstance(data, GroupSums | Sums):
        raise DesignError("scan_only_sums", argument=FEW_ROWS)

    def redrawn(frame: Frame) -> Arms:
        return of_rows(frame, names, columns, seed)

    arms = tuple(
        _redrawn(scan(data).table, trial, columns["treatment"], arm, redrawn)
        if few[arm]
        else _arm(trial, names, arm, seed)
        for arm in range(1, len(trial.arms))
    )
    return arms, len(trial.strata) > 1


def _redrawn(
    table: Table, trial: SummedTrial, treatment: str, arm: int, of_rows: Callable[[Frame], Arms]
) -> ArmBalance:  # fmt: skip
    """Return the balance of an arm from its rows and those of control."""
    levels = trial.sums.labels(treatment)
    control, own = (levels[int(np.argmax(trial.arm == one))] for one in (0, arm))
    key = key_of(treatment, table.collect_schema()[treatment])
    rows = table.filter((key == control) | (key == own)).collect()
    return replace(of_rows(Frame(rows))[0][0], arm=trial.arms[arm])


def _arm(trial: SummedTrial, names: tuple[str, ...], arm: int, seed: int) -> ArmBalance:
    sides = [_side(trial.sums.where(trial.arm == one), names) for one in (0, arm)]
    (others, lower), (means, upper) = sides
    spread = np.sqrt((upper + lower) / 2)
    inside = np.isin(trial.arm, [0, arm])
    own = trial.sums.where(inside)
    treated, strata = (
        (trial.arm[inside] == arm).astype(np.int64),
        np.unique(trial.stratum[inside], return_inverse=True)[1],
    )
    at = [0, *(own.numbers.index(name) + 1 for name in names)]
    sums = own.about({name: own.mean(name) for name in names})[:, 0][:, at][:, :, at]
    cells = np.zeros((strata.max() + 1, 2, len(at), len(at)))
    np.add.at(cells, (strata, treated), sums)
    scaled = np.divide([means - others, _within(cells)], spread, out=np.zeros((2, len(names))), where=spread > 0)
    stratified, plain = (
        omnibus_of_units(sums[:, 0, 1:], treated, by, seed=seed) if trial.clustered else _of_rows(within)
        for by, within in ((strata, cells), (np.zeros_like(strata), cells.sum(axis=0)[None]))
    )
    return ArmBalance(
        arm=trial.arms[arm], covariates=names, means=means, control_means=others, standardised=scaled[0], within=scaled[1],
        test=stratified, unstratified=plain,
    )  # fmt: skip


def _of_rows(cells: Floats) -> Omnibus:
    """The test of rows from sums of (1, x)(1, x)' of strata and both arms, shape (strata, 2, k + 1, k + 1)."""
    counts = cells[:, :, 0, 0].round().astype(np.int64)
    return omnibus_of_cells(counts, cells[:, :, 0, 1:], cells[:, :, 1:, 1:].sum(axis=1))


def _side(sums: GroupSums, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Means and variances of the covariates in one arm."""
    centres = {name: sums.mean(name) for name in names}
    squares = sums.by(()).about(centres)[0, 0]
    at = [sums.numbers.index(name) + 1 for name in names]
    return np.array([float(centres[name]) for name in names]), squares[at, at] / (sums.rows - 1)


def _within(cells: Floats) -> Floats:
    """Differences in means within strata, averaged by n1 n0 / n."""
    counts = cells[:, :, 0, 0]
    means = cells[:, :, 0, 1:] / counts[:, :, None]
    return np.asarray(np.average(means[:, 1] - means[:, 0], axis=0, weights=counts.prod(axis=1) / counts.sum(axis=1)))
