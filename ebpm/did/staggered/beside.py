"""Covariates and weights of the rows of a staggered adoption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.absorbed import ABSORBED
from ebpm.did.regression_checks import refuse_outcome_among
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.panel import PanelRows


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the rows beside the outcome.

    Parameters
    ----------
    names : of the covariates.
    covariates : shape (n, k).
    weights : of the unit of each row, of each of the units that it stands for, shape (n,); shape (0,) where all rows count alike.
    """

    names: tuple[str, ...]
    covariates: Floats
    weights: Floats

    @classmethod
    def read(cls, data: Any, rows: PanelRows, outcome: str, covariates: Sequence[str], weights: str | None) -> Beside:
        """Return the columns of some rows; nothing is read where none is named, and the outcome is refused among the covariates."""
        names = tuple(covariates)
        refuse_outcome_among(names, outcome)
        X = _covariates(data, rows, names) if names else np.empty((len(rows), 0))
        return cls(names, X, _weights(data, rows, weights))

    def mass(self, rows: PanelRows) -> Floats:
        """Return what each row counts, the units that it stands for or its weight, shape (n,)."""
        units = rows.units.codes
        return rows.standing.weighted(self.weights, units) if len(self.weights) else rows.standing.of_rows(units)


def _covariates(data: Any, rows: PanelRows, names: tuple[str, ...]) -> Floats:
    return (rows.standing.beside if rows.standing else Frame.of(data).matrix(names, "covariates"))[rows.order]


def _weights(data: Any, rows: PanelRows, column: str | None) -> Floats:
    if rows.standing:
        return rows.standing.weights[rows.units.codes] if len(rows.standing.weights) else rows.standing.weights
    return Frame.of(data).weights(column)[rows.order] if column else np.empty(0)


def refuse_absorbed(left: Floats, covariates: Floats, names: tuple[str, ...]) -> None:
    """Refuse covariates of which nothing is left beside the effects; both of shape (n, k)."""
    for j, name in enumerate(names):
        if left[:, j] @ left[:, j] <= ABSORBED * (covariates[:, j] @ covariates[:, j]):
            raise DesignError("did_covariate_absorbed", column=name)
