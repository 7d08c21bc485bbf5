"""A sampling design as arrays, and the covariance that it gives to weighted totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Codes, Floats, Frame, Ints, one_of
from ebpm.moments.naming import named_column
from ebpm.survey.design.replication import Replication
from ebpm.survey.design.stages import LONELY, Columns, Stage, home_of, refuse_other_rows, stages
from ebpm.survey.linear import Linearised

Statistic = Callable[[Floats], Sequence[Linearised]]


@runtime_checkable
class Reweighted(Protocol):
    """Weights that were made from a table: `Raked`, `CalibratedWeights`, `Replicates`."""

    @property
    def weights(self) -> Floats: ...

    @property
    def rows_known_by(self) -> Sequence[tuple[str, Codes]]:
        """Columns of the table with their codes, by which its rows are known again."""

    def into(self, design: Sampling) -> Sampling:
        """Return a design with these weights."""


class Influence(Protocol):
    """What weights that were fitted to the data owe to the fit: `Calibration`, `AnswerModel`."""

    @property
    def method(self) -> str: ...

    def influence(self, scores: Floats, weights: Floats) -> Floats: ...


Weights = str | Reweighted | None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Who was drawn, how, and out of how many.

    Parameters
    ----------
    weights : shape (n,).
    stages : the stages of the design, the first first.
    lonely : how a cell with one sampling unit counts; see `Stage.covariance`.
    calibration : how the weights were calibrated; None where they were not.
    replication : replicate weights that take the place of linearisation; None without.
    """

    weights: Floats
    stages: tuple[Stage, ...]
    lonely: str = "error"
    calibration: Influence | None = None
    replication: Replication | None = None

    @property
    def units(self) -> Ints:
        """Primary sampling unit of each row."""
        return self.stages[0].units

    @property
    def strata(self) -> Ints:
        """Stratum of each row."""
        return self.stages[0].strata

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Rows with a weight other than zero."""
        return np.asarray(self.weights != 0.0)

    @property
    def method(self) -> str:
        """Part of the name of the method: how the weights came about."""
        if self.replication is not None:
            return "survey.replicated"
        return "survey." if self.calibration is None else self.calibration.method

    @property
    def weight_of_unit(self) -> Floats:
        """Sum of the weights of each primary unit's rows, shape (units,)."""
        return np.asarray(
            np.bincount(self.units, self.weights, minlength=len(self.stages[0].stratum_of_unit)), dtype=np.float64
        )

    def df(self, rows: NDArray[np.bool_] | slice = slice(None)) -> float:
        """Return units less strata, counting those that hold some of the rows (Korn and Graubard 1999, section 5.2)."""
        found = len(np.unique(self.units[rows])) - len(np.unique(self.strata[rows]))
        return min(self.replication.df, found) if self.replication is not None and self.replication.df else found

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of the weighted totals of the scores, shape (k, k).

        Parameters
        ----------
        scores : shape (n, k), linearised variables.

        With t_hi the weighted total of unit i of stratum h, n_h units drawn and f_h their share,
        V = sum_h (1 - f_h) n_h / (n_h - 1) sum_i (t_hi - tbar_h)(t_hi - tbar_h)'. A further stage adds the like within each unit,
        times the product of the fractions of the stages before.

        Source: Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 3.7, 4.3 and 5.5.
        """
        weighted = self._weighted(scores)
        return np.asarray(sum(stage.covariance(weighted, lonely=self.lonely) for stage in self.stages))

    def covariance_of(self, statistic: Statistic) -> Floats:
        """Return the covariance of all values of a statistic of the weights: from its scores, or from replicate weights."""
        if self.replication is None:
            return self.covariance(np.column_stack([part.scores for part in statistic(self.weights)]))
        return self.replication.covariance(
            self.weights, lambda weights: np.concatenate([part.values for part in statistic(weights)])
        )

    def _weighted(self, scores: Floats) -> Floats:
        if self.calibration is None:
            return scores * self.weights[:, None]
        return self.calibration.influence(scores, self.weights)


def sampling(
    frame: Frame,
    *,
    weights: Weights,
    strata: Columns,
    cluster: Columns,
    population: Columns = None,
    lonely: str = "error",
) -> Sampling:
    """Return the design that some columns declare.

    Parameters
    ----------
    weights : column of weights, or the result of `rake`, `post_stratify`, `calibrate` or `replicates`; where None, equal or
        implied by `population`.
    strata : column of strata, or one a stage; one stratum where None.
    cluster : column of sampling units, or one a stage; each row its own where None.
    population : column with the number of units in the row's stratum, or one a stage, for the finite population correction.
    lonely : how a stratum with one unit counts: "error", "certainty", "adjust" or "average".

    Raises
    ------
    DataError : if weights made from a table belong to other rows.
    DesignError : if a stratum holds one unit, a unit lies in two strata, or the population is smaller than the sample.
    """
    one_of(lonely, LONELY, "lonely")
    found = tuple(stages(frame, strata=strata, cluster=cluster, population=population))
    layers = tuple(one.stage for one in found)
    if lonely == "error":
        for layer in layers:
            layer.refuse_lonely()
    design = Sampling(np.prod([one.implied for one in found], axis=0), layers, lonely)
    if weights is None:
        return design
    if isinstance(weights, str) or not hasattr(weights, "into"):
        return replace(design, weights=frame.weights(named_column(weights, "weights")))
    refuse_other_rows(frame, rows=len(weights.weights), codes=weights.rows_known_by)
    return weights.into(design)


def in_strata(design: Sampling, groups: Codes) -> Sampling:
    """Return the design in which each group is a stratum too, where no unit lies in two groups; otherwise the design itself."""
    first = design.stages[0]
    crossing = len(np.unique(np.column_stack([first.units, groups.codes]), axis=0)) > len(first.stratum_of_unit)
    if crossing:
        return design
    cells, strata = np.unique(first.strata * len(groups) + groups.codes, return_inverse=True)
    codes = Codes(strata.astype(np.int64), tuple(f"{groups.levels[cell % len(groups)]}" for cell in cells.tolist()))
    home = home_of(Codes(first.units, first.labels), codes)
    parents = cells // len(groups)
    split = replace(
        first, strata=codes.codes, stratum_of_unit=home, fractions=first.fractions[parents],
        factors=first.factors[parents], names=tuple(codes.levels),
    )  # fmt: skip
    if design.lonely == "error":
        split.refuse_lonely()
    return replace(design, stages=(split, *design.stages[1:]))
