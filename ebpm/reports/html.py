"""Pages as one HTML file: no external request, headings in order, a table beside every figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebpm.reports.blocks import Document
from ebpm.texts import label


def html(document: Document) -> str:
    """Return a page: the whole report, the card, or slides."""
    return rendered(f"{document.shape}.html.j2", document.lang, {"document": document})


def rendered(template: str, lang: str, content: Mapping[str, Any]) -> str:
    """Return a template of this folder with what it shows.

    Parameters
    ----------
    template : file name.
    lang : "ja" or "en".
    content : names that the template uses beside `lang`, `say` and `html`.
    """
    environment = Environment(
        loader=PackageLoader("ebpm.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    given = {
        "lang": lang,
        "say": lambda code, **facts: label(code, lang, **facts),
        "html": lambda table: Markup(table.to_html(lang)),  # noqa: S704  # Table escapes every cell
    }
    return environment.get_template(template).render(**given, **content) + "\n"
