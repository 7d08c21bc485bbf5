"""`ebpm site`: the website of the evaluations."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilots", metavar="PILOT", nargs="*", help=both("cli_site_pilots"))
    parser.add_argument("--out", type=Path, default=Path("site"), help=both("cli_site_out"))


def run(options: argparse.Namespace) -> int:
    """Evaluate the pilots, write the site whole and print its first page."""
    from ebpm.pilot import read_pilot
    from ebpm.records import replace_folder
    from ebpm.reports.site import site
    from ebpm.run import discover

    files = site([read_pilot(folder).evaluate() for folder in discover(Path.cwd(), options.pilots)])
    replace_folder(options.out, files)
    print(options.out / "index.html")
    return 0
