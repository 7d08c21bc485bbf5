"""`ebpm disclose`: what may leave: files looked through, data sets reported on, stand-ins made, releases entered."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.errors import DataError, SpecError, did_you_mean
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.data import Reading
    from ebpm.pilot import Pilot


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = _action(actions, "check", "cli_disclose_check")
    check.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=both("cli_disclose_paths"))
    check.add_argument("--pilot", required=True, metavar="PILOT", help=both("cli_pilot"))
    check.set_defaults(action=_check)
    report = _action(actions, "report", "cli_disclose_report")
    report.add_argument("pilot", metavar="PILOT[#TABLE]", help=both("cli_disclose_table"))
    report.add_argument("--quasi", nargs="+", default=[], metavar="COLUMN", help=both("cli_disclose_quasi"))
    report.add_argument("--sensitive", nargs="+", default=[], metavar="COLUMN", help=both("cli_disclose_sensitive"))
    report.set_defaults(action=_report)
    table = _action(actions, "table", "cli_disclose_counts")
    table.add_argument("pilot", metavar="PILOT[#TABLE]", help=both("cli_disclose_table"))
    table.add_argument("--by", nargs="+", required=True, metavar="COLUMN", help=both("cli_disclose_by"))
    table.add_argument("--amount", default="", metavar="COLUMN", help=both("cli_disclose_amount"))
    table.add_argument("--unit", default="", metavar="COLUMN", help=both("cli_disclose_unit"))
    table.set_defaults(action=_table)
    stand_in = _action(actions, "stand-in", "cli_disclose_stand_in")
    stand_in.add_argument("pilot", metavar="PILOT", help=both("cli_pilot"))
    stand_in.add_argument("--out", required=True, type=Path, metavar="FOLDER", help=both("cli_disclose_out"))
    stand_in.add_argument("--seed", type=int, default=1, metavar="N", help=both("cli_disclose_seed"))
    stand_in.set_defaults(action=_stand_in)
    release = _action(actions, "release", "cli_disclose_release")
    release.add_argument("pilot", metavar="PILOT", help=both("cli_pilot"))
    release.set_defaults(action=_release)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, code: str
) -> argparse.ArgumentParser:
    found = actions.add_parser(name, help=both(code), description=both(code))
    found.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=both("cli_lang"))
    return found


def run(options: argparse.Namespace) -> int:
    """Do what was asked; 1 where something was found."""
    status: int = options.action(options)
    return status


def _pilot(name: str) -> Pilot:
    from ebpm.pilot import read_pilot
    from ebpm.run import discover

    (folder,) = discover(Path.cwd(), [name])
    return read_pilot(folder)


def _check(options: argparse.Namespace) -> int:
    from ebpm.disclosure.scanning import scan_tables
    from ebpm.pilot.leaving.disclosure import known_tables, readings_of
    from ebpm.pilot.pilot_data import PilotData

    pilot = _pilot(options.pilot)
    tables = known_tables(PilotData(readings_of(pilot), pilot.spec))
    rules = pilot.spec.disclosure
    found = scan_tables(options.paths, tables, min_cell=rules.min_cell, headings=rules.count_words)
    print(found.summary())
    return 0 if found.clean else 1


def _report(options: argparse.Namespace) -> int:
    from ebpm.disclosure import anonymity
    from ebpm.pilot.leaving.disclosure import readings_of

    name, _, wanted = options.pilot.partition("#")
    pilot = _pilot(name)
    risky = False
    for reading in _about_people(readings_of(pilot), wanted, options.quasi):
        k = pilot.spec.disclosure.min_cell
        found = anonymity(reading.frame, reading.dataset, quasi=options.quasi, sensitive=options.sensitive, k=k)
        risky = risky or found.risks[0].few > 0
        print(found.summary())
    return int(risky)


def _about_people(readings: Mapping[str, Reading], wanted: str, quasi: list[str]) -> list[Reading]:
    """Return the table that is wanted; where none is named those with quasi-identifiers, or the first."""
    if wanted:
        return [_reading(readings, wanted)]
    held = [one for one in readings.values() if quasi or any(c.role == "quasi_identifier" for c in one.dataset.columns)]
    return held or list(readings.values())[:1]


def _reading(readings: Mapping[str, Reading], wanted: str) -> Reading:
    if wanted not in readings:
        raise SpecError("disclosure_no_table", table=wanted, near=did_you_mean(wanted, readings))
    return readings[wanted]


def _table(options: argparse.Namespace) -> int:
    from ebpm.disclosure import frequencies, magnitudes
    from ebpm.pilot.leaving.disclosure import readings_of

    name, _, wanted = options.pilot.partition("#")
    pilot = _pilot(name)
    readings = readings_of(pilot)
    frame, rules = _reading(readings, wanted or next(iter(readings))).frame, pilot.spec.disclosure
    for name in (*options.by, *filter(None, (options.amount, options.unit))):
        if name not in frame:
            columns = ", ".join(map(str, frame))
            raise DataError(
                "missing_column", argument="by", column=name, columns=columns, near=did_you_mean(name, frame)
            )
    if options.amount:
        print(magnitudes(frame, options.amount, by=options.by, unit=options.unit, rules=rules))
    else:
        told = {name: frame[name].astype(object).where(frame[name].notna(), "–").astype(str) for name in options.by}
        print(frequencies(frame.assign(**told), options.by, unit=options.unit, rules=rules))
    return 0


def _stand_in(options: argparse.Namespace) -> int:
    from ebpm.pilot.leaving.stand_in import write_stand_in

    for name, _ in write_stand_in(_pilot(options.pilot), options.out, seed=options.seed).rows:
        print(options.out / name)
    return 0


def _release(options: argparse.Namespace) -> int:
    from ebpm.disclosure.differencing import FILE
    from ebpm.pilot.leaving.disclosure import register_of, released, statements

    pilot = _pilot(options.pilot)
    evaluation = pilot.evaluate_unreleased()
    leaving = released(evaluation)
    register = register_of(evaluation).with_release(statements(evaluation, leaving))
    register.write(pilot.folder / FILE)
    print(label("cli_disclose_released", file=FILE, release=register.releases, numbers=len(register.entries)))
    return 0
