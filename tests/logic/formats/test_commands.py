"""`ebpm export` and `ebpm import`: files out, a difference back, YAML only once it is accepted."""

from __future__ import annotations

import shutil

import pytest

from ebpm.cli import main
from ebpm.logic import read_logic_model
from tests.logic.formats.models import FOLDER, cell_of, saved, workbook


@pytest.fixture
def yaml(tmp_path):
    file = tmp_path / "student_energy_saving.yaml"
    shutil.copy(FOLDER / file.name, file)
    return file


def test_a_workbook_goes_out_and_comes_back(yaml, tmp_path, capsys):
    book = tmp_path / "model.xlsx"
    assert main(["export", str(yaml), "--to", "xlsx", "--out", str(book), "--lang", "ja"]) == 0
    assert main(["import", str(book), "--into", str(yaml), "--lang", "ja"]) == 0
    assert "変更はありません" in capsys.readouterr().out
    edited = workbook(book.read_bytes())
    cell_of(edited, "nodes", "a_teach", "text.ja").value = "省エネの授業"
    book.write_bytes(saved(edited))
    before = yaml.read_text(encoding="utf-8")
    assert main(["import", str(book), "--into", str(yaml), "--lang", "ja"]) == 1
    said = capsys.readouterr().out
    assert "学校で省エネを学ぶ授業" in said
    assert "--accept" in said
    assert yaml.read_text(encoding="utf-8") == before
    assert main(["import", str(book), "--into", str(yaml), "--accept", "--lang", "ja"]) == 0
    assert read_logic_model(yaml).node("a_teach").text.ja == "省エネの授業"
    assert yaml.read_text(encoding="utf-8").count("#") == before.count("#")


def test_cards_go_into_a_folder(yaml, tmp_path, capsys):
    folder = tmp_path / "cards"
    assert main(["export", str(yaml), "--to", "cards", "--out", str(folder)]) == 0
    assert sorted(file.name for file in folder.iterdir()) == ["ev_gas_behaviour.md", "ev_gas_company.md", "ev_her.md"]
    assert main(["import", str(folder), "--into", str(yaml), "--lang", "en"]) == 0
    assert "no changes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("jigyo", "a.xlsx"),
        ("jigyo", "a.md"),
        ("review", "b.md"),
        ("iati", "c.xml"),
        ("dagitty", "d.txt"),
        ("mermaid", "e.mmd"),
    ],
)
def test_every_other_form_is_a_file(yaml, tmp_path, to, name):
    out = tmp_path / "new" / name
    assert main(["export", str(yaml), "--to", to, "--out", str(out), "--link", "oc_family:oc_home_energy"]) == 0
    assert out.stat().st_size > 0


def test_what_cannot_be_done_is_said(yaml, tmp_path, capsys):
    diagram = tmp_path / "model.dot"
    diagram.write_text("digraph {}", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for arguments in (
        ["export", str(yaml), "--to", "excel"],
        ["import", str(diagram), "--into", str(yaml)],
        ["import", str(tmp_path / "empty"), "--into", str(yaml)],
        ["import", str(tmp_path / "none.xlsx"), "--into", str(yaml)],
    ):
        for lang in ("ja", "en"):
            assert main([*arguments, "--lang", lang]) == 1
            assert "→" in capsys.readouterr().err
