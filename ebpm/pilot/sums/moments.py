"""A pilot as sums alone: what an office may publish of its records."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from ebpm.data.withheld import without_values
from ebpm.disclosure.differencing import FILE, Statement, read_register
from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.groups import groups_in_values, refused_groups
from ebpm.disclosure.sums.paths import in_values, refused_paths
from ebpm.disclosure.sums.rounded import rounded_paths
from ebpm.disclosure.sums.scales import Ends
from ebpm.errors import EbpmError
from ebpm.moments.scans.asking import Sums
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.files.moment_file import MomentFile
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import Scan, scan
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.notices import Notice, Notices
from ebpm.pilot.evaluation import checked
from ebpm.pilot.leaving.disclosure import notices_as_released
from ebpm.pilot.routines import routines
from ebpm.pilot.spec import Analysis, PilotSpec
from ebpm.pilot.sums.known import ends_of
from ebpm.pilot.sums.ledger import EXACT, Asked, Least, Leaving, Ledger, rows_of
from ebpm.pilot.sums.summed_rows import ask_rows, small_counts, without_products

if TYPE_CHECKING:
    from ebpm.pilot.pilot import Pilot
    from ebpm.pilot.pilot_data import PilotData


@dataclass(slots=True)
class _Listener(Sums):
    """A scan that remembers what was asked of it, and takes no sums twice.

    Parameters
    ----------
    scan : the table.
    known : what was asked before of the same rows.
    asked : what is asked now.
    """

    scan: Scan
    known: list[Asked]
    asked: list[Asked] = field(default_factory=list)

    def paths(self, request: PathRequest) -> PathSums:
        found = self._known(request) or Asked(request, scan_paths(self.scan, request))
        self.asked.append(found)
        return cast("PathSums", found.sums)

    def groups(self, request: GroupRequest) -> GroupSums:
        found = self._known(request) or Asked(request, scan_groups(self.scan, request))
        self.asked.append(found)
        return cast("GroupSums", found.sums)

    def _known(self, request: PathRequest | GroupRequest) -> Asked | None:
        return next((one for one in self.known if one.request == request), None)


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
    ledger = Ledger(pilot.spec, tuple(read_register(pilot.folder / FILE, pilot.spec.id).statements()))
    file = MomentFile(pilot=pilot.spec.id, plan=pilot.plan_digest, items={}, notices=_notices(pilot.spec, data))
    records: list[str] = []
    asked_of: dict[tuple[object, ...], list[Asked]] = {}
    for analysis in (one for one in pilot.spec.plan if not one.of):
        known = asked_of.setdefault(rows_of(analysis), [])
        asked = _asked(analysis, data, known)
        if asked is None:
            records.append(analysis.id)
            continue
        known.append(asked)
        leaving = ledger.guarded(_leaving(asked, analysis, pilot.spec), analysis, asked, data)
        file = _with(file, analysis.id, leaving, rows=asked.rows)
    followers = [one.id for one in pilot.spec.plan if one.of and one.of not in file.items]
    return replace(file, records=(*records, *followers)), tuple(ledger.told)


def _notices(spec: PilotSpec, data: PilotData) -> Notices:
    found = without_values(notices_as_released(data.notices + checked(spec, data), data))
    return found + ([Notice("P509", "plan.lock", {"reason": data.unfrozen})] if data.unfrozen else [])


def _with(file: MomentFile, name: str, leaving: Leaving, *, rows: bool) -> MomentFile:
    if leaving.withheld:
        return replace(file, withheld={**file.withheld, name: leaving.withheld})
    rounded = {**file.rounded, name: leaving.within} if leaving.within else file.rounded
    tables = (*file.tables, name) if rows else file.tables
    return replace(file, items={**file.items, name: leaving.sums}, rounded=rounded, tables=tables)


def _asked(analysis: Analysis, data: PilotData, known: list[Asked]) -> Asked | None:
    """Return what a routine asks of its table, None where it needs records, or more than one kind of sums."""
    listener = _Listener(scan(data.input_of(analysis)), known)
    with suppress(EbpmError):
        routines()[analysis.routine](listener, analysis.outcome, **analysis.arguments)
    if not listener.asked:
        found = ask_rows(analysis, data)
        return Asked(*found, rows=True) if found else None
    first = listener.asked[0]
    if isinstance(first.request, PathRequest) and first.request.weights:
        return None
    return first if all(one.request == first.request for one in listener.asked) else None


def _leaving(asked: Asked, analysis: Analysis, spec: PilotSpec) -> Leaving:
    least, rules = Least.of(analysis, spec), _rules(analysis, spec)
    found = (
        _groups(asked.sums, analysis, spec, rows=asked.rows)
        if isinstance(asked.sums, GroupSums)
        else _paths(asked, asked.sums, analysis, rules, ends=ends_of(analysis.outcome, analysis, spec))
    )
    few = "disclosure_few_persons"
    refused = tuple(replace(one, reason=least.reason) if one.reason == few else one for one in found.withheld)
    return replace(found, withheld=refused)


def _rules(analysis: Analysis, spec: PilotSpec) -> Disclosure:
    """Return the rules for the persons, or bodies, that the rows of an analysis are of."""
    return spec.disclosure.model_copy(update={"min_cell": Least.of(analysis, spec).owners})


def _groups(sums: GroupSums, analysis: Analysis, spec: PilotSpec, *, rows: bool) -> Leaving:
    refused = refused_groups(
        sums, _rules(analysis, spec), {name: ends_of(name, analysis, spec) for name in sums.numbers}
    )
    if analysis.outcome in spec.disclosure.round_sums:
        refused = (*refused, Withheld("", "moments_not_rounded"))
    shown = groups_in_values(sums)
    if rows:
        return Leaving(without_products(shown), (*refused, *small_counts(shown, analysis, spec)))
    return Leaving(shown, refused)


def _paths(asked: Asked, sums: PathSums, analysis: Analysis, rules: Disclosure, *, ends: Ends) -> Leaving:
    used = _used(sums, analysis)
    refused = refused_paths(used, rules, ends=ends)
    if refused and isinstance(asked.request, PathRequest) and asked.request.first_treated:
        used = _late_as_never(used, analysis)
        refused = refused_paths(used, rules, ends=ends)
    if any(one.reason == "disclosure_few_persons" for one in refused):
        refused = (*refused, Withheld("", "moments_not_merged"))
    base = rules.round_sums.get(analysis.outcome, 0.0)
    shown, within = rounded_paths(in_values(used), base) if base and not refused else (in_values(used), EXACT)
    return Leaving(shown, refused, within)


def _used(sums: PathSums, analysis: Analysis) -> PathSums:
    """Return the sums without the units that an analysis leaves out because they miss periods."""
    return sums.complete(drop_gaps=True)[0] if analysis.arguments.get("gaps") == "drop_units" else sums


def _late_as_never(sums: PathSums, analysis: Analysis) -> PathSums:
    """Return the sums with the cohorts that start too late to respond merged with those never treated: by cohort, the same to all routines."""
    last = sums.periods[-1] + int(analysis.arguments.get("anticipation", 0))
    cohorts = sums.cohorts
    cohorts[cohorts > last] = float("inf")
    return sums.in_cohorts(cohorts)
