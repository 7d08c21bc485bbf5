"""`ebpm moments`: the sums of a pilot that may leave the office, and what they say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both
from ebpm.errors import SpecError
from ebpm.texts import current_language, label

if TYPE_CHECKING:
    from ebpm.moments import MomentFile
    from ebpm.pilot import Pilot


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilot", metavar="PILOT", nargs="?", default="", help=both("cli_pilot"))
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help=both("cli_moments_files"))
    parser.add_argument("--out", type=Path, help=both("cli_moments_out"))
    parser.add_argument("--schema", action="store_true", help=both("cli_moments_schema"))
    parser.add_argument("--release", action="store_true", help=both("cli_moments_release"))


def run(options: argparse.Namespace) -> int:
    """Write the sums of a pilot's records; or, given moment files, add them up and print what they say; or print their schema."""
    if options.schema:
        from ebpm.moments.scans.files.content import schema_of_moment_files

        print(schema_of_moment_files(), end="")
        return 0
    return _answer(options)


def _answer(options: argparse.Namespace) -> int:
    from functools import reduce
    from operator import add

    from ebpm.moments import read_moments
    from ebpm.pilot import read_pilot
    from ebpm.run import discover

    if not options.pilot:
        raise SpecError("moments_no_pilot")
    if options.release and options.files:
        raise SpecError("moments_release_of_files", count=len(options.files))
    (folder,) = discover(Path.cwd(), [options.pilot])
    pilot = read_pilot(folder)
    file = reduce(add, map(read_moments, options.files)) if options.files else _made(pilot, release=options.release)
    print(pilot.answers(file).summary(current_language()))
    if options.out or not options.files:
        print(file.save(options.out or Path(f"{pilot.spec.id}.moments.json")))
    return 0


def _made(pilot: Pilot, *, release: bool) -> MomentFile:
    """Return the sums of the records, entered into the register of releases where they are to be released."""
    from ebpm.disclosure.differencing import FILE, read_register
    from ebpm.pilot.sums.moments import released_moments

    file, told = released_moments(pilot, pilot.read_data())
    if release:
        register = read_register(pilot.folder / FILE, pilot.spec.id).with_release(told)
        register.write(pilot.folder / FILE)
        print(label("cli_disclose_released", file=FILE, release=register.releases, numbers=len(register.entries)))
    return file
