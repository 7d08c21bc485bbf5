"""The command line: every text in Japanese and English; the commands stand in `ebpm.commands`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from ebpm import __version__
from ebpm.commands import COMMANDS
from ebpm.commands.command import both
from ebpm.errors import DataError, EbpmError
from ebpm.texts import LANGUAGES, current_language, language_of_environment, use_language


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 something was found or failed, 2 wrong usage."""
    _print_what_can_be_printed()
    try:
        language_of_environment()
    except ValueError as error:
        print(f"EBPM_LANG: {error}", file=sys.stderr)
        return 2
    top = parser()
    options = top.parse_args(arguments)
    if "command" not in options:
        top.print_help(sys.stderr)
        return 2
    use_language(options.lang)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except EbpmError as error:
        print(error.explain(), file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        print(DataError("cli_refused", file=failure.filename or "?", reason=reason).explain(), file=sys.stderr)
        return 1


def _print_what_can_be_printed() -> None:
    """Let a console or a pipe in an older encoding (cp932, cp1252) show ? for what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors="replace")


def parser() -> argparse.ArgumentParser:
    """Return the parser with help in both languages."""
    top = argparse.ArgumentParser(prog="ebpm", description=both("cli"))
    top.add_argument("--lang", choices=LANGUAGES, default=current_language(), help=both("cli_lang"))
    top.add_argument("--version", action="version", version=f"ebpm {__version__}", help=both("cli_version"))
    commands = top.add_subparsers(metavar="COMMAND")
    for command in COMMANDS:
        words = both(f"cli_{command.name}")
        sub = commands.add_parser(command.name, help=words, description=words)
        sub.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=both("cli_lang"))
        command.arguments(sub)
        sub.set_defaults(command=command.run)
    return top
