"""A site of evaluations: one page that sets them beside one another and can be searched, and the files of each; static, without a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ebpm.reports import FORMATS, SHAPES, report
from ebpm.reports.blocks import Document
from ebpm.reports.content import traced, verdict_is
from ebpm.reports.html import rendered
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label, speaking, words

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

FILES = (
    ("report", "full", ".html"),
    ("card", "card", ".html"),
    ("slides", "slides", ".html"),
    ("word", "full", ".docx"),
    ("excel", "full", ".xlsx"),
)


def site(evaluations: Sequence[Evaluation]) -> Mapping[str, bytes]:
    """Return the files of a site by path: `index.html` in the first language, `index.en.html`, and a folder for each evaluation.

    Parameters
    ----------
    evaluations : in the order of the page.
    """
    files: dict[str, bytes] = {}
    for lang in LANGUAGES:
        shown = [_documents(one, lang) for one in evaluations]
        files[_index(lang)] = _page(evaluations, [one["full"] for one in shown], lang).encode()
        for evaluation, documents in zip(evaluations, shown, strict=True):
            files |= dict(_files(evaluation, documents, lang))
    return files


def _documents(evaluation: Evaluation, lang: str) -> Mapping[str, Document]:
    return {shape: report(evaluation, lang=lang, shape=shape).document() for shape in SHAPES}


def _index(lang: str) -> str:
    return "index.html" if lang == LANGUAGES[0] else f"index.{lang}.html"


def _name(kind: str, lang: str, ending: str) -> str:
    return f"{kind if kind in {'card', 'slides'} else 'report'}.{lang}{ending}"


def _files(evaluation: Evaluation, documents: Mapping[str, Document], lang: str) -> Iterator[tuple[str, bytes]]:
    with speaking(lang):
        for kind, shape, ending in FILES:
            yield f"{evaluation.spec.id}/{_name(kind, lang, ending)}", FORMATS[ending](documents[shape])


def _page(evaluations: Sequence[Evaluation], documents: Sequence[Document], lang: str) -> str:
    with speaking(lang):
        content = {
            "table": compared(evaluations, lang), "other": [(one, _index(one)) for one in LANGUAGES if one != lang],
            "entries": [_entry(*pair, lang) for pair in zip(evaluations, documents, strict=True)], "index": _searched(documents),
        }  # fmt: skip
        return rendered("site.html.j2", lang, content)


def compared(evaluations: Sequence[Evaluation], lang: str | None = None) -> Table:
    """Return evaluations beside one another: design, headline, interval, verdict and strength of the evidence.

    Parameters
    ----------
    evaluations : in the order of the rows.
    lang : "ja" or "en"; the current language where None.
    """
    columns = (
        "pilot",
        "design_type",
        "estimate",
        "conf_low",
        "conf_high",
        "unit",
        "verdict",
        "evidence_level",
        "synthetic",
    )
    return Table(columns, tuple(_row(one, lang) for one in evaluations), label("site_compared", lang))


def _row(evaluation: Evaluation, lang: str | None) -> tuple[object, ...]:
    head, spec = evaluation.headline, evaluation.spec
    return (
        spec.title.words(lang), label(f"design_{spec.design.type}", lang), head.estimate, head.conf_low, head.conf_high, words(head.unit, lang),
        evaluation.verdict.title(lang), f"{evaluation.grade.level} / 5", label("yes" if spec.synthetic else "no", lang),
    )  # fmt: skip


def _entry(evaluation: Evaluation, document: Document, lang: str) -> dict[str, Any]:
    links = [
        (label(f"site_{kind}", lang), f"{evaluation.spec.id}/{_name(kind, lang, ending)}") for kind, _, ending in FILES
    ]
    return {
        "id": evaluation.spec.id, "kicker": document.kicker, "title": document.title, "question": evaluation.spec.question.words(lang),
        "verdict": verdict_is(evaluation, lang), "evidence": label("site_evidence", lang, level=evaluation.grade.level), "banner": document.banner, "links": links, "traced": traced(evaluation, lang),
    }  # fmt: skip


def _searched(documents: Sequence[Document]) -> Markup:
    """Return the words of each page for the search, as JSON that cannot end a script."""
    texts = [" ".join(_words(document)).casefold() for document in documents]
    return Markup(json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704


def _words(document: Document) -> Iterator[str]:
    from ebpm.reports.markdown import markdown

    yield document.kicker
    yield markdown(document)
