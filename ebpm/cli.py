"""The command line: run, lint, report, explain. Every text in Japanese and English."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.errors import EbpmError
from ebpm.texts import LANGUAGES, current_language, label, use_language

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # argparse names it no other way


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


def parser() -> argparse.ArgumentParser:
    """Return the parser with help in both languages."""
    top = argparse.ArgumentParser(
        prog="ebpm", description=_help("cli"), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--lang", choices=LANGUAGES, default=current_language(), help=_help("cli_lang"))
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    run = _command(commands, "run", _run)
    run.add_argument("pilots", nargs="*", metavar="PILOT", help=_help("cli_pilots"))
    run.add_argument("--jobs", type=int, default=2, help=_help("cli_jobs"))
    run.add_argument("--no-notebooks", dest="notebooks", action="store_false", help=_help("cli_no_notebooks"))
    lint = _command(commands, "lint", _lint)
    lint.add_argument("files", nargs="*", metavar="FILE", help=_help("cli_files"))
    report = _command(commands, "report", _report)
    report.add_argument("pilot", metavar="PILOT", help=_help("cli_pilot"))
    report.add_argument("--out", type=Path, help=_help("cli_out"))
    explain = _command(commands, "explain", _explain)
    explain.add_argument("code", metavar="CODE", help=_help("cli_code"))
    return top


def _help(code: str) -> str:
    return f"{label(code, 'ja')} / {label(code, 'en')}"


def _command(commands: Commands, name: str, action: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=_help(f"cli_{name}"), description=_help(f"cli_{name}"))
    parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=_help("cli_lang"))
    parser.set_defaults(command=action)
    return parser


def _run(options: argparse.Namespace) -> int:
    from ebpm.run import discover, run

    folders = discover(Path.cwd(), options.pilots)
    print(label("cli_running", count=len(folders), jobs=options.jobs), file=sys.stderr)
    failed = 0
    for outcome in run(folders, jobs=options.jobs, lang=current_language(), notebooks=options.notebooks):
        failed += not outcome.ok
        print(f"{outcome.pilot:32s} {outcome.line}  ({outcome.seconds:.1f} s)", flush=True)
    return 1 if failed else 0


def _lint(options: argparse.Namespace) -> int:
    from ebpm.logic import lint, read_logic_model

    files = [Path(name) for name in options.files] or sorted(Path("logic_models").glob("*.yaml"))
    errors = 0
    for file in files:
        notices = lint(read_logic_model(file))
        errors += len(notices.of("error"))
        print(
            f"{file}: {label('cli_lint_count', errors=len(notices.of('error')), warnings=len(notices.of('warning')))}"
        )
        if notices:
            print(notices.to_text())
    return 1 if errors else 0


def _report(options: argparse.Namespace) -> int:
    from ebpm.pilot import read_pilot
    from ebpm.reports import report
    from ebpm.run import discover

    (folder,) = discover(Path.cwd(), [options.pilot])
    evaluation = read_pilot(folder).evaluate()
    lang = current_language()
    print(report(evaluation, lang=lang).save(options.out or Path(f"{evaluation.spec.id}.{lang}.html")))
    return 0


def _explain(options: argparse.Namespace) -> int:
    from ebpm.notices import explain

    print(explain(options.code))
    return 0
