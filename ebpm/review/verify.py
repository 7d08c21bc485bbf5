"""Run a pilot again and say, number by number, what reproduced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ebpm.errors import DataError, EbpmError, SpecError
from ebpm.pilot.results import PACKAGES
from ebpm.records import code_digest, numerical_digest
from ebpm.records.writing import whole
from ebpm.reports.content import SHORT
from ebpm.review import came_from, cells, numbers, pages
from ebpm.review.findings import Finding, Origin, Status, Verification
from ebpm.review.origins import origins
from ebpm.texts import LANGUAGES, Words, label

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation, Pilot

TEXTS = {".html"}
PLAIN = {".md", ".txt", ".csv"}
WITHHELD = {"data_not_found"}


@dataclass(frozen=True, slots=True)
class Terms:
    """How to verify.

    Parameters
    ----------
    tolerance : largest relative difference that is taken for rounding.
    notebooks : whether to execute notebooks again; it runs their code.
    """

    tolerance: float = numbers.RELATIVE
    notebooks: bool = True


def verify_pilot(folder: Path, terms: Terms = Terms()) -> Verification:
    """Run a pilot again, beside what its results claim; nothing in its folder is changed.

    Parameters
    ----------
    folder : of the pilot.
    terms : how.

    Raises
    ------
    SpecError : if there are no results, or they cannot be read.
    """
    from ebpm.pilot import read_pilot

    claimed = claimed_results(folder)
    try:
        pilot = read_pilot(folder)
        evaluation = pilot.evaluate()
    except EbpmError as error:
        return _not_evaluated(folder, claimed, error)
    source, shown = _notebook(pilot)
    rerun = _executed(source, terms)
    same = _same(claimed)
    found = (
        *_files(evaluation, folder, claimed, terms, same=same),
        *_outputs(pilot.spec.id, claimed, source, shown, rerun),
        *_leaks(evaluation, source, shown),
    )
    return Verification(pilot.spec.id, found, _origins(pilot, claimed, source, shown), remarks_on(claimed))


def claimed_results(folder: Path) -> Mapping[str, Any]:
    """Return what the results of a pilot claim.

    Raises
    ------
    SpecError : if there are no results, or they cannot be read.
    """
    file = whole(folder / "results") / "results.json"
    if not file.is_file():
        raise SpecError("verify_no_results", pilot=folder.name)
    try:
        found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as failure:
        raise SpecError("verify_not_read", pilot=folder.name, reason=str(failure)) from None
    if not isinstance(found, dict) or "analyses" not in found or "versions" not in found:
        raise SpecError("verify_not_read", pilot=folder.name, reason="analyses, versions")
    return found


def _not_evaluated(folder: Path, claimed: Mapping[str, Any], error: EbpmError) -> Verification:
    """Return every number as not run where the data are withheld, and as missing where the evaluation fails."""
    name = str(claimed.get("pilot", folder.name))
    withheld = isinstance(error, DataError) and error.code in WITHHELD
    found = numbers.findings(name, claimed, {}, tolerance=0.0)
    status: Status = "not_run" if withheld else "missing"
    told = tuple(Finding(name, one.kind, one.place, status, one.claimed) for one in found if one.place)
    return Verification(
        name, (Finding(name, "file", "data", status, note=_explained(error)), *told), (), remarks_on(claimed)
    )


def _files(
    evaluation: Evaluation, folder: Path, claimed: Mapping[str, Any], terms: Terms, *, same: bool
) -> Iterator[Finding]:
    from ebpm.run import RECORD, outputs

    name, results = evaluation.spec.id, whole(folder / "results")
    made = outputs(evaluation)
    yield from numbers.findings(name, claimed, json.loads(made["results.json"]), tolerance=terms.tolerance)
    there = {file.relative_to(results).as_posix() for file in results.rglob("*") if file.is_file()} - {RECORD}
    for file in sorted(there - set(made)):
        yield Finding(name, "file", file, "extra", note=_said("verify_extra_file"))
    for file in sorted(set(made) - there):
        yield Finding(name, "file", file, "missing", note=_said("verify_missing_file"))
    for file in sorted(there & set(made) - {"results.json"}):
        before = (results / file).read_bytes()
        yield from _file(name, file, before, made[file], claimed, same=same)


def _file(
    name: str, file: str, claimed: bytes, found: bytes, results: Mapping[str, Any], *, same: bool
) -> Iterator[Finding]:
    ending = Path(file).suffix
    if ending in TEXTS | PLAIN:
        text = _translated(claimed.decode("utf-8", "replace"), results)
        if ending in TEXTS:
            yield from pages.findings(name, file, text, found.decode(), same=same)
        else:
            yield Finding(name, "file", file, *pages.difference(text.split(), found.decode().split()))
    elif claimed == found:
        yield Finding(name, "file", file, "reproduced")
    else:
        yield Finding(name, "file", file, "differs" if same else "not_run", note=_said("verify_other_packages"))


def _translated(text: str, results: Mapping[str, Any]) -> str:
    """Return a text with our versions, code and environment in the place of the claim's: they are remarked on, not compared."""
    for package, number in results["versions"].items():
        text = text.replace(f"{package} {number}", f"{package} {_version(package)}")
    for _, before, after in _elsewhere(results):
        text = text.replace(before, after).replace(before[:SHORT], after[:SHORT])
    return text


def _elsewhere(results: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the digests of code and environment that are not ours: name, theirs, ours."""
    ours = {"code": code_digest(), "environment": numerical_digest(PACKAGES[1:])}
    for name, after in ours.items():
        before = str(results.get("digests", {}).get(name, ""))
        if before and before != after:
            yield name, before, after


def _notebook(pilot: Pilot) -> tuple[Path | None, str]:
    if not pilot.spec.notebook:
        return None, ""
    source = pilot.folder / pilot.spec.notebook
    stored = source.with_suffix(".ipynb")
    return source, stored.read_text(encoding="utf-8") if stored.is_file() else ""


def _executed(source: Path | None, terms: Terms) -> str | EbpmError:
    if source is None or not terms.notebooks or not source.is_file():
        return ""
    from ebpm.notebooks import executed

    try:
        return executed(source)
    except EbpmError as error:
        return error


def _outputs(
    name: str, claimed: Mapping[str, Any], source: Path | None, stored: str, rerun: str | EbpmError
) -> Iterator[Finding]:
    same = _same(claimed)
    if source is None:
        return
    if stored and source.is_file():
        yield from came_from.findings(name, source, stored, claimed)
    if not stored or not source.is_file():
        yield Finding(name, "output", source.name, "missing")
    elif isinstance(rerun, EbpmError):
        yield Finding(name, "output", source.name, "missing", note=_explained(rerun))
    elif rerun:
        yield from cells.findings(name, source.with_suffix(".ipynb").name, stored, rerun, same=same)
    else:
        yield Finding(name, "output", source.name, "not_run")
        for one in cells.cells(stored):
            yield from cells.around(name, f"{source.with_suffix('.ipynb').name} [{one.number}]", one)
        yield from cells.typed(name, source.with_suffix(".ipynb").name, stored)


def _leaks(evaluation: Evaluation, source: Path | None, stored: str) -> Iterator[Finding]:
    """Yield what of the records stands in the notebook as it was stored."""
    from ebpm.pilot.leaving.disclosure import refuse_leaks

    if source is None or not stored:
        return
    try:
        refuse_leaks(evaluation, {source.with_suffix(".ipynb").name: stored.encode()})
    except DataError as error:
        yield Finding(evaluation.spec.id, "door", source.with_suffix(".ipynb").name, "around", note=_explained(error))


def _origins(pilot: Pilot, claimed: Mapping[str, Any], source: Path | None, stored: str) -> tuple[Origin, ...]:
    shown = cells.cells(stored) if stored else ()
    there = source if source is not None and source.is_file() else None
    return tuple(origins(pilot.folder, claimed, there, shown))


def _same(claimed: Mapping[str, Any]) -> bool:
    return all(_version(package) == number for package, number in claimed["versions"].items())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def remarks_on(claimed: Mapping[str, Any]) -> tuple[Words, ...]:
    """Return what is to be said of the packages, the code and the environment of a claim that are not ours."""
    versions = claimed["versions"].items()
    other = [f"{name} {number} → {_version(name)}" for name, number in versions if _version(name) != number]
    told = [_said("verify_versions", versions=", ".join(other))] if other else []
    for name, before, after in _elsewhere(claimed):
        told.append(_said(f"verify_other_{name}", before=before[:SHORT], after=after[:SHORT]))
    return tuple(told)


def _explained(error: EbpmError) -> dict[str, str]:
    return {lang: error.explain(lang) for lang in LANGUAGES}


def _said(code: str, **facts: object) -> dict[str, str]:
    return {lang: label(code, lang, **facts) for lang in LANGUAGES}
