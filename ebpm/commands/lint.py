"""`ebpm lint`: check logic models, one or a folder of them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.commands.command import both

if TYPE_CHECKING:
    from ebpm.logic.folder import Checked, LintReport, Source

PROFILES = ("draft", "yokohama-jigyo", "review-sheet", "pilot-evaluation", "training")
FORMATS = ("text", "table", "markdown", "json", "sarif", "github", "html")
PILOT = "pilot.yaml"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=both("cli_lint_files"))
    parser.add_argument("--profile", choices=PROFILES, default=PROFILES[1], help=both("cli_lint_profile"))
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=both("cli_lint_format"))
    parser.add_argument("--strict", action="store_true", help=both("cli_lint_strict"))
    parser.add_argument("--jobs", type=_positive, metavar="N", help=both("cli_lint_jobs"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=both("cli_lint_out"))


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Check the files: 0 where there is no error (with --strict no warning), 1 where there is one, 2 where there is no file."""
    from ebpm.errors import SpecError
    from ebpm.logic.folder import LintReport, lint_files

    try:
        files = discovered(options.files or ["logic_models"])
    except SpecError as error:
        print(error.explain(), file=sys.stderr)
        return 2
    sources, unread = _sources(files)
    report = lint_files(sources, profile=options.profile, jobs=options.jobs)
    whole = LintReport(report.profile, tuple(sorted((*report.files, *unread), key=lambda file: file.file)))
    _tell(whole, options)
    return whole.status(strict=options.strict)


def discovered(names: Sequence[str]) -> tuple[Path, ...]:
    """Return the YAML files that are named, and those in the folders that are named.

    Raises
    ------
    SpecError : if a name is neither, or a folder holds none.
    """
    return tuple(dict.fromkeys(file for name in names for file in _below(Path(name))))


def _below(path: Path) -> tuple[Path, ...]:
    from ebpm.errors import SpecError

    if path.is_file():
        return (path,)
    found = tuple(sorted(file for pattern in ("*.yaml", "*.yml") for file in path.rglob(pattern) if _is_ours(file)))
    if not found:
        raise SpecError("lint_no_files", place=path.as_posix())
    return found


def _is_ours(file: Path) -> bool:
    """Return whether a file found in a folder is a pilot or a model, however damaged, and not another kind of YAML."""
    if not file.is_file():
        return False
    keys = set(re.findall(rb"^(\w+) *:", file.read_bytes(), re.MULTILINE))
    return file.name == PILOT or not keys or bool(keys & {b"model", b"nodes", b"edges"})


def _sources(files: Sequence[Path]) -> tuple[list[Source], list[Checked]]:
    """Return what to check; a pilot stands for the model that it names, and for its evaluation."""
    from ebpm.logic.folder import Source

    sources = [Source(file) for file in files if file.name != PILOT]
    found = list(_pilots([file for file in files if file.name == PILOT]))
    return sources + [one for one in found if isinstance(one, Source)], [
        one for one in found if not isinstance(one, Source)
    ]


def _pilots(files: Sequence[Path]) -> Iterator[Source | Checked]:
    if not files:
        return
    from ebpm.errors import EbpmError
    from ebpm.logic.folder import Source, broken
    from ebpm.pilot import read_pilot
    from ebpm.pilot.facts import evaluation_facts

    for file in files:
        try:
            pilot = read_pilot(file)
        except EbpmError as error:
            yield broken(file.as_posix(), error)
            continue
        if pilot.spec.logic_model:
            yield Source(_shortest(pilot.folder / pilot.spec.logic_model), (evaluation_facts(pilot.spec),))


def _shortest(path: Path) -> Path:
    resolved, here = path.resolve(), Path.cwd()
    return resolved.relative_to(here) if resolved.is_relative_to(here) else path


def _tell(report: LintReport, options: argparse.Namespace) -> None:
    from ebpm.logic.lint_formats import FORMATS as FORMS
    from ebpm.texts import current_language

    if options.format == "html":
        from ebpm.reports.lint import html

        text = html(report, current_language())
    else:
        text = FORMS[options.format](report, current_language())
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text, encoding="utf-8", newline="\n")
