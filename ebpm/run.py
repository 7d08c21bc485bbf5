"""Run pilots from data to results and reports: whole or not at all, several at a time."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ebpm.errors import EbpmError, SpecError, did_you_mean

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

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


def run(folders: Sequence[Path], *, jobs: int = 2, lang: str = "en", notebooks: bool = True) -> Iterator[Outcome]:
    """Run pilots in parallel processes and yield how each ended, as they end.

    Parameters
    ----------
    folders : the pilots' folders.
    jobs : processes at a time.
    lang : language of the lines.
    notebooks : whether to execute the notebook that a pilot names.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(run_one, folder, lang, notebooks) for folder in folders]
        for done in as_completed(waiting):
            yield done.result()


def run_one(folder: Path, lang: str, notebooks: bool) -> Outcome:  # noqa: FBT001
    """Evaluate one pilot and write its results, reports and notebook."""
    from ebpm.pilot import read_pilot

    start = time.perf_counter()
    try:
        pilot = read_pilot(folder)
        evaluation = pilot.evaluate()
        replace_folder(folder / "results", outputs(evaluation))
        if notebooks and pilot.spec.notebook:
            from ebpm.notebooks import execute

            execute(folder / pilot.spec.notebook)
    except EbpmError as error:
        return Outcome(folder.name, error.explain(lang), ok=False, seconds=time.perf_counter() - start)
    return Outcome(pilot.spec.id, line(evaluation, lang), ok=True, seconds=time.perf_counter() - start)


def outputs(evaluation: Evaluation) -> Mapping[str, bytes]:
    """Return the files of a run: results.json and the reports in both languages."""
    from ebpm.pilot.results import results_json
    from ebpm.reports import report

    files = {"results.json": results_json(evaluation)}
    for lang in ("ja", "en"):
        files[f"report.{lang}.html"] = report(evaluation, lang=lang).text()
    return {name: text.encode() for name, text in files.items()}


def line(evaluation: Evaluation, lang: str | None = None) -> str:
    """Return an evaluation in one line: estimate, interval, verdict and grade."""
    verdict, level = evaluation.verdict.title(lang), evaluation.grade.level
    return f"{evaluation.headline.interval(lang)}  {verdict}  SMS {level}"


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put new files in the place of a folder, so that at every moment one whole version exists.

    The new version is written beside the old one, the old one is renamed away, the new one renamed in; a run that was
    stopped between the two renames is mended by the next.
    """
    previous, fresh = folder.with_name(folder.name + ".previous"), folder.with_name(f"{folder.name}.{uuid4().hex}.new")
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    fresh.mkdir(parents=True)
    try:
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        shutil.rmtree(previous, ignore_errors=True)
        if folder.exists():
            folder.rename(previous)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(previous, ignore_errors=True)
