"""A randomised trial as arrays: outcome, arm, unit of assignment, stratum, weight; refused where it cannot be analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.stats.groups import group_sums

CONTROL_NAMES = ("0", "false", "control", "対照", "対照群")
NAMED = 8
TIMES = " × "


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A randomised trial, one element a row.

    Parameters
    ----------
    outcome : shape (n,).
    arm : shape (n,); 0 is the control arm, j the arm `arms[j]`.
    arms : labels, the control arm first.
    unit : unit of assignment (cluster, or the row itself), in 0 .. units - 1, shape (n,).
    stratum : shape (n,); zeros where assignment was not stratified.
    strata : labels of the strata.
    weights : shape (n,); ones where rows are not weighted.
    clustered : whether units are clusters.
    weighted : whether rows are weighted.
    """

    outcome: Floats
    arm: Ints
    arms: tuple[str, ...]
    unit: Ints
    stratum: Ints
    strata: tuple[str, ...]
    weights: Floats
    clustered: bool
    weighted: bool

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.outcome)

    @property
    def units(self) -> int:
        """Units of assignment."""
        return int(self.unit.max()) + 1

    def of_units(self, values: Ints) -> Ints:
        """Return, of a column that is constant within units, the value of each unit."""
        result = np.empty(self.units, dtype=np.int64)
        result[self.unit] = values
        return result

    def means_of_units(self, columns: Floats) -> Floats:
        """Return the (weighted) mean of each unit in each column, shape (units, k)."""
        if not columns.shape[1]:
            return np.empty((self.units, 0))
        sums = group_sums(columns * self.weights[:, None], self.unit, groups=self.units)
        means: Floats = sums / np.bincount(self.unit, self.weights)[:, None]
        return means

    @property
    def unit_cells(self) -> Ints:
        """Units in each stratum and arm, shape (strata, arms)."""
        cell = self.of_units(self.stratum) * len(self.arms) + self.of_units(self.arm)
        counts = np.bincount(cell, minlength=len(self.strata) * len(self.arms))
        return counts.reshape(len(self.strata), len(self.arms)).astype(np.int64)

    @property
    def paired(self) -> bool:
        """Whether every stratum is a pair: one unit of each of two arms."""
        return len(self.arms) == 2 and len(self.strata) > 1 and bool((self.unit_cells == 1).all())

    @property
    def stratum_shares(self) -> Floats:
        """Share of the (weighted) rows in each stratum, shape (strata,)."""
        sums = np.bincount(self.stratum, self.weights, minlength=len(self.strata))
        shares: Floats = sums / sums.sum()
        return shares


def read_trial(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    lone: bool = False,
    bare: bool = False,
) -> Trial:
    """Read the columns of a trial.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, if that was not the row.
    strata : column of the strata within which units were assigned.
    weights : column of analytical weights.
    lone : whether one unit may stand for an arm of a stratum.
    bare : whether a stratum may lack an arm, and an arm have one unit.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if there is one arm only, if the control arm is not named, if the outcome does not vary, if arm or stratum
        varies within a cluster, or if an arm (of a stratum) has no unit, or one only.
    """
    frame = Frame.of(data)
    values = frame.numbers(outcome, "outcome")
    return trial_of(
        frame,
        values,
        outcome=outcome,
        treatment=treatment,
        control=control,
        cluster=cluster,
        strata=strata,
        weights=weights,
        lone=lone,
        bare=bare,
    )


def trial_of(
    frame: Frame,
    values: Floats,
    *,
    outcome: str,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    lone: bool = False,
    bare: bool = False,
    arms: Codes | None = None,
) -> Trial:
    """Return the trial of an outcome that is at hand as an array (and arms as codes); parameters and errors as `read_trial`."""
    if np.ptp(values) == 0:
        raise DesignError("rct_constant_outcome", column=outcome, value=values[0], rows=len(values))
    levels = frame.codes(treatment, "treatment") if arms is None else arms
    if len(levels) < 2:
        raise DesignError("rct_one_arm", column=treatment, arm=label_of(levels.levels[0]))
    arm, names = _control_first(levels, control, treatment)
    rows = np.arange(len(values))
    clusters = Codes(rows, ()) if cluster is None else frame.codes(cluster, "cluster")
    blocks = Codes(np.zeros_like(rows), ("",)) if strata is None else frame.codes(strata, "strata")
    trial = Trial(
        outcome=values,
        arm=arm,
        arms=names,
        unit=clusters.codes,
        stratum=blocks.codes,
        strata=tuple(map(label_of, blocks.levels)),
        weights=np.ones(len(values)) if weights is None else frame.weights(weights),
        clustered=cluster is not None,
        weighted=weights is not None,
    )
    _refuse_varying("rct_arm_varies", clusters, trial.arm, column=treatment, cluster=cluster)
    _refuse_varying("rct_stratum_varies", clusters, trial.stratum, column=strata, cluster=cluster)
    if not bare:
        _refuse_empty_cells(trial, treatment, strata, lone=lone)
    return trial


def in_strata(trial: Trial, blocks: Codes, *, column: str) -> Trial:
    """Return the trial in other strata.

    Parameters
    ----------
    trial : the trial.
    blocks : stratum of each row.
    column : its name, for messages.

    Raises
    ------
    DesignError : if a stratum varies within a cluster, or has fewer than two units of an arm.
    """
    clusters = Codes(trial.unit, tuple(range(1, trial.units + 1)))
    _refuse_varying("rct_stratum_varies", clusters, blocks.codes, column=column, cluster="cluster")
    grouped = replace(trial, stratum=blocks.codes, strata=tuple(map(label_of, blocks.levels)))
    _refuse_empty_cells(grouped, "", column, lone=False)
    return grouped


def combined(frame: Frame, columns: Sequence[str], argument: str = "treatment") -> Codes:
    """Return several columns of labels as one, whose levels are the combinations that occur, joined by their labels.

    Parameters
    ----------
    frame : the table.
    columns : names; one alone is returned as it is.
    argument : the parameter that named them, for messages.
    """
    parts = [frame.codes(column, argument) for column in columns]
    if len(parts) == 1:
        return parts[0]
    rows = np.stack([part.codes for part in parts], axis=1)
    found, codes = np.unique(rows, axis=0, return_inverse=True)
    names = (TIMES.join(label_of(part.levels[place]) for part, place in zip(parts, row, strict=True)) for row in found)
    return Codes(codes.reshape(-1).astype(np.int64), tuple(names))


def label_of(level: object) -> str:
    """Return the label of an arm or stratum; 1.0 reads "1"."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def varying_units(unit: Ints, values: Ints) -> Ints:
    """Return the units within which a column of codes takes more than one value."""
    units = int(unit.max()) + 1
    first = np.empty(units, dtype=np.int64)
    first[unit] = values
    return np.unique(unit[values != first[unit]])


def _control_first(levels: Codes, control: object, treatment: str) -> tuple[Ints, tuple[str, ...]]:
    names = [label_of(level) for level in levels.levels]
    place = _control_place(names, levels.levels, control, treatment)
    order = [place, *(j for j in range(len(names)) if j != place)]
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[order] = np.arange(len(names))
    return ranks[levels.codes], tuple(names[j] for j in order)


def _control_place(names: list[str], levels: Sequence[Any], control: object, treatment: str) -> int:
    if control is not None:
        places = [j for j, level in enumerate(levels) if level == control or names[j] == label_of(control)]
        if not places:
            raise DataError("rct_no_such_arm", control=control, column=treatment, arms=", ".join(names))
        return places[0]
    known = [j for j, name in enumerate(names) if name.lower() in CONTROL_NAMES]
    if len(known) != 1:
        raise DesignError("rct_name_control", column=treatment, arms=", ".join(names))
    return known[0]


def _refuse_varying(code: str, clusters: Codes, values: Ints, *, column: str | None, cluster: str | None) -> None:
    varying = varying_units(clusters.codes, values)
    if len(varying):
        raise DesignError(
            code, column=column, cluster=cluster, count=len(varying), named=some(varying, clusters.levels)
        )


def _refuse_empty_cells(trial: Trial, treatment: str, strata: str | None, *, lone: bool) -> None:
    cells = trial.unit_cells
    least = 1 if trial.paired or (lone and len(cells) > 1) else 2
    thin = cells < least
    if not thin.any():
        return
    if strata is None:
        arm = int(np.argmax(thin[0]))
        code = "rct_one_cluster_in_arm" if trial.clustered else "rct_one_unit_in_arm"
        raise DesignError(code, arm=trial.arms[arm], column=treatment)
    missing = (cells == 0).any(axis=1)
    code = "rct_arm_missing_in_stratum" if missing.any() else "rct_one_unit_in_stratum"
    where = np.flatnonzero(missing if missing.any() else thin.any(axis=1))
    raise DesignError(code, column=strata, count=len(where), named=some(where, trial.strata))


def some(places: Ints, levels: Sequence[object]) -> str:
    """Return the labels of some levels, the first few of them where there are many.

    Parameters
    ----------
    places : positions among the levels.
    levels : all labels.
    """
    shown = ", ".join(label_of(levels[int(place)]) for place in places[:NAMED])
    return shown if len(places) <= NAMED else f"{shown}, …"
