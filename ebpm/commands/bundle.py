"""`ebpm bundle`: everything that a stranger needs in order to rerun evaluations, in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import label


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("pilots", nargs="*", metavar="PILOT", help=both("cli_pilots"))
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.zip", help=both("cli_bundle_output"))
    parser.add_argument("--on", default="", metavar="DATE", help=both("cli_bundle_on"))
    parser.add_argument("--without-data", dest="data", action="store_false", help=both("cli_bundle_without_data"))


def run(options: argparse.Namespace) -> int:
    """Write the bundle and print its SHA-256."""
    from ebpm.records import digest, write_whole
    from ebpm.review.bundle import bundle
    from ebpm.run import discover

    content = bundle(discover(Path.cwd(), options.pilots), on=options.on, data=options.data)
    write_whole(options.output, content)
    print(
        label(
            "bundle_written", file=options.output.as_posix(), size=f"{len(content) / 1e6:.1f}", digest=digest(content)
        )
    )
    return 0
