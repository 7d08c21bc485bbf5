"""libyaml and ruamel.yaml: what the quick reader takes it reads as the careful one does, to the line."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.spec import yaml

pytest.importorskip("yaml.cyaml", reason="PyYAML with libyaml is not installed")
ROOT = Path(__file__).parents[1]
FILES = sorted(
    (*ROOT.glob("logic_models/*.yaml"), *ROOT.glob("pilots/**/pilot.yaml"), *ROOT.glob("tests/logic/rules/*.bad.yaml"))
)
SEED = "a: 1\nb: [1, 2]\nc: {d: e, f: [g, h]}\ni:\n  - j: k\n    l: m\n  - n\no: |\n  p\n  q\nr: >-\n  s\n  t\nu: 'v w'\nx: \"y z\"\n"
PIECES = ("\t", "- ", ": ", ":", "{", "}", "[", "]", "'", '"', "&a ", "*a", "!!x ", "#", " #", "\n", "---\n", "...\n", "%", "|", "|2\n", ">",
          ">-\n", "?", "? ", "@", "`", ",", ", ", "\\", "\\/", "<<: ", "~", "null: 1\n", "true", "0x1", "014", "1e3", "  ", "\n    ", "\n\n",
          "'a'b", '"a"#', "a: b: c", "[a:b]", "{a, b}", "? a\n: b", "　", "－", "\r\n", "\r", "http://x", "''", "|+\n", " \n")  # fmt: skip


def same(text: str) -> None:
    quick = None if yaml._RARE.search(text) else yaml._quick(text)
    if quick is not None:
        careful = yaml._careful(text)
        assert careful.problems == ()
        assert repr(quick.value) == repr(careful.value)
        assert quick.lines == careful.lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_project_is_read_quickly_and_alike(file):
    text = file.read_text(encoding="utf-8")
    assert yaml._quick(text) is not None
    same(text)


@given(
    st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 8), st.sampled_from(PIECES)), min_size=1, max_size=3)
)
@settings(max_examples=400, deadline=None)
def test_damage_is_read_alike_or_left_to_the_careful_reader(changes):
    text = SEED
    for at, length, new in changes:
        text = text[:at] + new + text[at + length :]
    same(text)


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_scalar_is_read_alike(text):
    same(f"a: {text}\n")
    same(f"{text}: 1\n")


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: &x 1\n", "a: !!int 1\n", "- 1\n", "", "a: [\n", "a: 1\n---\nb: 2\n"]
)
def test_a_text_with_a_fault_is_left_to_the_careful_reader(text):
    assert yaml._quick(text) is None


def test_without_libyaml_the_careful_reader_reads_everything(monkeypatch):
    real = builtins.__import__

    def absent(name, *arguments, **more):
        if name == "yaml" or name.startswith("yaml."):
            raise ImportError(name)
        return real(name, *arguments, **more)

    expected = yaml.parse(SEED)
    monkeypatch.setattr(builtins, "__import__", absent)
    assert yaml._quick(SEED) is None
    assert yaml.parse(SEED) == expected
