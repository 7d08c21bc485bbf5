"""Run pilots from data to results and reports: whole or not at all, several at a time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from ebpm.errors import DataError, EbpmError, SpecError, did_you_mean
from ebpm.records import mend, only_writer, replace_folder, write_whole
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation, Pilot

RESULTS, RECORD = "results", "run.json"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run of one pilot ended.

    Parameters
    ----------
    pilot : its name.
    line : estimate, interval, verdict, grade; or the error.
    ok : whether it ended with results.
    seconds : wall time.
    """

    pilot: str
    line: str
    ok: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Wish:
    """How pilots are to be run.

    Parameters
    ----------
    lang : language of the lines.
    notebooks : whether to execute the notebook that a pilot names.
    force : whether to run also where nothing has changed since the last run.
    unfrozen : why outcomes are read before the plan is frozen; empty where they are not.
    progress : whether to say on the standard error what is being done.
    """

    lang: str = "en"
    notebooks: bool = True
    force: bool = False
    unfrozen: str = ""
    progress: bool = False

    def say(self, step: str, pilot: str, **facts: object) -> None:
        """Say what is being done."""
        if self.progress:
            sys.stderr.write(label(f"run_step_{step}", self.lang, pilot=pilot, **facts) + "\n")
            sys.stderr.flush()


PLAIN = Wish()


def discover(root: Path, names: Sequence[str] = ()) -> tuple[Path, ...]:
    """Return the folders of the pilots: all below `root/pilots`, or those named by path or slug.

    Raises
    ------
    SpecError : if a name is neither the path of a pilot nor the slug of one.
    """
    known = {
        _slug(file.parent, root / "pilots"): file.parent for file in sorted((root / "pilots").glob("**/pilot.yaml"))
    }
    if not names:
        if not known:
            raise SpecError("no_pilots", root=root.name)
        return tuple(known.values())
    return tuple(folder for name in names for folder in _named(name, known))


def _slug(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


def _named(name: str, known: Mapping[str, Path]) -> tuple[Path, ...]:
    path = Path(name)
    if (path / "pilot.yaml").is_file():
        return (path,)
    if name in known:
        return (known[name],)
    raise SpecError("unknown_pilot", name=name, known=did_you_mean(name, known))


def run(folders: Sequence[Path], *, jobs: int = 2, wish: Wish = PLAIN) -> Iterator[Outcome]:
    """Run pilots in parallel processes and yield how each ended, as they end.

    A process that is killed costs no other pilot its results: those that went down with it are run again, one at a time.

    Parameters
    ----------
    folders : the pilots' folders.
    jobs : processes at a time.
    wish : how.

    Raises
    ------
    SpecError : if `jobs` is below 1.
    """
    if jobs < 1:
        raise SpecError("run_jobs", jobs=jobs)
    os.environ.update(dict.fromkeys(THREADS, "1"))
    down: list[Path] = []
    with _pool(jobs) as pool:
        waiting = {pool.submit(run_one, folder, wish): folder for folder in folders}
        for done in as_completed(waiting):
            if isinstance(done.exception(), BrokenProcessPool):
                down.append(waiting[done])
            else:
                yield done.result()
    for folder in down:
        yield _again(folder, wish)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn"))


def _again(folder: Path, wish: Wish) -> Outcome:
    start = time.perf_counter()
    try:
        with _pool(1) as pool:
            return pool.submit(run_one, folder, wish).result()
    except BrokenProcessPool:
        line = DataError("run_died", pilot=folder.name).explain(wish.lang)
        return Outcome(folder.name, line, ok=False, seconds=time.perf_counter() - start)


def run_one(folder: Path, wish: Wish = PLAIN) -> Outcome:
    """Evaluate one pilot and write its results, reports and notebook; where nothing has changed, only say so."""
    start = time.perf_counter()
    try:
        with only_writer(folder):
            mend(folder / RESULTS)
            line = _evaluated(folder, wish)
    except EbpmError as error:
        return Outcome(folder.name, error.explain(wish.lang), ok=False, seconds=time.perf_counter() - start)
    return Outcome(_name(folder), line, ok=True, seconds=time.perf_counter() - start)


def _name(folder: Path) -> str:
    from ebpm.pilot import read_pilot

    return read_pilot(folder).spec.id


def _evaluated(folder: Path, wish: Wish) -> str:
    from ebpm.pilot import read_pilot
    from ebpm.pilot.leaving.disclosure import refuse_leaks
    from ebpm.pilot.planning.freshness import inputs, is_fresh, record

    wish.say("reading", folder.name)
    pilot = read_pilot(folder)
    notebook = folder / pilot.spec.notebook if wish.notebooks and pilot.spec.notebook else None
    came_from = inputs(pilot)
    if not wish.force and is_fresh(folder, came_from, notebook):
        return label("run_unchanged", wish.lang)
    wish.say("evaluating", folder.name, count=len(pilot.spec.plan))
    evaluation = pilot.evaluate(pilot.read_data(unfrozen=wish.unfrozen))
    wish.say("reporting", folder.name)
    files = outputs(evaluation)
    shown = _executed(pilot, notebook, wish)
    wish.say("checking", folder.name)
    refuse_leaks(evaluation, {**files, "notebook.ipynb": shown} if shown else files)
    wish.say("writing", folder.name)
    replace_folder(folder / RESULTS, {**files, RECORD: record(came_from, files, shown)})
    if notebook is not None:
        write_whole(notebook.with_suffix(".ipynb"), shown)
    return line(evaluation, wish.lang)


def _executed(pilot: Pilot, notebook: Path | None, wish: Wish) -> bytes:
    if notebook is None:
        return b""
    from ebpm.notebooks import executed

    wish.say("notebook", pilot.folder.name)
    return executed(notebook).encode()


def outputs(evaluation: Evaluation) -> Mapping[str, bytes]:
    """Return the files of a run: results.json and the reports in both languages."""
    from ebpm.pilot.leaving.disclosure import released
    from ebpm.pilot.results import results_json
    from ebpm.reports import report

    evaluation = released(evaluation)
    files = {"results.json": results_json(evaluation)}
    for lang in ("ja", "en"):
        files[f"report.{lang}.html"] = report(evaluation, lang=lang).text()
    return {name: text.encode() for name, text in files.items()}


def line(evaluation: Evaluation, lang: str | None = None) -> str:
    """Return an evaluation in one line: estimate, interval, verdict and grade."""
    verdict, level = evaluation.verdict.title(lang), evaluation.grade.level
    return f"{evaluation.headline.interval(lang)}  {verdict}  SMS {level}"
