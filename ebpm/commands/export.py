"""`ebpm export`: write a logic model in another form."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import current_language


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("model", metavar="MODEL", type=Path, help=both("formats_cli_model"))
    parser.add_argument("--to", required=True, metavar="FORMAT", help=both("formats_cli_to"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=both("formats_cli_out"))
    parser.add_argument("--link", default="", metavar="FROM:TO", help=both("formats_cli_link"))


def run(options: argparse.Namespace) -> int:
    """Write the files and print their paths."""
    from ebpm.logic import formats, read_logic_model

    start, _, end = options.link.partition(":")
    suffix = options.out.suffix if options.out else ""
    wish = formats.Wish(current_language(), (start, end))
    files = formats.export(read_logic_model(options.model), options.to, suffix=suffix, wish=wish)
    folder = "" in formats.FORMATS[options.to].writers
    for file in files:
        out = (options.out or Path(options.to)) / file.name if folder else options.out or Path(file.name)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(file.data)
        print(out)
    return 0
