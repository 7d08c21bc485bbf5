"""Public names: documented, keyword-only after the second parameter, no flags that change the result."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable

import pytest

import ebpm
from tests.architecture.source import functions, public_definitions, trees

ROUTINES = ("rct", "did", "its", "survey", "cohort")
ROOMS = (*ROUTINES, "data", "logic", "moments", "stats")
BANNED_NAMES = {"is_significant", "stars", "significance_stars"}
BANNED_FILES = {"utils.py", "helpers.py", "misc.py", "common.py"}


def exported_functions(room: str) -> dict[str, Callable[..., object]]:
    module = getattr(ebpm, room)
    found = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
    return {name: value for name, value in found.items() if inspect.isfunction(value)}


def exported_callables(room: str) -> dict[str, Callable[..., object]]:
    """Return the functions that a room exports, and the public methods of the classes that it exports."""
    module, found = getattr(ebpm, room), exported_functions(room)
    for owner in (getattr(module, name) for name in getattr(module, "__all__", ())):
        if inspect.isclass(owner) and owner.__module__.startswith("ebpm."):
            methods = {
                name: value for name, value in vars(owner).items() if inspect.isfunction(value) and name[0] != "_"
            }
            found |= {f"{owner.__name__}.{name}": value for name, value in methods.items()}
    return found


def positional(function: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    free = [one.name for one in parameters if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]
    return [name for name in free if name not in {"self", "cls"}]


def documented(function: Callable[..., object]) -> set[str]:
    section = re.search(r"Parameters\n-+\n(.*?)(?:\n\n|\Z)", inspect.getdoc(function) or "", re.DOTALL)
    heads = re.findall(r"^(\w[\w, ]*?)\s*:", section[1], re.MULTILINE) if section else []
    return {name.strip() for head in heads for name in head.split(",")}


@pytest.mark.parametrize("name", ebpm.__all__)
def test_every_name_of_the_package_resolves(name):
    assert getattr(ebpm, name) is not None


@pytest.mark.parametrize("name", [name for name in ebpm.__all__ if name != "__version__"])
def test_every_name_of_the_package_says_what_it_is(name):
    assert inspect.getdoc(getattr(ebpm, name))


def test_public_functions_and_classes_have_docstrings():
    assert [place for place, node in public_definitions() if not ast.get_docstring(node)] == []


def test_modules_have_docstrings():
    assert [path for path, tree in trees().items() if not ast.get_docstring(tree)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_public_parameters_are_keyword_only_after_the_second(room):
    wrong = {name: positional(function) for name, function in exported_callables(room).items()}
    assert {name: names for name, names in wrong.items() if len(names) > 2} == {}


@pytest.mark.parametrize("room", ROUTINES)
def test_a_routine_documents_exactly_its_parameters(room):
    wrong = {
        name: documented(function) ^ set(inspect.signature(function).parameters)
        for name, function in exported_functions(room).items()
    }
    assert {name: difference for name, difference in wrong.items() if difference} == {}


@pytest.mark.parametrize("room", ROUTINES)
def test_a_routine_gives_an_example_and_a_source(room):
    texts = {name: inspect.getdoc(function) or "" for name, function in exported_functions(room).items()}
    lacking = {name: [part for part in (">>>", "Source") if part not in text] for name, text in texts.items()}
    assert texts
    assert {name: parts for name, parts in lacking.items() if parts} == {}


def test_no_flag_changes_what_is_returned():
    flags = {
        place: argument.arg
        for place, node in functions()
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if argument.arg.startswith("return_")
    }
    assert flags == {}


def test_no_stars_and_no_drawers_of_odds_and_ends():
    names = {place: node.name for place, node in functions() if node.name in BANNED_NAMES}
    files = [path for path in trees() if path.rpartition("/")[2] in BANNED_FILES]
    assert (names, files) == ({}, [])


@pytest.mark.parametrize("room", [*ROOMS[:-1], "disclosure"])
def test_a_room_offers_what_it_exports_and_no_more(room):
    module = importlib.import_module(f"ebpm.{room}")
    assert dir(module) == sorted(module.__all__)
