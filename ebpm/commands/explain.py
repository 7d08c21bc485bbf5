"""`ebpm explain`: say what a code means."""

from __future__ import annotations

import argparse

from ebpm.commands.command import both


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("code", metavar="CODE", help=both("cli_code"))


def run(options: argparse.Namespace) -> int:
    """Print title, why, what to do and source of a code."""
    from ebpm.notices import explain

    print(explain(options.code))
    return 0
