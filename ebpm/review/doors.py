"""Notebooks that go around the door: data read directly, rows printed, numbers typed rather than computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

READERS = {
    "read_csv", "read_excel", "read_parquet", "read_table", "read_json", "read_sql", "read_fwf", "read_feather",
    "read_pickle", "read_stata", "read_spss", "read_text", "read_bytes", "open", "loadtxt", "genfromtxt", "fromfile",
    "memmap", "scan_csv", "scan_parquet", "urlopen", "urlretrieve", "connect",
}  # fmt: skip
ROWS = {
    "head", "tail", "sample", "to_string", "to_csv", "to_dict", "to_records", "to_markdown", "to_html", "itertuples",
    "iterrows", "tolist", "display",
}  # fmt: skip
KNOWN = {"ebpm", "numpy", "pandas", "matplotlib", "math"}
INSIDE = {"evaluate_unreleased"}
RUNNERS = {"exec", "eval", "__import__", "compile", "get_ipython"}
PRINTED = re.compile(r"\d+\.\d{2,}")
FRAME = re.compile(r'class="dataframe"|\[\d+ rows x \d+ columns\]')


def in_source(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a cell does that does not go through the library: a code of the texts, and the words of the source."""
    if re.search(r"^\s*[!%]", source, re.MULTILINE):
        yield "shell", next(line.strip() for line in source.splitlines() if line.lstrip()[:1] in "!%")
        source = re.sub(r"^(\s*)[!%].*$", r"\1pass", source, flags=re.MULTILINE)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        yield "unreadable", source.strip().splitlines()[0] if source.strip() else ""
        return
    for node in ast.walk(tree):
        yield from _imported(node)
        yield from _called(node)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    names = []
    if isinstance(node, ast.Import):
        names = [one.name for one in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    yield from (("import", name) for name in names if name.partition(".")[0] not in KNOWN)


def _called(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in READERS:
            yield "read", ast.unparse(node)
        elif name in ROWS:
            yield "rows", ast.unparse(node)
        elif name in INSIDE:
            yield "unreleased", ast.unparse(node)
        elif name in RUNNERS:
            yield "runner", ast.unparse(node)
    elif isinstance(node, ast.Attribute) and node.attr == "iloc":
        yield "rows", ast.unparse(node)


def in_output(source: str, shown: str) -> Iterator[tuple[str, str]]:
    """Yield what the output of a cell gives away: a data frame, or a number that stands in the source as words."""
    if FRAME.search(shown):
        yield "frame", ""
    typed = {number for text in _strings(source) for number in PRINTED.findall(text)}
    yield from (
        ("typed", number) for number in sorted(typed) if re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", shown)
    )


def _strings(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
