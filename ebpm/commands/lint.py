"""`ebpm lint`: check logic models."""

from __future__ import annotations

import argparse
from pathlib import Path

from ebpm.commands.command import both
from ebpm.texts import label


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=both("cli_files"))


def run(options: argparse.Namespace) -> int:
    """Lint the files; 1 where one has an error."""
    from ebpm.logic import lint, read_logic_model

    files = [Path(name) for name in options.files] or sorted(Path("logic_models").glob("*.yaml"))
    errors = 0
    for file in files:
        notices = lint(read_logic_model(file))
        errors += len(notices.of("error"))
        print(f"{file}: {label('cli_lint_count', errors=len(notices.of('error')), warnings=len(notices.of('warning')))}")
        if notices:
            print(notices.to_text())
    return 1 if errors else 0
