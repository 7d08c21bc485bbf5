"""README of a bundle in the order that data editors ask for (Vilhuber et al. 2022, template README of the social sciences)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ebpm import __version__
from ebpm.data import DataSet
from ebpm.review.bundle import Part
from ebpm.texts import label, method

SECTIONS = ("overview", "availability", "datasets", "software", "programs", "instructions", "numbers", "references")


def readme(parts: Sequence[Part], lang: str) -> str:
    """Return the README in one language: overview, data availability and rights, data sets, software and runtime, programs,
    instructions, where each result is, references.
    """
    told = {
        "overview": _overview(parts, lang), "availability": _availability(parts, lang), "datasets": _datasets(parts, lang),
        "software": iter([label("readme_software_text", lang, version=__version__)]), "programs": _programs(parts, lang),
        "instructions": _instructions(parts, lang),
        "numbers": _numbers(parts, lang), "references": _references(parts, lang),
    }  # fmt: skip
    body = (f"## {label(f'readme_{name}', lang)}\n\n" + "\n".join(told[name]) for name in SECTIONS)
    return "\n\n".join([f"# {label('readme_title', lang)}", *body]) + "\n"


def _instructions(parts: Sequence[Part], lang: str) -> Iterator[str]:
    yield label("readme_instructions_text", lang, version=__version__, folders=" ".join(part.place for part in parts))


def _overview(parts: Sequence[Part], lang: str) -> Iterator[str]:
    yield label("readme_overview_text", lang) + "\n"
    for part in parts:
        spec = part.pilot.spec
        yield f"- **{spec.title.words(lang)}** (`{part.place}`): {spec.question.words(lang)}"
        yield from (f"  - {label('synthetic_banner', lang)}" for _ in range(spec.synthetic))
        lock = part.pilot.lock
        if lock:
            seen = label("plan_frozen_seen", lang) if lock.outcomes_seen else ""
            yield f"  - {label('plan_frozen_on', lang, frozen=lock.frozen)} `{lock.digest}`. {seen}".rstrip()
        yield f"  - {label('readme_deviations', lang, count=len(part.pilot.deviations))}"


def _availability(parts: Sequence[Part], lang: str) -> Iterator[str]:
    for part in parts:
        for dataset in part.pilot.spec.data:
            yield f"- **{dataset.title.words(lang)}** ({part.pilot.spec.id})"
            yield f"  - {label('codebook_source', lang)}: {dataset.source.words(lang)}"
            yield f"  - {label('codebook_licence', lang)}: {dataset.licence}"
            yield f"  - {_access(part, dataset, lang)}"


def _access(part: Part, dataset: DataSet, lang: str) -> str:
    if dataset.package:
        return label("readme_in_package", lang, package=dataset.package)
    if dataset in part.withheld:
        tier = part.pilot.spec.disclosure.tier
        sha, rows = part.results["digests"]["data"][dataset.id], part.results["rows"][dataset.id]["in"]
        where = f"{part.place}/{dataset.path}"
        return label("readme_withheld", lang, tier=label(f"tier_{tier}", lang), digest=sha, rows=rows, path=where)
    return label("readme_included", lang, path=f"{part.place}/{dataset.path}")


def _datasets(parts: Sequence[Part], lang: str) -> Iterator[str]:
    heads = [label(f"readme_{name}", lang) for name in ("file", "data", "row", "codebook", "provided")]
    yield f"| {' | '.join(heads)} |\n| --- | --- | --- | --- | --- |"
    for part in parts:
        for one in part.pilot.spec.data:
            provided = label("no" if one in part.withheld else "yes", lang)
            file = f"{part.place}/{one.path}" if one.path else one.package
            row = (f"`{file}`", one.title.words(lang), one.row_is.words(lang), f"`{part.place}/CODEBOOK.md`", provided)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _programs(parts: Sequence[Part], lang: str) -> Iterator[str]:
    yield label("readme_programs_text", lang, version=__version__) + "\n"
    for part in parts:
        spec = part.pilot.spec
        notebook = f", `{spec.notebook.rpartition('/')[2]}`" if spec.notebook else ""
        yield f"- {spec.title.words(lang)}: `{part.place}/pilot.yaml`{notebook}"


def _numbers(parts: Sequence[Part], lang: str) -> Iterator[str]:
    heads = [label(f"readme_{name}", lang) for name in ("analysis", "where", "routine", "method")]
    yield label("readme_numbers_text", lang) + "\n"
    yield f"| {' | '.join(heads)} |\n| --- | --- | --- | --- |"
    for part in parts:
        for one in part.pilot.spec.plan:
            found = part.results["analyses"].get(one.id)
            used = method(found["terms"][0]["method"], lang) if found and found["terms"] else label("not_run", lang)
            where = f"`{part.place}/results/results.json`: analyses.{one.id}"
            row = (one.title.words(lang), where, f"`{one.routine}`", used)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _references(parts: Sequence[Part], lang: str) -> Iterator[str]:  # noqa: ARG001
    yield from (f"- {one}" for one in dict.fromkeys(one for part in parts for one in part.pilot.spec.references))
