"""`ebpm audit`: a folder of models in, a ranking out; what cannot be read is named and the rest is audited."""

from __future__ import annotations

import pytest

from ebpm.cli import main
from tests.logic.lamps import TEXT


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models" / "bureau"
    folder.mkdir(parents=True)
    (folder / "lamps.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "models"


def test_a_folder_is_audited(models, tmp_path, capsys):
    assert main(["audit", str(models), "--pilots", str(tmp_path / "none"), "--top", "1"]) == 0
    out = capsys.readouterr().out
    assert "1 logic models with 1 causal links" in out
    assert "Homes with lamps → Homes use less electricity" in out


def test_in_japanese(models, tmp_path, capsys):
    assert main(["audit", str(models), "--pilots", str(tmp_path / "none"), "--lang", "ja"]) == 0
    assert "因果のつながり 1 本" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "start"), [("a.html", "<!doctype html>"), ("a.md", "# "), ("a.csv", "rank,model")])
def test_it_is_written(models, tmp_path, name, start):
    assert main(["audit", str(models), "--pilots", str(tmp_path), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_another_ending_is_refused(models, tmp_path, capsys):
    assert main(["audit", str(models), "--pilots", str(tmp_path), "--out", str(tmp_path / "a.xls")]) == 1
    assert ".html, .md, .csv" in capsys.readouterr().err


def test_a_damaged_model_is_named_and_the_others_are_audited(models, tmp_path, capsys):
    (models / "bad.yaml").write_text("schema: 1\nmodel: {id: bad}\n", encoding="utf-8")
    assert main(["audit", str(models), "--pilots", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "bad.yaml" in said.err
    assert "1 causal links" in said.out


def test_an_empty_folder_is_an_error(tmp_path, capsys):
    assert main(["audit", str(tmp_path)]) == 1
    assert "→" in capsys.readouterr().err
    (tmp_path / "pilot.yaml").write_text("schema: 1\n", encoding="utf-8")
    assert main(["audit", str(tmp_path), "--pilots", str(tmp_path / "none")]) == 1
    assert "no logic model" in capsys.readouterr().err


def test_the_models_and_pilots_of_the_project(capsys):
    assert main(["audit", "logic_models/bicycle_insurance.yaml", "--top", "2"]) == 0
    assert "those drawn to get no leaflet" in capsys.readouterr().out
