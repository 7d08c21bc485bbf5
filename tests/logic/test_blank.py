"""From a blank page: the scaffold as a model, and changed lines in it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.errors import SpecError
from ebpm.logic import blank, lint, read_logic_model
from ebpm.texts import LANGUAGES

MODELS = sorted((Path(__file__).parents[2] / "logic_models").glob("*.yaml"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_blank_model_is_in_one_language_and_keeps_its_comments(lang):
    model = blank("evening_library", fiscal_year=2026, lang=lang)
    assert (model.model.id, model.model.fiscal_year) == ("evening_library", 2026)
    assert model.to_yaml().startswith("#")
    assert {one.code for one in lint(model).of("error")} == {"LM010"}


@pytest.mark.parametrize("name", ["Evening", "1st", "a b", ""])
def test_a_name_that_is_no_id_is_refused(name):
    with pytest.raises(SpecError):
        blank(name, fiscal_year=2026)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_revised_by_itself_is_itself(path):
    model = read_logic_model(path)
    assert model.revised(model.to_yaml()) == model


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1).filter(str.strip))
def test_a_revision_changes_what_it_names_and_nothing_else(words):
    model = blank("evening_library", fiscal_year=2026, lang="ja")
    revised = model.revised(f"nodes: [{{id: a_work, text: {{ja: {json.dumps(words, ensure_ascii=False)}}}}}]")
    assert revised.node("a_work").text.words("ja") == words
    assert [node for node in revised.nodes if node.id != "a_work"] == [n for n in model.nodes if n.id != "a_work"]
    assert (revised.model, revised.edges) == (model.model, model.edges)
    assert model.node("a_work").text.words("ja") != words


def test_a_revision_with_an_unknown_key_says_where():
    with pytest.raises(SpecError, match="stge") as caught:
        blank("evening_library", fiscal_year=2026).revised("nodes: [{id: a_work, stge: output}]")
    assert "stage" in str(caught.value)


def test_the_day_of_a_lint_is_a_date_or_its_text():
    model = blank("evening_library", fiscal_year=2026).revised("model: {review_by: 2026-11}")
    for day, passed in (("2026-11-30", False), ("2026-12-01", True)):
        assert lint(model, on=day) == lint(model, on=date.fromisoformat(day))
        assert any("2026-11" in one.message("en") for one in lint(model, on=day) if one.code == "LM036") == passed
    with pytest.raises(SpecError, match="2026-13-01"):
        lint(model, on="2026-13-01")
