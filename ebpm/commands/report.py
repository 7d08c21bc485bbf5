"""`ebpm report`: write one report."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import current_language


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilot", metavar="PILOT", help=both("cli_pilot"))
    parser.add_argument("--out", type=Path, help=both("cli_out"))
    parser.add_argument("--shape", choices=("full", "card", "slides"), default="full", help=both("cli_shape"))


def run(options: argparse.Namespace) -> int:
    """Evaluate the pilot, write the report and print its path."""
    from ebpm.pilot import read_pilot
    from ebpm.reports import report
    from ebpm.run import discover

    (folder,) = discover(Path.cwd(), [options.pilot])
    evaluation = read_pilot(folder).evaluate()
    lang = current_language()
    path = options.out or Path(f"{evaluation.spec.id}.{lang}.html")
    print(report(evaluation, lang=lang, shape=options.shape).save(path))
    return 0
