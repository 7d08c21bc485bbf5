"""The source of the project, read as text and as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ebpm"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of the package, by path."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def functions() -> Iterator[tuple[str, Function]]:
    """Yield every function and method with the place where it stands."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{path}:{node.lineno} {node.name}", node


def public_definitions() -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Yield the functions and classes of modules that have no leading underscore."""
    for path, tree in trees().items():
        for node in tree.body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                yield f"{path}:{node.lineno} {node.name}", node


@cache
def tracked() -> tuple[Path, ...]:
    """Return the text files under version control; in a copy without its history, all that are not hidden."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if listing.returncode == 0:
        files = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        files = [
            file for file in ROOT.rglob("*") if not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
        ]
    return tuple(file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8192])
