"""The interactive page: one HTML file with the picture, what stands behind it, and the same in words; no external request."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebpm.logic.details import Detail, details
from ebpm.logic.drawing.margins import Entry, entries
from ebpm.logic.drawing.plan import Look
from ebpm.logic.drawing.vector import Scene, scene
from ebpm.logic.tables import described, indicators, links, nodes
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label, language

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


@dataclass(frozen=True, slots=True)
class Edition:
    """The page in one language."""

    lang: str
    described: str
    scene: Scene
    legend: tuple[Entry, ...]
    nodes: tuple[Detail, ...]
    links: tuple[Detail, ...]
    tables: tuple[Table, ...]


def page(model: LogicModel, lang: str | None = None) -> str:
    """Return the page; see `LogicModel.page`.

    The policy in its head lets the browser run and load nothing but what the file holds, by digest.
    """
    first = language(lang)
    environment = Environment(
        loader=PackageLoader("ebpm.logic"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["say"] = label
    style, script = (_read(name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html.j2").render(
        model=model,
        first=first,
        editions=[_edition(model, one) for one in sorted(LANGUAGES, key=lambda one: one != first)],
        html=lambda table, spoken: Markup(table.to_html(spoken)),  # noqa: S704  # Table escapes every cell
        style=Markup(style),  # noqa: S704  # a file of this package
        script=Markup(script),  # noqa: S704  # a file of this package
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'; form-action 'none'",
    )  # fmt: skip


def _edition(model: LogicModel, lang: str) -> Edition:
    about_nodes, about_links = details(model, lang)
    tables = (links(model, lang), nodes(model, lang), indicators(model, lang))
    legend = entries(model, Look(lang))
    return Edition(lang, described(model, lang), scene(model, lang), legend, about_nodes, about_links, tables)


def _read(name: str) -> str:
    return (files("ebpm.logic") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
