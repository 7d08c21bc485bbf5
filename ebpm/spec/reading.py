"""A file or a text to a checked declaration, or one SpecError with everything that is wrong in it."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from ebpm.errors import SpecError, did_you_mean
from ebpm.spec.checking import problems_in
from ebpm.spec.problems import Problem, fail
from ebpm.spec.types import Spec
from ebpm.spec.yaml import Parsed, parse

Model = TypeVar("Model", bound=Spec)


def read(path: FilePath | str, model: type[Model]) -> Model:
    """Read a declaration from a YAML 1.2 file in UTF-8.

    Parameters
    ----------
    path : the file; a byte order mark of UTF-8 is dropped.
    model : the schema.

    Raises
    ------
    SpecError : with every problem of the file: encoding, form, duplicate, unknown and missing keys, wrong types and choices.
    """
    return loads(read_text(path), model, name=str(path))


def read_text(path: FilePath | str) -> str:
    """Return the text of a file in UTF-8, without byte order mark.

    Raises
    ------
    SpecError : if there is no such file, or its encoding is another.
    """
    file = FilePath(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        near = (
            did_you_mean(file.name, sorted(one.name for one in file.parent.glob(f"*{file.suffix}")))
            if file.parent.is_dir()
            else ""
        )
        raise SpecError("spec_no_file", file=str(path), detail=error.strerror or "", near=near or "-") from error
    return decode(data, str(path))


def decode(data: bytes, name: str) -> str:
    """Return the text of bytes in UTF-8; cp932 and UTF-16 are recognised and refused."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise fail(name, [Problem.at(1, (), "spec_encoding", encoding="UTF-16")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise fail(name, [Problem.at(line, (), "spec_encoding", encoding=_guess(data))]) from error


def _guess(data: bytes) -> str:
    try:
        data.decode("cp932")
    except UnicodeDecodeError:
        return "?"
    return "cp932 (Shift_JIS)"


def loads(text: str, model: type[Model], *, name: str = "text") -> Model:
    """Read a declaration from YAML 1.2 text.

    Parameters
    ----------
    text : the YAML.
    model : the schema.
    name : what messages call the text.

    Raises
    ------
    SpecError : with every problem of the text.

    Examples
    --------
    >>> from ebpm import spec
    >>> spec.loads("ja: 成果", spec.Text).words("ja")
    '成果'
    """
    return validated(parse(text), model, name=name)


def validated(parsed: Parsed, model: type[Model], *, name: str) -> Model:
    """Return the declaration of a parsed text.

    Raises
    ------
    SpecError : with every problem of the text.
    """
    broken = any(
        problem.code in {"spec_syntax", "spec_tab", "spec_control_character", "spec_empty"}
        for problem in parsed.problems
    )
    if broken:
        raise fail(name, parsed.problems)
    try:
        found = model.model_validate(parsed.value, strict=True)
    except ValidationError as error:
        raise fail(name, (*parsed.problems, *problems_in(error, parsed, model))) from None
    if parsed.problems:
        raise fail(name, parsed.problems)
    return found


def json_schema(model: type[Spec]) -> str:
    """Return the JSON Schema (draft 2020-12) of a declaration, for editors."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
