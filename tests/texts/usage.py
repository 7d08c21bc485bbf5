"""Which codes of the texts the source uses: by name, or by the beginning or end of a formatted name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from ebpm import texts
from tests.architecture.source import PACKAGE, trees

CALLS = {
    "Notice": "notice",
    "Rule": "notice",
    "label": "label",
    "Unavailable": "label",
    "term": "term",
    "method": "method",
}
ERRORS = {"EbpmError", "SpecError", "DataError", "DesignError"}
KEYWORDS = {"method": "method", "estimand": "term"}


@cache
def strings() -> frozenset[str]:
    """Return every string of the source that is not a docstring, and every word of its templates."""
    constants = (node.value for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Constant))
    inside = {text for text in constants if isinstance(text, str)}
    return frozenset(inside | {word for text in _templates() for word in re.findall(r"[\w.]+", text)})


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """Return the shapes of formatted strings that have some letters of their own."""
    joined = (node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    added = (re.compile(rf"{start}\w+") for text in _templates() for start in re.findall(r"\"(\w+_)\" ~", text))
    return (*(shape for node in joined if (shape := _shape(node)) is not None), *added)


def _templates() -> list[str]:
    return [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.j2")]


def _shape(node: ast.JoinedStr) -> re.Pattern[str] | None:
    parts = [str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values]
    if not re.fullmatch(r"[a-zA-Z0-9_.]{3,}", "".join(parts)):
        return None
    return re.compile("".join(re.escape(part) or r"\w+" for part in parts))


def unused(kind: str) -> set[str]:
    """Return the codes of a kind that nothing in the source names."""
    missing = {code for code in texts.entries(kind) if code not in strings()}
    return {code for code in missing if not any(shape.fullmatch(code) for shape in patterns())}


def dangling(kind: str) -> dict[str, str]:
    """Return the codes that the source names outright and the texts do not have, with the place."""
    return {code: place for named, code, place in _named() if named == kind and code not in texts.entries(kind)}


def _named() -> Iterator[tuple[str, str, str]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for kind, code in _of_call(node):
                    yield kind, code, f"{path}:{node.lineno}"


def _of_call(node: ast.Call) -> Iterator[tuple[str, str]]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    if isinstance(first, str) and (name in CALLS or name in ERRORS):
        yield CALLS.get(name, "error"), first
    for keyword in node.keywords:
        if keyword.arg in KEYWORDS and isinstance(keyword.value, ast.Constant) and _is_estimate(name):
            yield KEYWORDS[keyword.arg], str(keyword.value.value)


def _is_estimate(name: str) -> bool:
    return name in {"Estimate", "t_estimate"}
