"""Many logic models at once: each file checked on its own, in several processes where there are many."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from pathlib import Path

from ebpm import spec
from ebpm.errors import EbpmError, SpecError
from ebpm.logic.facts import EvaluationFacts
from ebpm.logic.lint import lint
from ebpm.logic.model import LogicModel
from ebpm.logic.profiles import DEFAULT, profile_of
from ebpm.notices import Notice, Severity
from ebpm.spec.problems import problems_of
from ebpm.spec.reading import validated
from ebpm.spec.yaml import Parsed, parse
from ebpm.texts import LANGUAGES, label

BROKEN = "SpecError"
"""The code of a file that cannot be read."""
FEW = 60
"""Up to so many files one process is faster than starting several."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a model, with the evaluations of its links."""

    file: Path
    evaluations: tuple[EvaluationFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Find:
    """A notice or an error at its place, said in both languages so that it can travel between processes.

    Parameters
    ----------
    code : of the notice, or of the error that kept the file from being read.
    severity : under the profile.
    about : id of the part; empty where the file could not be read.
    line : of the file, counted from 1.
    message, remedy, title, why : by language; an error has no reason.
    source : of the rule.
    """

    code: str
    severity: Severity
    about: str
    line: int
    title: Mapping[str, str]
    message: Mapping[str, str]
    remedy: Mapping[str, str]
    why: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after the check; `model` is empty where it could not be read."""

    file: str
    model: str
    bureau: Mapping[str, str]
    finds: tuple[Find, ...]

    def count(self, severity: Severity) -> int:
        """Return how many finds are of a severity."""
        return sum(find.severity == severity for find in self.finds)


@dataclass(frozen=True, slots=True)
class LintReport:
    """All files of a lint, in the order of their names."""

    profile: str
    files: tuple[Checked, ...]

    def count(self, severity: Severity) -> int:
        """Return how many finds are of a severity."""
        return sum(file.count(severity) for file in self.files)

    @property
    def codes(self) -> Mapping[str, int]:
        """How often each code was found."""
        return Counter(find.code for file in self.files for find in file.finds)

    def status(self, *, strict: bool = False) -> int:
        """Return the exit status: 1 on errors, with `strict` on warnings too; else 0."""
        return int(bool(self.count("error") or (strict and self.count("warning"))))


def lint_files(
    sources: Sequence[Source | Path | str], *, profile: str = DEFAULT, jobs: int | None = None, on: date | None = None
) -> LintReport:
    """Check files; one that cannot be read is one find and does not keep the others from being checked.

    Parameters
    ----------
    sources : files of models, with or without facts about evaluations.
    profile : "draft", "yokohama-jigyo", "review-sheet", "pilot-evaluation" or "training".
    jobs : processes at a time; one for few files and one a core for many where None.
    on : the day on which dates are judged. Today where None.

    Raises
    ------
    SpecError : if there is no such profile.

    Examples
    --------
    >>> from ebpm.logic.folder import lint_files
    >>> lint_files(["logic_models/cardiac_rehab.yaml"], profile="draft").status()
    0
    """
    profile_of(profile)
    known = [one if isinstance(one, Source) else Source(Path(one)) for one in sources]
    work = partial(checked, profile=profile, on=on or date.today())  # noqa: DTZ011
    workers = min(jobs or (os.cpu_count() or 1 if len(known) > FEW else 1), max(len(known), 1))
    if workers == 1:
        found = tuple(map(work, known))
    else:
        with ProcessPoolExecutor(workers, mp_context=_context()) as pool:
            found = tuple(pool.map(work, known, chunksize=max(1, len(known) // (8 * workers))))
    return LintReport(profile, tuple(sorted(found, key=lambda one: one.file)))


def _context() -> BaseContext:
    """Return how processes start: from a server that has imported this module once, where the system has that."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def checked(source: Source, *, profile: str, on: date) -> Checked:
    """Return what is found in one file."""
    name = source.file.as_posix()
    try:
        parsed = parse(spec.read_text(source.file))
        model = validated(parsed, LogicModel, name=name)
    except EbpmError as error:
        return broken(name, error)
    notices = lint(model, profile=profile, evaluations=source.evaluations, on=on)
    lines = places(parsed) if notices else {}
    bureau = _both(model.model.owner.bureau.words)
    return Checked(name, model.model.id, bureau, tuple(_find(notice, lines) for notice in notices))


def _both(say: Callable[[str], str]) -> dict[str, str]:
    return {lang: say(lang) for lang in LANGUAGES}


def _find(notice: Notice, lines: Mapping[str, int]) -> Find:
    title, message, remedy, why = map(_both, (notice.title, notice.message, notice.remedy, notice.why))
    line = lines.get(notice.about, 1)
    return Find(notice.code, notice.severity, notice.about, line, title, message, remedy, why, notice.source)


def broken(name: str, error: EbpmError) -> Checked:
    """Return the one find of a file that cannot be read."""
    problems = problems_of(error) if isinstance(error, SpecError) else ()
    line = min((problem.line for problem in problems), default=1)
    title = _both(lambda lang: label("lint_broken", lang))
    return Checked(name, "", {}, (Find(BROKEN, "error", "", line, title, _both(error.given), _both(error.remedy)),))


def places(parsed: Parsed) -> dict[str, int]:
    """Return the line of each part of a model: by id, links by `from -> to`."""
    found = {str(parsed.value["model"]["id"]): parsed.line(("model",))}
    for group, parts in parsed.value.items():
        for at, part in enumerate(parts if isinstance(parts, tuple) else ()):
            name = str(part["id"]) if "id" in part else f"{part.get('from')} -> {part.get('to')}"
            found.setdefault(name, parsed.line((group, str(at))))
    return found
