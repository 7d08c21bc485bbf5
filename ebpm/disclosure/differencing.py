"""What two released numbers tell together: populations that differ by a few persons, in one release or from one to the next."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ebpm.spec import Spec, read

FILE = "releases.json"


@dataclass(frozen=True, slots=True)
class Statement:
    """A released number: of what, and of whom.

    Parameters
    ----------
    name : analysis and term.
    outcome : the columns of the data that the outcome is made of.
    level : whether it is a mean, a share, a total; a difference between groups is not.
    members : who it is about, as codes of their identifiers.
    """

    name: str
    outcome: tuple[str, ...]
    level: bool
    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two statements whose difference is about a few persons.

    Parameters
    ----------
    new, old : their names.
    count : by how many their populations differ.
    level : whether both are levels, so that subtraction gives the number of the few.
    """

    new: str
    old: str
    count: int
    level: bool


class Entry(Spec):
    """A statement of a former release; its members lie in `populations`."""

    name: str
    outcome: tuple[str, ...]
    level: bool
    population: str


class Register(Spec):
    """What was released of a pilot. It tells who was in which population and stays in the office."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    pilot: str
    releases: int = 0
    entries: tuple[Entry, ...] = ()
    populations: dict[str, str] = Field(default_factory=dict)

    def statements(self) -> tuple[Statement, ...]:
        """Return the statements of all releases."""
        sets = {name: _unpacked(text) for name, text in self.populations.items()}
        return tuple(Statement(one.name, one.outcome, one.level, sets[one.population]) for one in self.entries)

    def with_release(self, statements: Iterable[Statement]) -> Register:
        """Return the register with one more release; what it already holds is not entered twice."""
        populations, entries = dict(self.populations), dict.fromkeys(self.entries)
        for one in statements:
            packed = _packed(one.members)
            name = blake2b(packed.encode(), digest_size=8).hexdigest()
            populations[name] = packed
            entries[Entry(name=one.name, outcome=one.outcome, level=one.level, population=name)] = None
        return self.model_copy(
            update={"entries": tuple(entries), "populations": populations, "releases": self.releases + 1}
        )

    def write(self, path: Path) -> None:
        """Write the register."""
        path.write_text(self.model_dump_json(indent=1, by_alias=True) + "\n", encoding="utf-8", newline="\n")


def read_register(path: Path, pilot: str) -> Register:
    """Return the register of a pilot; an empty one where nothing was released.

    Raises
    ------
    SpecError : if the file is not as it was written.
    """
    return read(path, Register) if path.exists() else Register(pilot=pilot)


def codes(values: Sequence[object]) -> frozenset[int]:
    """Return codes of identifiers, the same on every run."""
    return frozenset(map(_code, set(map(str, values))))


@lru_cache(maxsize=1 << 18)
def _code(value: str) -> int:
    return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "big")


def differences(
    statements: Sequence[Statement], former: Sequence[Statement] | None = None, *, min_cell: int
) -> tuple[Difference, ...]:
    """Return the pairs of statements about the same outcome whose populations differ by fewer than `min_cell` persons.

    Parameters
    ----------
    statements : those that are to be released.
    former : those that were released; where none are given, the statements among themselves.
    min_cell : fewer persons than this are few.

    Notes
    -----
    A pair is found where one population has between 1 and `min_cell` - 1 persons that the other has not, and the other no more
    than that: then a difference of totals is a total of the few.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 5.1.
    """
    pairs = (
        ((new, old) for place, new in enumerate(statements) for old in statements[:place])
        if former is None
        else ((new, old) for new in statements for old in former)
    )
    found = (_difference(new, old, min_cell) for new, old in pairs if set(new.outcome) & set(old.outcome))
    return tuple(one for one in found if one.count)


def _difference(new: Statement, old: Statement, min_cell: int) -> Difference:
    more, less = len(new.members - old.members), len(old.members - new.members)
    few = more + less > 0 and max(more, less) < min_cell
    return Difference(new.name, old.name, more + less if few else 0, new.level and old.level)


def _packed(members: frozenset[int]) -> str:
    return base64.b64encode(np.array(sorted(members), dtype=">u8").tobytes()).decode()


def _unpacked(text: str) -> frozenset[int]:
    return frozenset(np.frombuffer(base64.b64decode(text), dtype=">u8").tolist())


def tell_of_few(
    statements: Sequence[Statement], *, min_cell: int, whose: Mapping[int, int] = MappingProxyType({})
) -> bool:
    """Return whether sums about several groups, added and subtracted, are sums about fewer persons than may be told of.

    Parameters
    ----------
    statements : sums about the same outcome, each of its own group of persons.
    min_cell : fewer persons than this are few.
    whose : the person behind a member, where members are records; members are persons themselves where they are not named.

    Notes
    -----
    Persons who are in the same groups form a part. With M the matrix of groups by parts (1 where a part is in a group), some
    combination of the groups leaves only parts of fewer than `min_cell` persons if and only if M has a larger rank than the columns of
    the other parts alone.

    Source: Denning and Schlörer (1980), ACM Transactions on Database Systems 5(1), on trackers; the rank is linear algebra.

    Examples
    --------
    >>> everybody, most = frozenset(range(100)), frozenset(range(3, 100))
    >>> one, other = (Statement(name, ("income",), True, who) for name, who in (("all", everybody), ("most", most)))
    >>> tell_of_few([one, other], min_cell=10), tell_of_few([one], min_cell=10)
    (True, False)
    """
    parts: dict[int, int] = {}
    for place, one in enumerate(statements):
        for member in one.members:
            parts[member] = parts.get(member, 0) | 1 << place
    persons: dict[int, set[int]] = {}
    for member, part in parts.items():
        persons.setdefault(part, set()).add(whose.get(member, member))
    sizes = {part: len(people) for part, people in persons.items()}
    matrix = np.array([[part >> place & 1 for part in sizes] for place in range(len(statements))], dtype=np.float64)
    large = np.array([size >= min_cell for size in sizes.values()])
    if not sizes or large.all():
        return False
    rest = matrix[:, large]
    return bool(np.linalg.matrix_rank(matrix) > (np.linalg.matrix_rank(rest) if rest.size else 0))
