"""Who was assigned to what: what comparisons, checks and labels read of a trial, be it of rows or of sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.labels import control_places, label_of, labels_of
from ebpm.moments.regression import ClusterMoments
from ebpm.notices import Notices

NAMED = 8


class Assigned(ABC):
    """A randomised trial.

    Parameters
    ----------
    arms : labels, the control arm first.
    strata : labels of the strata; one, empty, where assignment was not stratified.
    clustered : whether units of assignment are clusters.
    weighted : whether rows are weighted.
    """

    __slots__ = ()

    arms: tuple[str, ...]
    strata: tuple[str, ...]
    clustered: bool
    weighted: bool

    @property
    @abstractmethod
    def unit_cells(self) -> Ints:
        """Units of assignment in each stratum and arm, shape (strata, arms)."""

    @property
    @abstractmethod
    def row_cells(self) -> Ints:
        """Rows in each stratum and arm, shape (strata, arms)."""

    @property
    @abstractmethod
    def stratum_shares(self) -> Floats:
        """Share of the (weighted) rows in each stratum, shape (strata,)."""

    @property
    @abstractmethod
    def cell_means(self) -> Floats:
        """(Weighted) mean of the outcome in each stratum and arm, shape (strata, arms)."""

    @property
    @abstractmethod
    def row_spread(self) -> tuple[Floats, Floats]:
        """For independent rows, in each stratum and arm: variance of the mean, and sum w^2 / (sum w)^2."""

    @property
    @abstractmethod
    def weight_sums(self) -> tuple[Floats, Floats]:
        """Sums of the weights of rows, and of their squares, in each stratum and arm, shapes (strata, arms)."""

    @property
    def effective_rows(self) -> float:
        """Kish's effective number of rows."""
        sums, squares = self.weight_sums
        return float(sums.sum() ** 2 / squares.sum())

    @property
    @abstractmethod
    def unit_places(self) -> tuple[Ints, Ints]:
        """Stratum and arm of each cluster, shapes (units,)."""

    @property
    @abstractmethod
    def unit_sizes(self) -> Floats:
        """(Weighted) rows of each cluster, shape (units,)."""

    @property
    @abstractmethod
    def centred_means(self) -> Floats:
        """(Weighted) mean of the outcome of each cluster, less that of all rows, shape (units,)."""

    @property
    @abstractmethod
    def mean_moments(self) -> tuple[ClusterMoments, float]:
        """Moments of a constant and the outcome less a middle, and that middle."""

    @property
    def rounding(self) -> Notices:
        """What was rounded before it was summed."""
        return Notices()

    @abstractmethod
    def of_clusters(self) -> Assigned:
        """Return the trial whose rows are the means of its clusters."""

    @abstractmethod
    def of_strata(self, kept: NDArray[np.bool_]) -> Self:
        """Return the trial in some of its strata."""

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.row_cells.sum())

    @property
    def units(self) -> int:
        """Units of assignment."""
        return int(self.unit_cells.sum())

    @property
    def paired(self) -> bool:
        """Whether every stratum is a pair: one unit of each of two arms."""
        return len(self.arms) == 2 and len(self.strata) > 1 and bool((self.unit_cells == 1).all())


def control_place(levels: Codes, control: object, treatment: str) -> int:
    """Return the place of the control arm among the levels.

    Raises
    ------
    DataError, DesignError : if there is no such arm, or none is named and none is called so.
    """
    places = control_places(levels, control)
    if len(places) != 1 and control is None:
        raise DesignError("rct_name_control", column=treatment, arms=", ".join(labels_of(levels)))
    if not places:
        raise DataError("rct_no_such_arm", control=control, column=treatment, arms=", ".join(labels_of(levels)))
    return places[0]


def refuse_varying(code: str, clusters: Codes, values: Ints, *, column: str | None, cluster: str | None) -> None:
    """Refuse clusters within which a column of codes takes more than one value.

    Raises
    ------
    DesignError : naming the first of them.
    """
    varying = varying_units(clusters.codes, values)
    if len(varying):
        raise DesignError(
            code, column=column, cluster=cluster, count=len(varying), named=some(varying, clusters.levels)
        )


def varying_units(unit: Ints, values: Ints) -> Ints:
    """Return the units within which a column of codes takes more than one value."""
    units = int(unit.max()) + 1
    first = np.empty(units, dtype=np.int64)
    first[unit] = values
    return np.unique(unit[values != first[unit]])


def refuse_empty_cells(trial: Assigned, treatment: str, strata: str | None, *, lone: bool) -> None:
    """Refuse a trial in which an arm (of a stratum) has no unit, or one only.

    Parameters
    ----------
    trial : the trial.
    treatment, strata : columns, for messages.
    lone : whether one unit may stand for an arm of a stratum.

    Raises
    ------
    DesignError : naming the arm or the strata.
    """
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


def some(places: Ints, levels: object) -> str:
    """Return the labels of some levels, the first few of them where there are many.

    Parameters
    ----------
    places : positions among the levels.
    levels : all labels.
    """
    shown = ", ".join(label_of(levels[int(place)]) for place in places[:NAMED])  # type: ignore[index]
    return shown if len(places) <= NAMED else f"{shown}, …"
