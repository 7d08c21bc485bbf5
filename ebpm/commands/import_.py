"""`ebpm import`: show what a file that came back would change in a logic model, and write it once it is accepted."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import label


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help=both("formats_cli_file"))
    parser.add_argument("--into", required=True, metavar="MODEL", type=Path, help=both("formats_cli_into"))
    parser.add_argument("--accept", action="store_true", help=both("formats_cli_accept"))


def run(options: argparse.Namespace) -> int:
    """Print the difference; with --accept write the model; 1 where there are changes that were not accepted."""
    from ebpm.logic import formats, read_logic_model

    found = formats.changes(options.file, read_logic_model(options.into))
    print(found.to_text())
    if not found.changes:
        return 0
    if not options.accept:
        print(label("formats_not_accepted"))
        return 1
    found.accept().write(options.into)
    print(label("formats_accepted", count=len(found), model=options.into))
    return 0
