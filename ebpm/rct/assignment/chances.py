"""Probabilities of assignment: of each unit, and of pairs of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.rct.assignment.rolls import ROUNDING, Roll
from ebpm.rct.trial import Trial


@dataclass(frozen=True, slots=True)
class Chances:
    """The probabilities of an assignment.

    Parameters
    ----------
    roll : the units.
    single : of each unit and arm, shape (units, arms).
    pairs : that of two units of a stratum the one gets arm a, the other arm b, shape (strata, arms, arms).
    independent : whether units are assigned independently of each other, so that `pairs` are products.
    """

    roll: Roll
    single: Floats
    pairs: Floats
    independent: bool

    def joint(self, first: int, second: int) -> Floats:
        """Return the probability that unit i is in one arm and unit j in another, shape (units, units).

        Parameters
        ----------
        first, second : places of the arms.
        """
        apart = np.outer(self.single[:, first], self.single[:, second])
        if not self.independent:
            stratum = self.roll.stratum
            same = stratum[:, None] == stratum
            apart = np.where(same, self.pairs[stratum, first, second][:, None], apart)
        np.fill_diagonal(apart, self.single[:, first] if first == second else 0.0)
        return apart


def unit_chances(frame: Frame, columns: Sequence[str], roll: Roll) -> Floats:
    """Return each unit's own probabilities of the arms from columns, shape (units, arms).

    Parameters
    ----------
    frame : the table.
    columns : of the second of two arms, or of all arms.
    roll : the units.

    Raises
    ------
    DesignError : if a probability is not strictly between 0 and 1, if those of a row do not sum to 1, or differ within a unit.
    """
    own = np.column_stack([frame.numbers(column, "probability") for column in columns])
    own = np.hstack([1.0 - own, own]) if len(columns) == 1 else own
    chances = np.empty((len(roll.units), own.shape[1]))
    chances[roll.unit] = own
    wrong = ((own <= 0.0) | (own >= 1.0) | (own != chances[roll.unit])).any(axis=1)
    wrong |= np.abs(own.sum(axis=1) - 1.0) > ROUNDING
    if wrong.any():
        row = int(np.argmax(wrong))
        given = ", ".join(f"{value:.6g}" for value in own[row, -len(columns) :])
        raise DesignError("rct_bad_probability", column=", ".join(columns), row=row + 1, value=given)
    return chances


def weighed_by_chance(frame: Frame, trial: Trial, probability: str, treatment: str) -> Trial:
    """Return the trial with its weights multiplied by the inverse of each unit's probability of its own arm.

    Parameters
    ----------
    frame : the table.
    trial : of two arms.
    probability : column of the probability of the non-control arm.
    treatment : column of the arm, for messages.

    Raises
    ------
    DesignError : if there are more than two arms, and as `unit_chances`.
    """
    if len(trial.arms) > 2:
        raise DesignError("rct_probability_of_two", column=treatment, arms=", ".join(trial.arms))
    roll = Roll(trial.unit, tuple(range(trial.units)), trial.of_units(trial.stratum), trial.strata)
    chances = unit_chances(frame, (probability,), roll)
    return replace(trial, weights=trial.weights / chances[trial.unit, trial.arm], weighted=True)
