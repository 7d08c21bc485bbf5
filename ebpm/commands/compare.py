"""`ebpm compare`: what differs between two versions of a logic model."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("old", metavar="OLD", help=both("cli_old"))
    parser.add_argument("new", metavar="NEW", help=both("cli_new_version"))
    parser.add_argument("--out", type=Path, help=both("cli_compare_out"))


def run(options: argparse.Namespace) -> int:
    """Print the differences, and draw both versions where a file is named; 0, whether they differ or not."""
    from ebpm.logic import compare, read_logic_model

    comparison = compare(read_logic_model(options.old), read_logic_model(options.new))
    print(comparison.summary())
    if options.out:
        for file in comparison.save_drawing(options.out):
            print(file)
    return 0
