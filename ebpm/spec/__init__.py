"""Declarations in YAML 1.2 under closed, frozen schemas; every problem of a file at once, with its line and its remedy.

`Spec` is the base of every declared type, `Text` its bilingual text, `Date` its partial ISO date; sequences are tuples.
A validator that finds a fault raises `Wrong(code, **facts)`, with `error.<code>` in the texts.
"""

from ebpm.spec.merging import merge
from ebpm.spec.problems import Problem, Wrong
from ebpm.spec.reading import json_schema, loads, read, read_text
from ebpm.spec.revising import revise
from ebpm.spec.types import Date, Spec, Text
from ebpm.spec.writing import Addition, amend, dumps, plain

__all__ = [
    "Addition",
    "Date",
    "Problem",
    "Spec",
    "Text",
    "Wrong",
    "amend",
    "dumps",
    "json_schema",
    "loads",
    "merge",
    "plain",
    "read",
    "read_text",
    "revise",
]
