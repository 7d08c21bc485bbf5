"""A pilot as sums alone: what an office may publish of its records."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ebpm.disclosure.differencing import FILE, Statement, read_register, tell_of_few
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.groups import groups_in_values, refused_groups
from ebpm.disclosure.sums.paths import in_values, refused_paths
from ebpm.disclosure.sums.rounded import rounded_paths
from ebpm.errors import EbpmError
from ebpm.moments.scans.asking import Sums
from ebpm.moments.scans.group_scan import GroupRequest, scan_groups
from ebpm.moments.scans.group_sums import GroupSums
from ebpm.moments.scans.leaving import Withheld, Within
from ebpm.moments.scans.moment_file import MomentFile
from ebpm.moments.scans.opening import Scan, scan
from ebpm.moments.scans.path_scan import PathRequest, scan_paths
from ebpm.moments.scans.path_sums import PathSums
from ebpm.pilot.contributors import counts_persons
from ebpm.pilot.disclosure import notices_as_released
from ebpm.pilot.evaluation import checked
from ebpm.pilot.members import Behind, Records, behind
from ebpm.pilot.routines import routines
from ebpm.pilot.spec import Analysis, PilotSpec

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.pilot.pilot import Pilot
    from ebpm.pilot.pilot_data import PilotData

EXACT = Within()
LATE_AS_NEVER = frozenset({"did.att_gt"})
"""Routines to which cohorts that start after the last period are the same as those never treated."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an analysis asked of its table.

    Parameters
    ----------
    request : the columns.
    sums : what a scan gave.
    """

    request: PathRequest | GroupRequest
    sums: PathSums | GroupSums


@dataclass(slots=True)
class _Listener(Sums):
    """A scan that remembers what was asked of it."""

    scan: Scan
    asked: list[Asked] = field(default_factory=list)

    def paths(self, request: PathRequest) -> PathSums:
        found = scan_paths(self.scan, request)
        self.asked.append(Asked(request, found))
        return found

    def groups(self, request: GroupRequest) -> GroupSums:
        found = scan_groups(self.scan, request)
        self.asked.append(Asked(request, found))
        return found


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


def moments_of(pilot: Pilot, data: PilotData) -> MomentFile:
    """Return the sums that the analyses of a plan need, after disclosure control.

    Parameters
    ----------
    pilot : the declared evaluation.
    data : its tables.

    Notes
    -----
    The sums of an analysis leave whole or not at all: an estimate of all groups beside the sums of all but one would tell of that one.
    They stay where a group breaks a rule of the tier (`disclosure.sums.held`), and where, added to and subtracted from the sums that are
    in the file already or were released before, they would tell of a few persons (`disclosure.differencing.tell_of_few`).
    """
    return released_moments(pilot, data)[0]


def released_moments(pilot: Pilot, data: PilotData) -> tuple[MomentFile, tuple[Statement, ...]]:
    """Return a moment file, and its sums as statements on records, for the register of releases."""
    file = MomentFile(
        pilot=pilot.spec.id, plan=pilot.plan_digest, items={}, notices=notices_as_released(data.notices + checked(pilot.spec, data), data)
    )  # fmt: skip
    former = tuple(one for one in read_register(pilot.folder / FILE, pilot.spec.id).statements() if one.level)
    told: list[Statement] = []
    records: list[str] = []
    for analysis in (one for one in pilot.spec.plan if not one.of):
        own = Records.of(analysis, data)
        asked = _asked(analysis, own.rows)
        if asked is None:
            records.append(analysis.id)
            continue
        least = _Least.of(analysis, pilot.spec)
        leaving = _leaving(asked, analysis, pilot.spec.disclosure.model_copy(update={"min_cell": least.owners}))
        found = behind(analysis, asked.request, own, pilot.spec, leaving.sums)
        leaving = _guarded(leaving, found, (*former, *told), least)
        file = _with(file, analysis.id, leaving)
        told += () if leaving.withheld else found.statements
    followers = [one.id for one in pilot.spec.plan if one.of and one.of not in file.items]
    return replace(file, records=(*records, *followers)), tuple(told)


@dataclass(frozen=True, slots=True)
class _Least:
    """How many persons, or bodies whose rows count persons, a sum asks for, and the label of the reason where there are fewer."""

    owners: int
    reason: str

    @classmethod
    def of(cls, analysis: Analysis, spec: PilotSpec) -> _Least:
        """Return what the tier asks of the table of an analysis."""
        dataset = next(one for one in spec.data if one.id == analysis.data)
        if counts_persons(dataset):
            return cls(spec.disclosure.min_units, "disclosure_few_units")
        return cls(spec.disclosure.min_cell, "disclosure_few_persons")


def _guarded(leaving: Leaving, found: Behind, told: Sequence[Statement], least: _Least) -> Leaving:
    """Return the sums, or why they stay: few owners behind one of them, or behind what follows from them and from others."""
    if leaving.withheld:
        return leaving
    if found.fewest < least.owners:
        return replace(leaving, withheld=(Withheld("", least.reason),))
    if any(_tell(own, told, least, found) for own in (found.statements, found.owned)):
        return replace(leaving, withheld=(Withheld("", "disclosure_differencing"),))
    return leaving


def _tell(own: Sequence[Statement], told: Sequence[Statement], least: _Least, found: Behind) -> bool:
    """Return whether sums, with those told of the same outcome and of some of the same rows or owners, tell of a few owners."""
    mine = {member for one in own for member in one.members}
    known = [one for one in told if set(one.outcome) & set(own[0].outcome) and one.members & mine]
    return bool(known) and tell_of_few([*known, *own], min_cell=least.owners, whose=found.whose)


def _with(file: MomentFile, name: str, leaving: Leaving) -> MomentFile:
    if leaving.withheld:
        return replace(file, withheld={**file.withheld, name: leaving.withheld})
    rounded = {**file.rounded, name: leaving.within} if leaving.within else file.rounded
    return replace(file, items={**file.items, name: leaving.sums}, rounded=rounded)


def _asked(analysis: Analysis, rows: pd.DataFrame) -> Asked | None:
    """Return what a routine asks of its table, None where it needs records, or more than one kind of sums."""
    listener = _Listener(scan(rows))
    with suppress(EbpmError):
        routines()[analysis.routine](listener, analysis.outcome, **analysis.arguments)
    requests = [one.request for one in listener.asked]
    return listener.asked[0] if requests and all(one == requests[0] for one in requests) else None


def _leaving(asked: Asked, analysis: Analysis, rules: Disclosure) -> Leaving:
    if isinstance(asked.sums, GroupSums):
        return Leaving(groups_in_values(asked.sums), refused_groups(asked.sums, rules))
    used = _used(asked.sums, analysis)
    refused = refused_paths(used, rules)
    if refused and analysis.routine in LATE_AS_NEVER:
        used = _late_as_never(used, analysis)
        refused = refused_paths(used, rules)
    if any(one.reason == "disclosure_few_persons" for one in refused):
        refused = (*refused, Withheld("", "moments_not_merged"))
    base = rules.round_sums.get(analysis.outcome, 0.0)
    shown, within = rounded_paths(in_values(used), base) if base and not refused else (in_values(used), EXACT)
    return Leaving(shown, refused, within)


def _used(sums: PathSums, analysis: Analysis) -> PathSums:
    """Return the sums without the units that an analysis leaves out because they miss periods."""
    return sums.complete(drop_gaps=True)[0] if analysis.arguments.get("gaps") == "drop_units" else sums


def _late_as_never(sums: PathSums, analysis: Analysis) -> PathSums:
    """Return the sums with the cohorts that start too late to respond within the periods merged with those never treated."""
    last = sums.periods[-1] + int(analysis.arguments.get("anticipation", 0))
    cohorts = sums.cohorts
    cohorts[cohorts > last] = float("inf")
    return sums.in_cohorts(cohorts)
