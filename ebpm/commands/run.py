"""`ebpm run`: evaluate pilots, with progress and one line each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import current_language, label


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilots", nargs="*", metavar="PILOT", help=both("cli_pilots"))
    parser.add_argument("--jobs", type=int, default=2, help=both("cli_jobs"))
    parser.add_argument("--force", action="store_true", help=both("cli_force"))
    parser.add_argument("--unfrozen", default="", metavar="REASON", help=both("cli_unfrozen"))
    parser.add_argument("--no-notebooks", dest="notebooks", action="store_false", help=both("cli_no_notebooks"))


def run(options: argparse.Namespace) -> int:
    """Run the pilots; 1 where one failed."""
    from ebpm.run import Wish, discover
    from ebpm.run import run as run_pilots

    folders = discover(Path.cwd(), options.pilots)
    print(label("cli_running", count=len(folders), jobs=options.jobs), file=sys.stderr)
    wish = Wish(current_language(), options.notebooks, options.force, options.unfrozen, progress=True)
    failed = 0
    for outcome in run_pilots(folders, jobs=options.jobs, wish=wish):
        failed += not outcome.ok
        print(f"{outcome.pilot:34s} {outcome.line}  ({outcome.seconds:.1f} s)", flush=True)
    return 1 if failed else 0
