"""Scaffolds: they read, say honestly what is still open, and overwrite nothing."""

from __future__ import annotations

import re

import pytest

from ebpm.cli import main
from ebpm.logic import lint, read_logic_model
from ebpm.pilot import read_pilot
from ebpm.texts import speaking


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with speaking("en"):
        yield


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_new_model_reads_and_lint_names_what_is_open(lang, tmp_path, capsys):
    assert main(["new", "model", "school_lunch", "--lang", lang]) == 0
    path = tmp_path / "logic_models" / "school_lunch.yaml"
    model = read_logic_model(path)
    assert model.model.id == "school_lunch"
    assert sum(edge.key for edge in model.edges) == 1
    codes = set(lint(model).codes)
    assert {"LM010", "LM025", "LM026"} <= codes
    assert {one.code for one in lint(model).of("error")} == {"LM010"}
    text = path.read_text(encoding="utf-8")
    assert {"ja": "# 指標。", "en": "# Indicators:"}[lang] in text
    assert "{{" not in text
    assert "ebpm lint logic_models/school_lunch.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_commented_out_reads_once_it_is_taken_in(lang, tmp_path):
    main(["new", "model", "school_lunch", "--lang", lang])
    path = tmp_path / "logic_models" / "school_lunch.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("# assumptions:"))
    parts = ("# assumptions:", "# externals:", "# harms:", "# indicators:", "# evidence:", "#   ")
    taken = [
        line.removeprefix("# ") if line.startswith(parts) and at >= first else line for at, line in enumerate(lines)
    ]
    for name in ("rationale", "assumptions", "evidence"):
        taken = [line.replace(f"    # {name}:", f"    {name}:") for line in taken]
    path.write_text("\n".join(taken) + "\n", encoding="utf-8")
    model = read_logic_model(path)
    assert (len(model.assumptions), len(model.externals), len(model.harms), len(model.indicators)) == (1, 1, 1, 1)
    assert model.evidence_on(model.edge("o_reached", "oc_first"))
    assert not {"LM025", "LM026"} & set(lint(model).codes)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_new_pilot_reads_with_the_model_it_makes(lang, tmp_path):
    assert main(["new", "pilot", "school_lunch", "--lang", lang]) == 0
    pilot = read_pilot(tmp_path / "pilots" / "school_lunch")
    assert pilot.logic_model is not None
    assert (pilot.spec.link.from_, pilot.spec.link.to) == ("o_reached", "oc_first")


def test_a_new_pilot_takes_the_key_link_of_the_model_that_is_there(tmp_path):
    main(["new", "model", "school_lunch"])
    path = tmp_path / "logic_models" / "school_lunch.yaml"
    text = path.read_text(encoding="utf-8").replace("o_reached", "o_served")
    path.write_text(text, encoding="utf-8")
    main(["new", "pilot", "school_lunch"])
    assert read_pilot(tmp_path / "pilots" / "school_lunch").spec.link.from_ == "o_served"
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("what", ["model", "pilot"])
def test_nothing_is_overwritten(what, tmp_path, capsys):
    main(["new", what, "school_lunch"])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert main(["new", what, "school_lunch"]) == 1
    assert "The file is there already." in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


@pytest.mark.parametrize("name", ["School", "../up", "1st", "給食", "a b", ""])
def test_a_name_that_is_no_id_is_refused(name, tmp_path, capsys):
    assert main(["new", "model", name]) == 1
    assert "lower-case" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_scaffold_is_not_frozen_before_it_is_written(lang, tmp_path, capsys):
    main(["new", "pilot", "school_lunch", "--lang", lang])
    path = tmp_path / "pilots" / "school_lunch" / "pilot.yaml"
    assert main(["plan", "freeze", "school_lunch"]) == 1
    said = capsys.readouterr().err
    assert all(place in said for place in ("question.question", "estimand.unit", "analyses.primary.title"))
    assert not path.with_name("plan.lock").exists()
    path.write_text(re.sub(r'"\((.*?)\)"', r'"\1"', path.read_text(encoding="utf-8")), encoding="utf-8")
    assert main(["plan", "freeze", "school_lunch"]) == 0
    assert path.with_name("plan.lock").exists()
