"""What is told of whom: whether the sums of an analysis, beside those that leave or have left, tell of a few persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ebpm.disclosure.differencing import Statement, tell_of_few
from ebpm.moments.scans.files.leaving import Withheld, Within
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.scan import PathRequest
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.pilot.leaving.contributors import counts_persons, sources_of
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.pilot.sums.members import Behind, Records, behind, sources
from ebpm.pilot.sums.summed_rows import uncollapsed

if TYPE_CHECKING:
    from ebpm.pilot.pilot_data import PilotData

Crowd = frozenset[int]
EXACT = Within()


@dataclass(frozen=True, slots=True)
class Asked:
    """What an analysis asked of its table.

    Parameters
    ----------
    request : the columns.
    sums : what a scan gave.
    rows : whether the sums are the rows of the analysis.
    """

    request: PathRequest | GroupRequest
    sums: PathSums | GroupSums
    rows: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """The sums of an analysis on their way out.

    Parameters
    ----------
    sums : as they may leave.
    withheld : why they may not; then nothing of them leaves.
    within : how far they can be off where they were rounded.
    """

    sums: PathSums | GroupSums
    withheld: tuple[Withheld, ...] = ()
    within: Within = EXACT


@dataclass(frozen=True, slots=True)
class Least:
    """How many persons, or bodies whose rows count persons, a sum asks for, and the label of the reason where there are fewer."""

    owners: int
    reason: str

    @classmethod
    def of(cls, analysis: Analysis, spec: PilotSpec) -> Least:
        """Return what the tier asks of the table of an analysis."""
        dataset = next(one for one in spec.data if one.id == analysis.data)
        if counts_persons(dataset):
            return cls(spec.disclosure.min_units, "disclosure_few_units")
        return cls(spec.disclosure.min_cell, "disclosure_few_persons")


@dataclass(slots=True)
class Ledger:
    """What is told of whom, in this file and in former releases.

    Parameters
    ----------
    spec : of the pilot.
    former : statements of former releases.
    told : statements of this file.
    kept : the analyses of this file, and what they asked.
    crowds : by table, those whose number stands in this file.
    """

    spec: PilotSpec
    former: tuple[Statement, ...]
    told: list[Statement] = field(default_factory=list)
    kept: list[tuple[Analysis, Asked]] = field(default_factory=list)
    crowds: dict[str, set[Crowd]] = field(default_factory=dict)

    def guarded(self, leaving: Leaving, analysis: Analysis, asked: Asked, data: PilotData) -> Leaving:
        """Return the sums, or why they stay: few owners behind one of them, or behind what follows from them and from others."""
        if leaving.withheld:
            return leaving
        if not data.has_records:
            reason = self._unseen(leaving, analysis, asked)
        else:
            own = Records.of(uncollapsed(analysis) if asked.rows else analysis, data)
            found = behind(analysis, asked.request, own, self.spec, leaving.sums)
            crowds = set() if asked.rows else {one.members for one in found.owned}
            known = self.crowds.setdefault(analysis.data, set())
            reason = self._seen(found, Least.of(analysis, self.spec)) or self._apart(crowds, known, analysis)
            if not reason:
                self.told += found.statements
                known |= crowds
        if reason:
            return replace(leaving, withheld=(Withheld("", reason),))
        self.kept.append((analysis, asked))
        return leaving

    def _seen(self, found: Behind, least: Least) -> str:
        if found.fewest < least.owners:
            return least.reason
        levels = [*(one for one in self.former if one.level), *self.told]
        telling = any(_tell(own, levels, least, found) for own in (found.statements, found.owned))
        return "disclosure_differencing" if telling else ""

    def _apart(self, crowds: set[Crowd], known: set[Crowd], analysis: Analysis) -> str:
        """Return why sums stay whose groups are those of another analysis but for a few: the two counts would tell how few."""
        least = Least.of(analysis, self.spec).owners
        pairs = (sorted((one, other), key=len) for one in crowds for other in known)
        few = any(0 < len(large) - len(small) < least and small < large for small, large in pairs)
        return "moments_few_apart" if few else ""

    def _unseen(self, leaving: Leaving, analysis: Analysis, asked: Asked) -> str:
        """Return why sums of a table that is not in memory stay: nobody looks whose rows they are."""
        if isinstance(leaving.sums, GroupSums) and not _one_row_each(analysis, self.spec):
            return "moments_unknown_owners"
        mine = set(sources(analysis, asked.request, self.spec))
        others = [
            (one, own) for one, own in self.kept if rows_of(one) != rows_of(analysis) and one.data == analysis.data
        ]
        same = any(mine & set(sources_of(one.outcome, self.spec, one.data)) for one, _ in others)
        if same or any(mine & set(one.outcome) for one in self.former):
            return "moments_not_compared"
        least = Least.of(analysis, self.spec).owners
        return "moments_few_apart" if any(_near(leaving.sums, own.sums, least) for _, own in others) else ""


def _near(one: PathSums | GroupSums, other: PathSums | GroupSums, least: int) -> bool:
    """Return whether groups of the same name have counts that differ by a few: one may be part of the other."""
    left, right = _counts(one), _counts(other)
    return any(0 < abs(left[name] - right[name]) < least for name in left.keys() & right.keys())


def _counts(sums: PathSums | GroupSums) -> dict[object, int]:
    if isinstance(sums, PathSums):
        return dict(zip(sums.groups, sums.counts, strict=True))
    counts = (int(one) for one in sums.moments[:, 0, 0, 0])
    return dict(zip(((sums.keys, *group) for group in sums.groups), counts, strict=True))


def rows_of(analysis: Analysis) -> tuple[object, ...]:
    """Return what decides which rows an analysis uses."""
    return analysis.data, repr(sorted(analysis.where.items())), repr(analysis.collapse), analysis.arguments.get("gaps")


def _one_row_each(analysis: Analysis, spec: PilotSpec) -> bool:
    """Whether each row that an analysis uses is of another person or body."""
    dataset = next(one for one in spec.data if one.id == analysis.data)
    owners = {one.name for one in dataset.columns if one.role in {"unit", "id"}}
    by = analysis.collapse.by if analysis.collapse else dataset.keys
    return len(by) == 1 and set(by) <= owners


def _tell(own: Sequence[Statement], told: Sequence[Statement], least: Least, found: Behind) -> bool:
    """Return whether sums, with those told of the same outcome and of some of the same rows or owners, tell of a few owners."""
    mine = {member for one in own for member in one.members}
    known = [one for one in told if set(one.outcome) & set(own[0].outcome) and one.members & mine]
    return bool(known) and tell_of_few([*known, *own], min_cell=least.owners, whose=found.whose)
