"""What is asked of a sample that stays where it is: the sums that answer it, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.groups.scan import GroupRequest
from ebpm.survey.design.stages import Columns
from ebpm.survey.estimation import Where

Form = Callable[[Floats, Floats, str], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a sample.

    Parameters
    ----------
    outcomes : columns.
    labels : whether numbers too count as labels.
    by, where, missing : as in `survey.mean`.
    weights, strata, cluster, population, lonely : the design, as in `survey.mean`.
    """

    outcomes: tuple[str, ...]
    labels: bool
    by: str | None
    where: Where | None
    missing: str
    weights: Any
    strata: Columns
    cluster: Columns
    population: Columns
    lonely: str

    @property
    def records(self) -> dict[str, object]:
        """Arguments for which sums are not enough."""
        staged = {"strata": self.strata, "cluster": self.cluster, "population": self.population}
        return {
            "weights made from a table": not isinstance(self.weights, str | None), f"missing={self.missing}": self.missing != "error",
            **{f"{name}=[...]": not isinstance(column, str | None) for name, column in staged.items()},
        }  # fmt: skip

    def request(self, numbers: Sequence[str]) -> GroupRequest:
        """Return the sums that answer it, where some outcomes are numbers and the others labels."""
        labels = [one for one in self.outcomes if one not in numbers]
        design = {"strata": self.strata, "cluster": self.cluster, "population": self.population, "by": self.by}
        named = {str(column): role for role, column in design.items() if column is not None}
        arguments = dict.fromkeys(self.where or {}, "where") | dict.fromkeys(self.outcomes, "outcome") | named
        return GroupRequest(
            keys=tuple(dict.fromkeys([*named, *(self.where or {}), *labels])), numbers=tuple(dict.fromkeys(numbers)),
            weights=self.weights or "", products=self.cluster is None, arguments=MappingProxyType(arguments),
        )  # fmt: skip


def mean_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return weighted means: z = (x - xbar) / sum w."""
    del term
    means = sums[1:] / sums[0]
    return means + centres, np.column_stack([-means, np.eye(len(means))]) / sums[0]


def total_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return weighted totals: z = x."""
    del term
    return sums[1:] + centres * sums[0], np.column_stack([centres, np.eye(len(centres))])


def ratio_form(sums: Floats, centres: Floats, term: str) -> tuple[Floats, Floats]:
    """Return the ratio R of the totals of two columns: z = (y - R x) / X."""
    (top, bottom), by = total_form(sums, centres, term)
    if bottom == 0.0:
        raise DesignError("survey_zero_denominator", term=term)
    return np.array([top / bottom]), (by[:1] - top / bottom * by[1:]) / bottom
