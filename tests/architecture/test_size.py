"""Size budgets: small files, small functions."""

from __future__ import annotations

import ast
import io
import tokenize
from functools import cache
from statistics import median

import pytest

from tests.architecture.source import ROOT, Function, functions, trees

FILE_LINES = 300
FUNCTION_LINES = 40
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


@cache
def code_lines(path: str) -> frozenset[int]:
    """Return the numbers of the lines that hold code: no blank lines, no comments."""
    tokens = tokenize.generate_tokens(io.StringIO((ROOT / path).read_text(encoding="utf-8")).readline)
    loud = (token for token in tokens if token.type not in SILENT)
    return frozenset(line for token in loud for line in range(token.start[0], token.end[0] + 1))


def size(place: str, node: Function) -> int:
    """Return the lines of code in the body of a function, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    inside = range(body[0].lineno, (node.end_lineno or node.lineno) + 1) if body else ()
    return len(code_lines(place.partition(":")[0]).intersection(inside))


@pytest.mark.parametrize("path", trees())
def test_file_fits_the_budget(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def test_every_function_fits_the_budget():
    sizes = {place: size(place, node) for place, node in functions()}
    assert {place: lines for place, lines in sizes.items() if lines > FUNCTION_LINES} == {}


def test_the_median_function_is_small(record_property, capsys):
    sizes = sorted(size(place, node) for place, node in functions())
    with capsys.disabled():
        print(f"\n{len(trees())} files, {len(sizes)} functions: median {median(sizes):g} lines, "
              f"95th percentile {sizes[int(0.95 * len(sizes))]}, largest {sizes[-1]}")  # fmt: skip
    record_property("median_function_lines", median(sizes))
    assert median(sizes) <= 8
