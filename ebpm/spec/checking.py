"""Pydantic's findings in the words of this project, each at its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError

from ebpm.errors import did_you_mean
from ebpm.spec.problems import Alternatives, Path, Problem, Wrong, shown
from ebpm.spec.types import Spec
from ebpm.spec.yaml import Parsed


def problems_in(error: ValidationError, parsed: Parsed, model: type[Spec]) -> tuple[Problem, ...]:
    """Return one problem a place."""
    found: dict[tuple[Path, str], list[Any]] = {}
    for item in error.errors(include_url=False):
        path = _path(item, parsed)
        found.setdefault((path, _code(item)), []).append(item)
    return tuple(_problem(path, code, items, parsed, model) for (path, code), items in found.items())


def _path(item: Any, parsed: Parsed) -> Path:
    path: Path = ()
    for part in map(str, item["loc"]):
        path = (*path, part) if (*path, part) in parsed.lines else path
    return path


def _code(item: Any) -> str:
    kind = item["type"]
    wrong = item.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        return wrong.code
    known = {"missing": "spec_missing_key", "extra_forbidden": "spec_unknown_key", "literal_error": "spec_bad_choice"}
    return known.get(kind) or ("spec_wrong_type" if kind.endswith("_type") else "spec_bad_value")


def _problem(path: Path, code: str, items: list[Any], parsed: Parsed, model: type[Spec]) -> Problem:
    line, first = parsed.line(path), items[0]
    if code == "spec_missing_key":
        keys = ", ".join(str(item["loc"][-1]) for item in items)
        return Problem.at(line, path, code, key=keys)
    if code == "spec_unknown_key":
        key = str(first["loc"][-1])
        return Problem.at(line, path, code, key=key, known=did_you_mean(key, _keys(model, path[:-1])))
    if code == "spec_bad_choice":
        choices = tuple(dict.fromkeys(choice for item in items for choice in _choices(item)))
        near = did_you_mean(str(first["input"]), choices)
        return Problem.at(line, path, code, value=shown(first["input"]), choices=", ".join(choices), near=near)
    if code == "spec_wrong_type":
        kinds = Alternatives(tuple(f"spec_{item['type']}" for item in items))
        return Problem.at(line, path, code, value=shown(first["input"]), expected=kinds)
    return Problem.at(line, path, code, **_facts(first))


def _facts(item: Any) -> dict[str, object]:
    wrong = item.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        return dict(wrong.facts)
    limits = (*item.get("ctx", {}).items(), ("detail", item["msg"]))
    return {
        "value": shown(item["input"]),
        "rule": Alternatives((f"spec_rule_{item['type']}",), tuple((name, str(value)) for name, value in limits)),
    }


def _choices(item: Any) -> tuple[str, ...]:
    expected = str(item["ctx"]["expected"])
    return tuple(part.strip("'") for part in expected.replace(" or ", ", ").split(", "))


def _keys(model: type[Spec], path: Path) -> tuple[str, ...]:
    """Return the keys that are known at a path."""
    models: tuple[type[Spec], ...] = (model,)
    for part in path:
        fields = [field for one in models for name, field in one.model_fields.items() if part in {name, field.alias}]
        if fields:
            models = tuple(found for field in fields for found in _specs(field.annotation))
    return tuple(field.alias or name for one in models for name, field in one.model_fields.items())


def _specs(annotation: Any) -> Iterator[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
    for part in get_args(annotation):
        yield from _specs(part)
