"""The command line: every text in Japanese and English; the commands stand in `ebpm.commands`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from ebpm.commands import COMMANDS
from ebpm.commands.command import both
from ebpm.errors import EbpmError
from ebpm.texts import LANGUAGES, current_language, use_language


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 something was found or failed, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--lang" in given[:-1] and given[given.index("--lang") + 1] in LANGUAGES:
        use_language(given[given.index("--lang") + 1])
    options = parser().parse_args(given)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except EbpmError as error:
        print(error.explain(), file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the parser with help in both languages."""
    top = argparse.ArgumentParser(prog="ebpm", description=both("cli"))
    top.add_argument("--lang", choices=LANGUAGES, default=current_language(), help=both("cli_lang"))
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        words = both(f"cli_{command.name}")
        sub = commands.add_parser(command.name, help=words, description=words)
        sub.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=both("cli_lang"))
        command.arguments(sub)
        sub.set_defaults(command=command.run)
    return top
