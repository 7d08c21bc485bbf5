"""The documentation as a website: `make html`. The source is the repository, so that pages, README and notebooks link to each other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from sphinx.ext.autodoc import SLOTSATTR

import ebpm

project = "ebpm"
release = version = ebpm.__version__
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]

root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/methods/*.rst", "docs/rules/*.md", "notebooks/*/*.ipynb"]
exclude_patterns = ["**/.ipynb_checkpoints"]
source_suffix = {".md": "myst-nb", ".rst": "restructuredtext", ".ipynb": "myst-nb"}
suppress_warnings = ["misc.highlighting_failure", "myst.xref_missing", "myst.header"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True

autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = "ebpm"
html_extra_path = ["site"]
html_static_path = ["static"]
html_css_files = ["ebpm.css"]
html_show_sphinx = False
html_copy_source = False

PARTS = ("Formula", "Formulas", "Assumption", "Assumptions", "Source", "Sources")
PART = re.compile(rf"({'|'.join(PARTS)}): (.*)")
ITEM = re.compile(r"([\w*][\w*, ]*) : (.*)")
napoleon_custom_sections = [*PARTS, "Result"]

CONTENTS = {
    "始める / Start": ["日本語 </README.ja>", "English </README>", "analyst", "trainer", "review"],
    "方法 / Methods": [
        "routines",
        *(f"methods/{file.stem}" for file in sorted(Path(__file__).parent.glob("methods/*.rst"))),
    ],
    "言葉と符号 / Words and codes": ["codes", "glossary", "rules/README"],
    "確かさ / How far to trust it": ["reference_values", "coverage", "twins", "benchmarks"],
    "守ること / Keeping records safe": ["disclosure", "moments", "large_tables"],
    "ノートブック / Notebooks": ["/notebooks/*/*"],
    "作る / Build": ["plan", "architecture", "/CONTRIBUTING", "/CHANGELOG"],
}


def contents(_app: Any, name: str, source: list[str]) -> None:
    """Append the tables of contents to the index and to the rules, whose files stay plain Markdown."""
    if name == "docs/index":
        source[0] += "".join(toctree(caption, pages) for caption, pages in CONTENTS.items())
    if name == "docs/rules/README":
        source[0] += toctree("", ["LM*"])
    if name.startswith("docs/methods/"):
        source[0] += room(name.rpartition("/")[2])


def toctree(caption: str, pages: list[str]) -> str:
    """Return a hidden table of contents."""
    head = [f":caption: {caption}"] if caption else []
    return "\n".join(("\n```{toctree}", ":hidden:", ":glob:", *head, "", *pages, "```", ""))


def room(name: str) -> str:
    """Return what a room offers: its routines, then the classes of what they take and give."""
    module = getattr(ebpm, name)
    offered = {name: getattr(module, name) for name in sorted(module.__all__)}
    routines = [one for one, value in offered.items() if inspect.isfunction(value)]
    classes = [one for one, value in offered.items() if inspect.isclass(value)]
    parts = [f"\n{module.__doc__}\n", f".. currentmodule:: ebpm.{name}\n"]
    parts += [f".. autofunction:: {one}\n" for one in routines]
    parts += ["Results and declarations\n------------------------\n"] if classes else []
    parts += [f".. autoclass:: {one}\n   :members:\n" for one in classes]
    return "\n".join(parts)


def hidden(_app: Any, _what: str, _name: str, value: Any, *_: Any) -> bool | None:
    """Fields are told in the docstring of their class."""
    return True if value is SLOTSATTR else None


def plain(_app: Any, _what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: say their parts, parameters, bars and code as numpydoc and reStructuredText do."""
    code = [line.lstrip().startswith((">>>", "...")) for line in lines]
    lines[:] = [
        said
        for line, is_code in zip(lines, code, strict=True)
        for said in ([line] if is_code else spread(written(line)))
    ]


def spread(line: str) -> list[str]:
    """Return the lines for "Formula: ...", which becomes a part of its own, and for "name : text"."""
    if line == "Returns":
        return ["Result"]
    if part := PART.match(line):
        return ["", part[1], "-" * len(part[1]), part[2]]
    if item := ITEM.match(line):
        return [item[1], f"    {item[2]}"]
    return [line]


def written(line: str) -> str:
    """Return a line of plain text as reStructuredText says it."""
    return re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line).replace("|", "\\|")


def levelled(_app: Any, _name: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Captions of the navigation are headings: say of which level."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Any) -> None:
    """Connect what is done to the sources and to the docstrings."""
    app.connect("source-read", contents)
    app.connect("html-page-context", levelled, priority=900)
    app.connect("autodoc-skip-member", hidden)
    app.connect("autodoc-process-docstring", plain, priority=400)
