"""HTML, XML and SVG: what is read, what is only in the source, tables as rows, and the points of drawings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, pairwise

import numpy as np

from ebpm.disclosure.scanning.disguises import from_base64
from ebpm.disclosure.scanning.fragments import Fragment, Piece, Points, of_text, plain
from ebpm.disclosure.scanning.grids import Grid, of_records

VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "use", "path", "circle", "rect"})
TABLES = frozenset({"table", "w:tbl", "a:tbl", "table:table"})
ROWS = frozenset({"tr", "w:tr", "a:tr", "table:table-row"})
CELLS = frozenset({"td", "th", "w:tc", "a:tc", "table:table-cell"})
URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[^,]*?(;base64)?,(.*)", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
FEWEST = 5
INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
    "span", "strong", "sub", "sup", "text:span", "tspan", "u", "var", "wbr",
})  # fmt: skip
APART = frozenset({"w:p", "w:tc", "w:tr", "w:br", "w:tab", "a:p", "a:br"})
"""Parts of documents that keep words apart; the others only dress them."""


class Reader(HTMLParser):
    """Collects the text, the tables, the attributes and the hidden parts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.joined: list[str] = []
        self.hidden: list[str] = []
        self.styles: list[str] = []
        self.uris: list[tuple[str, bytes]] = []
        self.tables: list[list[list[list[str]]]] = [[]]
        self.marks: dict[str, list[tuple[float, float]]] = {}
        self.paths: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a row, a cell, a mark of a drawing, and what the attributes say."""
        found = {name: value or "" for name, value in attrs}
        if tag not in INLINE and (tag in APART or not tag.startswith(("w:", "a:"))):
            self.joined.append("\n\n")
        if tag in TABLES:
            self.tables.append([])
        elif tag in ROWS:
            self.tables[-1].append([])
        elif tag in CELLS and self.tables[-1]:
            self.tables[-1][-1].append([])
        self._drawn(tag, found)
        for name, value in found.items():
            self._attribute(name, value)

    def _attribute(self, name: str, value: str) -> None:
        uri = URI.fullmatch(value)
        if uri:
            self.uris.append((uri[1] or "text/plain", from_base64(uri[3]) if uri[2] else uri[3].encode()))
        elif name in {"d", "class", "style", "id", "points", "transform"}:
            self.styles.append(value)
        elif not NUMBER.fullmatch(value):
            self.hidden.append(value)

    def _drawn(self, tag: str, found: dict[str, str]) -> None:
        ends = {"circle": ("cx", "cy"), "use": ("x", "y"), "rect": ("x", "y"), "ellipse": ("cx", "cy")}.get(tag)
        if ends and all(NUMBER.fullmatch(found.get(end, "")) for end in ends):
            kind = found.get("xlink:href", found.get("href", tag))
            self.marks.setdefault(kind, []).append((float(found[ends[0]]), float(found[ends[1]])))
        self.paths += [found[name] for name in ("d", "points") if name in found]

    def handle_data(self, data: str) -> None:
        """Note text, in its cell where it stands in one."""
        self.text.append(data)
        self.joined.append(data)
        if self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1].append(data)

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self.hidden.append(data)

    def unknown_decl(self, data: str) -> None:
        """Note a section of characters."""
        self.hidden.append(data.removeprefix("CDATA["))

    def handle_decl(self, decl: str) -> None:
        """Note a declaration."""
        self.hidden.append(decl)

    def handle_pi(self, data: str) -> None:
        """Note an instruction."""
        self.hidden.append(data)


def of_markup(where: str, text: str) -> Iterator[Piece]:
    """Yield the pieces of a page or a drawing."""
    from ebpm.disclosure.scanning.files import of_bytes

    reader = Reader()
    reader.feed(text)
    reader.close()
    yield from of_text(where, "\n".join(reader.text), prose=False)
    joined = plain("".join(reader.joined))
    yield Fragment(f"{where} (joined)", joined, prose=joined)
    yield Fragment(f"{where} (styles)", plain("\n".join(reader.styles)))
    yield from of_text(f"{where} (hidden)", "\n".join(reader.hidden))
    tables = [[tuple(plain(" ".join(cell)).strip() for cell in row) for row in table if row] for table in reader.tables]
    yield Fragment(f"{where} (table)", rows=tuple(chain(*tables)), grids=tuple(map(Grid.of, tables)))
    yield Fragment(f"{where} (drawing)", points=tuple(_groups(reader)))
    for kind, data in reader.uris:
        yield from of_bytes(f"{where} ({kind})", data, kind=kind)
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
        inner = re.search(r"[\[{].*[\]}]", script, re.DOTALL)
        yield from of_json(f"{where} (script)", inner[0] if inner else script)


def _groups(reader: Reader) -> Iterator[Points]:
    for marks in reader.marks.values():
        if len(marks) >= FEWEST:
            yield np.array(marks)
    for path in reader.paths:
        numbers = [float(one) for one in NUMBER.findall(path)]
        if len(numbers) >= 2 * FEWEST and len(numbers) % 2 == 0:
            yield np.array(numbers).reshape(-1, 2)


def of_json(where: str, text: str) -> Iterator[Piece]:
    """Yield the pieces of a JSON text: its strings, and its objects and lists as rows; nothing where it is none."""
    try:
        content = json.loads(text)
    except ValueError:
        return
    strings, rows = [], list(_records(content))
    for one in rows:
        strings += one
    yield from of_text(where, "\n\n".join(strings))
    found = tuple(tuple(map(plain, row)) for row in rows)
    yield Fragment(f"{where} (records)", rows=found, grids=tuple(of_records(content)))


def _records(value: object) -> Iterator[list[str]]:
    """Yield each object and each list of plain values, and lists of the same length side by side."""
    if isinstance(value, dict):
        yield [str(one) for pair in value.items() for one in pair if not isinstance(one, dict | list)]
        lists = [
            one for one in value.values() if isinstance(one, list) and not any(isinstance(x, dict | list) for x in one)
        ]
        if len(lists) > 1 and all(len(left) == len(right) for left, right in pairwise(lists)):
            yield from ([str(one) for one in row] for row in zip(*lists, strict=True))
        for one in value.values():
            yield from _records(one)
    elif isinstance(value, list):
        scalars = [str(one) for one in value if not isinstance(one, dict | list)]
        if scalars:
            yield scalars
        for one in value:
            yield from _records(one)
    elif isinstance(value, str):
        yield [value]
