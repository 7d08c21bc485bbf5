"""Declarations: every problem at once, each with line, place and remedy, in both languages."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from pydantic import Field

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.spec.problems import problems_of


class Part(spec.Spec):
    id: str
    stage: Literal["input", "outcome"]
    text: spec.Text
    weight: float = Field(default=1.0, gt=0)
    begun: spec.Date | None = None
    value: float | str | None = None
    codes: dict[int | str, spec.Text] = Field(default_factory=dict)


class Whole(spec.Spec):
    schema_: Literal[1] = Field(alias="schema")
    parts: tuple[Part, ...] = ()


GOOD = """\
schema: 1
parts:
  - id: a   # a comment
    stage: input
    text: {ja: 投入, en: input}
    begun: 2019-10-01
    codes: {0: 対照, x: {ja: 実施, en: programme}}
"""


def problems(text: str) -> dict[str, tuple[int, str]]:
    with pytest.raises(SpecError) as caught:
        spec.loads(text, Whole, name="model.yaml")
    return {problem.code: (problem.line, problem.place) for problem in problems_of(caught.value)}


def test_a_good_text_is_read():
    whole = spec.loads(GOOD, Whole)
    part = whole.parts[0]
    assert (part.text.words("ja"), part.text.words("en"), part.begun) == ("投入", "input", "2019-10-01")
    assert part.codes[0] == spec.Text(ja="対照", en="対照")
    assert hash(part.text) == hash(spec.Text(ja="投入", en="input"))


def test_values_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        spec.Text(ja="a").ja = "b"


def test_all_problems_are_told_at_once():
    text = GOOD.replace("stage: input", "stage: inputt\n    stgae: 1").replace(
        "begun: 2019-10-01", "begun: 2019-02-30\n    weight: 0"
    )
    text += "  - {id: 5, stage: outcome}\nparts: []\n"
    assert problems(text) == {
        "spec_bad_choice": (4, "parts[0].stage"),
        "spec_unknown_key": (5, "parts[0].stgae"),
        "spec_bad_date": (7, "parts[0].begun"),
        "spec_bad_value": (8, "parts[0].weight"),
        "spec_wrong_type": (10, "parts[1].id"),
        "spec_missing_key": (10, "parts[1]"),
        "spec_duplicate_key": (11, "parts"),
    }


def test_the_message_has_three_parts_in_both_languages():
    with pytest.raises(SpecError) as caught:
        spec.loads(GOOD.replace("stage:", "stgae:"), Whole, name="model.yaml")
    error = caught.value
    assert "model.yaml" in error.what("en")
    assert "line 4 parts[0].stgae: There is no key 'stgae' here." in error.given("en")
    assert "Did you mean: stage?" in error.remedy("en")
    assert "4 行目 parts[0].stgae: 「stgae」という項目はありません。" in error.given("ja")
    assert "次の項目ではありませんか: stage。" in error.remedy("ja")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "spec_empty", 1),
        ("# nothing\n", "spec_empty", 1),
        ("schema: 1\nparts:\n\t- id: a\n", "spec_tab", 3),
        ("schema: 1\nparts: [\n", "spec_syntax", 2),
        ("schema: 1\nparts: 'a\n", "spec_syntax", 2),
        ("schema: 1\n---\nschema: 1\n", "spec_two_documents", 2),
        ("schema: &a 1\n", "spec_alias", 1),
        ("schema: !!int 1\n", "spec_tag", 1),
        ("schema: 1\n: 2\n", "spec_bad_key", 2),
        ("schema: 1\nparts: \x07\n", "spec_control_character", 2),
        ("- 1\n", "spec_wrong_type", 1),
        ("schema: 1\nparts: " + "[" * 60 + "]" * 60, "spec_deep", 2),
        ("schema: '1'\n", "spec_bad_choice", 1),
        ("schema: 2\n", "spec_bad_choice", 1),
    ],
)
def test_form(text: str, code: str, line: int):
    assert problems(text)[code][0] == line


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("id: 014", None),
        ("id: no", None),
        ("id: 1:30", None),
        ("id: 14100", "parts[0].id"),
        ("id: true", "parts[0].id"),
    ],
)
def test_yaml_traps(given: str, path: str | None):
    text = GOOD.replace("id: a ", given + " ")
    if path is None:
        assert spec.loads(text, Whole).parts[0].id == given.removeprefix("id: ")
    else:
        assert problems(text)["spec_wrong_type"] == (3, path)


def test_a_union_gives_one_problem():
    with pytest.raises(SpecError) as caught:
        spec.loads(GOOD + "    value: [1]\n", Whole)
    assert len(problems_of(caught.value)) == 1
    assert "[1] is given; it must be a number or text" in caught.value.given("en")


def test_no_number_is_nan_or_infinite():
    assert spec.loads(GOOD + "    value: .nan\n", Whole).parts[0].value == ".nan"
    assert problems(GOOD + "    weight: 1e999\n")["spec_wrong_type"] == (8, "parts[0].weight")


def test_files(tmp_path):
    file = tmp_path / "model.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert spec.read(file, Whole) == spec.loads(GOOD, Whole)
    file.write_bytes(GOOD.encode("cp932"))
    with pytest.raises(SpecError) as caught:
        spec.read(file, Whole)
    assert problems_of(caught.value)[0].line == 5
    assert "cp932" in caught.value.given("ja")
    assert "UTF-8" in caught.value.remedy("ja")
    file.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(SpecError, match="UTF-16"):
        spec.read(file, Whole)
    with pytest.raises(SpecError, match=r"model\.yaml"):
        spec.read(tmp_path / "modle.yaml", Whole)


def test_the_schema_is_closed_and_takes_plain_text():
    schema = json.loads(spec.json_schema(Whole))
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["schema"]
    assert schema["$defs"]["Text"]["anyOf"][0]["type"] == "string"


def test_additions_keep_comments():
    text = spec.amend(GOOD, [spec.Addition(("parts",), {"id": "b", "stage": "outcome", "text": "x"})])
    assert text.startswith(GOOD)
    assert [part.id for part in spec.loads(text, Whole).parts] == ["a", "b"]


def test_dumps_is_read_back():
    whole = spec.loads(GOOD, Whole)
    assert spec.loads(spec.dumps(whole), Whole) == whole
