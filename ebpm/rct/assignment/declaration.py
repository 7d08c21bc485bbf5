"""The declaration of an assignment: it describes itself, draws, gives probabilities, enumerates, and checks what was done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError, SpecError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notices
from ebpm.rct.assignment.agreement import Realised, realised_notices
from ebpm.rct.assignment.chances import Chances, unit_chances
from ebpm.rct.assignment.rolls import ROUNDING, Roll, coins, lots, pair_chances, roll_of
from ebpm.rct.trial import TIMES, combined
from ebpm.stats.given import generator, numbers, several
from ebpm.stats.redrawn.permutation import ENUMERABLE, Codes8, Redraws
from ebpm.texts import label

SCHEMES = ("complete", "simple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """How units were, or will be, assigned to arms at random.

    Parameters
    ----------
    arms : labels, the control arm first.
    shares : of the units, for each arm; equal where empty.
    cluster : column of the unit that is assigned, where that is not the row.
    strata : column of the strata (or pairs) within which units are assigned.
    scheme : "complete" (each stratum gives each arm its share, and leftover units go by lot) or "simple" (each unit by itself).
    probability : column with each unit's own probability of the second of two arms, or the columns of all arms; "simple" alone.
    factors : names and levels of a factorial assignment, whose arms are their combinations; use `Assignment.factorial`.

    Raises
    ------
    SpecError : if arms, shares, scheme and probability contradict each other, saying how.

    Source: Gerber and Green (2012), Field Experiments, chapters 2-4.

    Examples
    --------
    >>> import pandas as pd
    >>> schools = pd.DataFrame({"school": list("abcdefgh"), "level": ["primary"] * 4 + ["middle"] * 4})
    >>> lot = Assignment(arms=("control", "programme"), strata="level")
    >>> lot.possible(schools)
    36
    >>> lot.draw(schools, seed=2019).tolist().count("programme")
    4
    """

    arms: tuple[str, ...] = ("0", "1")
    shares: tuple[float, ...] = ()
    cluster: str | None = None
    strata: str | None = None
    scheme: str = "complete"
    probability: str | tuple[str, ...] | None = None
    factors: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def factorial(cls, factors: Mapping[str, Sequence[str]], **rest: Any) -> Assignment:
        """Return the assignment to all combinations of the levels of several factors.

        Parameters
        ----------
        factors : levels by name, the control level first.
        rest : the other parameters; shares are those of the combinations, the last factor changing fastest.

        Examples
        --------
        >>> Assignment.factorial({"letter": ("no", "yes"), "visit": ("no", "yes")}).arms
        ('no × no', 'no × yes', 'yes × no', 'yes × yes')
        """
        levels = tuple((name, tuple(map(str, values))) for name, values in factors.items())
        return cls(arms=_combinations(levels), factors=levels, **rest)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for wrong, found in _contradictions(self):
            if wrong:
                raise SpecError("rct_assignment_wrong", found=found)

    @property
    def portions(self) -> Floats:
        """The shares of the arms, summing to one."""
        given = np.asarray(self.shares or [1.0] * len(self.arms), dtype=np.float64)
        portions: Floats = given / given.sum()
        return portions

    def describe(self, lang: str | None = None) -> str:
        """Return the declaration in a sentence."""
        unit = label("rct_unit_cluster", lang, column=self.cluster) if self.cluster else label("rct_unit_row", lang)
        within = label("rct_within", lang, column=self.strata) if self.strata else ""
        own = self.probability if isinstance(self.probability, str) else ", ".join(self.probability or ())
        odds = label("rct_own_probability", lang, column=own) if own else self._odds()
        return label(f"rct_scheme_{self.scheme}", lang, unit=unit, within=within, arms=odds)

    def draw(self, data: Any, *, seed: int) -> NDArray[np.str_]:
        """Return the arm of each row, drawn.

        Parameters
        ----------
        data : any frame that Narwhals knows; clusters are drawn in the order of their labels, rows as they stand.
        seed : of the numpy Generator.
        """
        roll, rng = self._roll(data), generator(seed)
        drawn = coins(self._single(data, roll), rng) if self.scheme == "simple" else lots(roll, self.portions, rng)
        return np.asarray(self.arms)[drawn[roll.unit]]

    def probabilities(self, data: Any) -> Floats:
        """Return the exact probability of each arm for each row, shape (n, arms).

        Parameters
        ----------
        data : any frame that Narwhals knows.
        """
        roll = self._roll(data)
        return self._single(data, roll)[roll.unit]

    def possible(self, data: Any) -> int:
        """Return how many assignments there are, all equally likely.

        Parameters
        ----------
        data : any frame that Narwhals knows.

        Raises
        ------
        DesignError : if they are not equally likely: simple assignment, or shares that leave units over.
        """
        return self._redraws(data).possible

    def every(self, data: Any) -> Codes8:
        """Return all assignments of the units (clusters in the order of their labels), shape (possible, units), as places in `arms`.

        Parameters
        ----------
        data : any frame that Narwhals knows.

        Raises
        ------
        DesignError : if there are too many, or if they are not equally likely.
        """
        redraws = self._redraws(data)
        if not redraws.enumerable:
            raise DesignError("rct_too_many_assignments", possible=f"{redraws.possible:.3g}", most=f"{ENUMERABLE:,}")
        return np.concatenate(list(redraws.blocks(0, 0)))

    def check(self, data: Any, *, treatment: str | Sequence[str]) -> Notices:
        """Check a realised assignment against the declaration (R112), and that clusters stand in one arm (R103).

        Parameters
        ----------
        data : any frame that Narwhals knows.
        treatment : column of the assigned arm; of a factorial assignment, the columns of its factors in order.
        """
        frame, columns = Frame.of(data), named_columns(treatment, "treatment")
        roll, found = self._roll(frame), combined(frame, columns)
        case = Realised(
            arms=self.arms, complete=self.scheme == "complete", chances=self._single(frame, roll), cluster=self.cluster,
            roll=roll, found=found, treatment=" × ".join(columns),
        )  # fmt: skip
        return realised_notices(case)

    def weights(self, data: Any, *, treatment: str) -> Floats:
        """Return the inverse of each row's probability of the arm that it is in, shape (n,).

        Parameters
        ----------
        data : any frame that Narwhals knows.
        treatment : column of the assigned arm.

        Raises
        ------
        DesignError : if an arm is not among those declared.
        """
        frame = Frame.of(data)
        found = frame.codes(treatment, "treatment")
        place = np.array([self.place(label_of(level), treatment) for level in found.levels])
        weights: Floats = 1.0 / self.probabilities(frame)[np.arange(len(frame)), place[found.codes]]
        return weights

    def chances(self, data: Any) -> Chances:
        """Return the exact probabilities of units and of pairs of units.

        Parameters
        ----------
        data : any frame that Narwhals knows.
        """
        roll = self._roll(data)
        pairs = np.stack([pair_chances(int(size), self.portions) for size in roll.sizes])
        return Chances(roll, self._single(data, roll), pairs, self.scheme == "simple")

    def joint(self, data: Any, *, first: str, second: str) -> Floats:
        """Return the probability that unit i is in one arm and unit j in another, shape (units, units).

        Parameters
        ----------
        data : any frame that Narwhals knows; clusters in the order of their labels, rows as they stand.
        first, second : arms.
        """
        one, other = (self.place(arm) for arm in (first, second))
        return self.chances(data).joint(one, other)

    def place(self, arm: str, treatment: str = "") -> int:
        """Return the place of an arm among those declared.

        Parameters
        ----------
        arm : its label.
        treatment : name of the column that holds it, for messages.

        Raises
        ------
        DesignError : if it is not among them.
        """
        if arm not in self.arms:
            raise DesignError("rct_arm_not_declared", arm=arm, column=treatment, arms=", ".join(self.arms))
        return self.arms.index(arm)

    def _roll(self, data: Any) -> Roll:
        return roll_of(data, cluster=self.cluster, strata=self.strata)

    def _single(self, data: Any, roll: Roll) -> Floats:
        if not self.probability:
            return np.tile(self.portions, (len(roll.units), 1))
        columns = (self.probability,) if isinstance(self.probability, str) else self.probability
        return unit_chances(Frame.of(data), columns, roll)

    def _redraws(self, data: Any) -> Redraws:
        roll = self._roll(data)
        numbers = np.bincount(roll.stratum)[:, None] * self.portions
        whole = np.rint(numbers)
        if self.scheme == "simple" or (np.abs(numbers - whole) > ROUNDING).any():
            raise DesignError("rct_unequal_assignments", declared=self.describe())
        arm = np.empty(len(roll.units), dtype=np.int64)
        arm[np.argsort(roll.stratum, kind="stable")] = np.concatenate(
            [np.repeat(np.arange(len(self.arms)), row) for row in whole.astype(np.int64)]
        )
        return Redraws(arm, roll.stratum)

    def _odds(self) -> str:
        return ", ".join(f"{arm} {100 * share:.4g} %" for arm, share in zip(self.arms, self.portions, strict=True))


def _contradictions(one: Assignment) -> Iterator[tuple[bool, str]]:
    yield len(one.arms) < 2 or len(set(one.arms)) < len(one.arms), f"arms={one.arms}"
    bad = any(not share > 0.0 for share in numbers(one.shares, "shares")) or not math.isclose(
        sum(one.shares or (1.0,)), 1.0
    )
    yield bool(one.shares) and (len(one.shares) != len(one.arms) or bad), f"arms={one.arms}, shares={one.shares}"
    yield one.scheme not in SCHEMES, f"scheme={one.scheme!r}"
    own = one.probability is not None
    columns = 2 if isinstance(one.probability, str) else len(several(one.probability or (), "probability"))
    odd = one.scheme != "simple" or len(one.arms) != columns or bool(one.shares)
    yield own and odd, f"probability={one.probability!r}, scheme={one.scheme!r}, shares={one.shares}"
    yield bool(one.factors) and one.arms != _combinations(one.factors), f"arms={one.arms}, factors={one.factors}"


def _combinations(factors: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    return tuple(map(TIMES.join, product(*(levels for _, levels in factors))))
