"""`ebpm moments`: the sums of a pilot that may leave the office, and what they say."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import current_language


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilot", metavar="PILOT", help=both("cli_pilot"))
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help=both("cli_moments_files"))
    parser.add_argument("--out", type=Path, help=both("cli_moments_out"))


def run(options: argparse.Namespace) -> int:
    """Write the sums of a pilot's records; or, given moment files, add them up and print what they say."""
    from functools import reduce
    from operator import add

    from ebpm.moments import read_moments
    from ebpm.pilot import read_pilot
    from ebpm.run import discover

    (folder,) = discover(Path.cwd(), [options.pilot])
    pilot = read_pilot(folder)
    file = reduce(add, map(read_moments, options.files)) if options.files else pilot.moments()
    print(pilot.answers(file).summary(current_language()))
    if options.out or not options.files:
        print(file.save(options.out or Path(f"{pilot.spec.id}.moments.json")))
    return 0
