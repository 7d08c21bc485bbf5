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
    "iterrows", "tolist", "display", "describe", "value_counts", "query", "to_json", "to_numpy", "nlargest", "nsmallest", "to_latex",
    "groupby", "crosstab", "pivot_table", "pivot", "unique",
}  # fmt: skip
PARTS = {"iloc", "loc", "iat", "at", "values", "T"}
"""What gives the rows of a data frame without a call."""
WRITERS = {
    "to_excel", "to_parquet", "to_pickle", "to_feather", "to_sql", "to_stata", "to_hdf", "to_clipboard", "savetxt", "save", "savez", "tofile",
    "dump", "savefig", "imsave", "write", "writelines", "writerow", "writerows", "write_text", "write_bytes",
}  # fmt: skip
MODULES = {
    "os",
    "sys",
    "subprocess",
    "builtins",
    "io",
    "socket",
    "__globals__",
    "__builtins__",
    "__dict__",
    "__subclasses__",
}
"""What leads from a library to the rest of the machine."""
KNOWN = {"ebpm", "numpy", "pandas", "matplotlib", "math"}
INSIDE = {"evaluate_unreleased"}
RUNNERS = {
    "exec",
    "eval",
    "__import__",
    "compile",
    "get_ipython",
    "getattr",
    "globals",
    "locals",
    "vars",
    "system",
    "popen",
    "Popen",
}
PRINTED = re.compile(r"\d+\.\d{2,}")
FRAME = re.compile(
    r'class="dataframe"|\[\d+ rows x \d+ columns\]|^0 +\S.*\n1 +\S|dtype: (?:u?int|float|object|str)\d*$', re.MULTILINE
)


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
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        yield from _imported(node)
        yield from _called(node)
        if isinstance(node, ast.Attribute) and node not in called:
            yield from _part(node)


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
        elif name in WRITERS:
            yield "written", ast.unparse(node)
        elif name in INSIDE:
            yield "unreleased", ast.unparse(node)
        elif name in RUNNERS:
            yield "runner", ast.unparse(node)


def _part(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    if node.attr in PARTS | MODULES:
        yield "rows" if node.attr in PARTS else "import", ast.unparse(node)


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
