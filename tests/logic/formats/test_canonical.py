"""Canonical JSON: equal models give equal text, damage has its line."""

from __future__ import annotations

import json

import pytest

from ebpm.logic.formats import changes
from ebpm.logic.formats.canonical import fingerprint, from_json, to_json
from ebpm.spec import Text
from ebpm.spec.problems import problems_of
from tests.logic.formats.models import NAMES, damages, model


@pytest.mark.parametrize("name", NAMES)
def test_json_is_read_back_as_the_model(name):
    before = model(name)
    assert from_json(to_json(before)) == before
    assert to_json(from_json(to_json(before))) == to_json(before)
    assert json.loads(to_json(before))["model"]["id"] == name


def test_characters_that_only_escapes_can_carry_are_read():
    before = model()
    harm = before.harms[0].model_copy(update={"text": Text(ja="\u0085\u2028𠮷\\ud842\\udfb7", en="x")})
    changed = before.model_copy(update={"harms": (harm,)})
    assert from_json(to_json(changed)).harms[0] == harm
    assert from_json(json.dumps(json.loads(to_json(changed)), ensure_ascii=True)).harms[0] == harm


def test_a_fingerprint_is_that_of_the_content():
    before = model()
    assert fingerprint(before) == fingerprint(from_json(to_json(before)))
    assert fingerprint(before) != fingerprint(before.model_copy(update={"harms": ()}))


def test_broken_json_is_named_with_its_line():
    text = to_json(model()).replace('"nodes": [', '"nodes": [,', 1)
    (one,) = damages(from_json, text)
    assert (one.code, one.cell.split(":")[0]) == ("formats_json", str(text[: text.index("[,")].count("\n") + 1))


def test_wrong_values_are_named_with_their_lines():
    from ebpm.errors import SpecError

    text = to_json(model()).replace('"stage": "activity"', '"stage": "act"', 1)
    with pytest.raises(SpecError) as caught:
        from_json(text)
    (problem,) = problems_of(caught.value)
    assert (problem.code, problem.line) == ("spec_bad_choice", text[: text.index('"act"')].count("\n") + 1)


def test_another_models_file_is_refused(tmp_path):
    file = tmp_path / "other.json"
    file.write_text(to_json(model("cardiac_rehab")), encoding="utf-8")
    (one,) = damages(changes, file, model())
    assert one.code == "formats_other_model"
