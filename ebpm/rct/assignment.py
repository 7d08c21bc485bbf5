"""The declaration of an assignment: it describes itself, draws, gives probabilities, enumerates, and checks what was done."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from ebpm.errors import DesignError, SpecError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.rct.trial import label_of, some, varying_units
from ebpm.stats.permutation import ENUMERABLE, Codes8, Redraws
from ebpm.texts import label

SCHEMES = ("complete", "simple")
ROUNDING = 1e-9
BY_CHANCE = 0.001

Finds = Iterator[tuple[str, Facts]]


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
    probability : column with each unit's own probability of the second of two arms; "simple" alone.

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
    probability: str | None = None

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
        chances = label("rct_own_probability", lang, column=self.probability) if self.probability else self._odds()
        return label(f"rct_scheme_{self.scheme}", lang, unit=unit, within=within, arms=chances)

    def draw(self, data: Any, *, seed: int) -> NDArray[np.str_]:
        """Return the arm of each row, drawn.

        Parameters
        ----------
        data : any frame that Narwhals knows; clusters are drawn in the order of their labels, rows as they stand.
        seed : of the numpy Generator.
        """
        roll, rng = self._roll(data), np.random.default_rng(seed)
        drawn = _coins(self._chances(data, roll), rng) if self.scheme == "simple" else _lots(roll, self.portions, rng)
        return np.asarray(self.arms)[drawn[roll.unit]]

    def probabilities(self, data: Any) -> Floats:
        """Return the exact probability of each arm for each row, shape (n, arms).

        Parameters
        ----------
        data : any frame that Narwhals knows.
        """
        roll = self._roll(data)
        return self._chances(data, roll)[roll.unit]

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

    def check(self, data: Any, *, treatment: str) -> Notices:
        """Check a realised assignment against the declaration (R112), and that clusters stand in one arm (R103).

        Parameters
        ----------
        data : any frame that Narwhals knows.
        treatment : column of the assigned arm.
        """
        frame = Frame.of(data)
        found = frame.codes(treatment, "treatment")
        return run(RULES, _Realised(self, self._roll(frame), found, treatment))

    def _roll(self, data: Any) -> _Roll:
        frame = Frame.of(data)
        rows = np.arange(len(frame))
        units = Codes(rows, tuple(rows)) if self.cluster is None else frame.codes(self.cluster, "cluster")
        strata = Codes(np.zeros_like(rows), ("",)) if self.strata is None else frame.codes(self.strata, "strata")
        mixed = varying_units(units.codes, strata.codes)
        if len(mixed):
            named = some(mixed, units.levels)
            facts = {"column": self.strata, "cluster": self.cluster, "count": len(mixed), "named": named}
            raise DesignError("rct_stratum_varies", **facts)
        stratum = np.empty(len(units), dtype=np.int64)
        stratum[units.codes] = strata.codes
        return _Roll(units.codes, units.levels, stratum, tuple(map(label_of, strata.levels)))

    def _chances(self, data: Any, roll: _Roll) -> Floats:
        if self.probability is None:
            return np.tile(self.portions, (len(roll.units), 1))
        own = Frame.of(data).numbers(self.probability, "probability")
        chance = np.empty(len(roll.units))
        chance[roll.unit] = own
        wrong = (own <= 0.0) | (own >= 1.0) | (own != chance[roll.unit])
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DesignError("rct_bad_probability", column=self.probability, row=row + 1, value=own[row])
        return np.column_stack([1.0 - chance, chance])

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


@dataclass(frozen=True, slots=True)
class _Roll:
    """The units of a frame: unit of each row, labels, stratum of each unit, labels of the strata."""

    unit: Ints
    units: tuple[Any, ...]
    stratum: Ints
    strata: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Realised:
    """A declaration and what was done."""

    declared: Assignment
    roll: _Roll
    found: Codes
    treatment: str


def _contradictions(one: Assignment) -> Iterator[tuple[bool, str]]:
    yield len(one.arms) < 2 or len(set(one.arms)) < len(one.arms), f"arms={one.arms}"
    bad = any(not share > 0.0 for share in one.shares) or not math.isclose(sum(one.shares or (1.0,)), 1.0)
    yield bool(one.shares) and (len(one.shares) != len(one.arms) or bad), f"arms={one.arms}, shares={one.shares}"
    yield one.scheme not in SCHEMES, f"scheme={one.scheme!r}"
    own = one.probability is not None
    odd = one.scheme != "simple" or len(one.arms) != 2 or bool(one.shares)
    yield own and odd, f"probability={one.probability!r}, scheme={one.scheme!r}, shares={one.shares}"


def _coins(chances: Floats, rng: np.random.Generator) -> Ints:
    drawn: Ints = (rng.random((len(chances), 1)) > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    return drawn


def _lots(roll: _Roll, portions: Floats, rng: np.random.Generator) -> Ints:
    arm = np.empty(len(roll.units), dtype=np.int64)
    for stratum in range(len(roll.strata)):
        units = np.flatnonzero(roll.stratum == stratum)
        ends = np.floor(np.cumsum(len(units) * portions) + ROUNDING + rng.random() * _uneven(len(units) * portions))
        ends[-1] = len(units)
        counts = np.diff(np.r_[0, ends]).astype(np.int64)
        arm[rng.permutation(units)] = np.repeat(np.arange(len(portions)), counts)
    return arm


def _uneven(numbers: Floats) -> float:
    """1 where the shares leave units over, which then go by one systematic draw; 0 where they do not."""
    return float((np.abs(numbers - np.rint(numbers)) > ROUNDING).any())


def _mixed(case: _Realised) -> Finds:
    mixed = varying_units(case.roll.unit, case.found.codes)
    if len(mixed):
        named = some(mixed, case.roll.units)
        yield case.treatment, {"cluster": case.declared.cluster, "count": len(mixed), "named": named}


def _departs(case: _Realised) -> Finds:
    names = [label_of(level) for level in case.found.levels]
    arms = [*case.declared.arms, *(name for name in names if name not in case.declared.arms)]
    place = np.array([arms.index(name) for name in names])
    arm = np.empty(len(case.roll.units), dtype=np.int64)
    arm[case.roll.unit] = place[case.found.codes]
    portions = np.r_[case.declared.portions, np.zeros(len(arms) - len(case.declared.arms))]
    if case.declared.probability is not None:
        portions = portions * math.nan
    for stratum, name in enumerate(case.roll.strata):
        got = np.bincount(arm[case.roll.stratum == stratum], minlength=len(arms))
        if _off(case.declared.scheme, got, got.sum() * portions):
            told = ", ".join(f"{one} {count}" for one, count in zip(arms, got, strict=True))
            meant = ", ".join(f"{one} {count:.4g}" for one, count in zip(arms, got.sum() * portions, strict=True))
            yield name or case.treatment, {"got": told, "declared": meant}


def _off(scheme: str, got: Ints, meant: Floats) -> bool:
    if scheme == "complete":
        return bool((np.abs(got - meant) >= 1.0 - ROUNDING).any())
    if np.isnan(meant).any():
        return False
    if got[meant == 0.0].any():
        return True
    expected = meant[meant > 0]
    return bool(chdtrc(len(expected) - 1, ((got[meant > 0] - expected) ** 2 / expected).sum()) < BY_CHANCE)


RULES = (Rule("R103", _mixed), Rule("R112", _departs, requires=("R103",)))
