"""`ebpm draw` and `ebpm compare` at the command line."""

from __future__ import annotations

import pytest

from ebpm.cli import main
from ebpm.texts import speaking
from tests.logic.test_model import FOLDER

MODEL = FOLDER / "cardiac_rehab.yaml"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with speaking("en"):
        yield


def test_a_drawing_is_written_by_the_ending_of_its_name(tmp_path, capsys):
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.html", b"<!DOCTYPE html>")):
        assert main(["draw", str(MODEL), "--out", name, "--lang", "ja"]) == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    assert capsys.readouterr().out.split() == ["a.svg", "a.png", "a.pdf", "a.html"]
    assert '<html lang="ja">' in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_without_a_name_it_is_named_after_the_model(tmp_path):
    assert main(["draw", str(MODEL), "--paper", "A3", "--no-indicators"]) == 0
    assert 'width="1190.88pt"' in (tmp_path / "cardiac_rehab.en.svg").read_text(encoding="utf-8")


def test_an_unknown_ending_is_said(capsys):
    assert main(["draw", str(MODEL), "--out", "a.doc"]) == 1
    assert ".svg, .png, .pdf" in capsys.readouterr().err


def test_versions_are_compared_and_drawn(tmp_path, capsys):
    new = tmp_path / "new.yaml"
    new.write_text(MODEL.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "1.1"'), encoding="utf-8")
    assert main(["compare", str(MODEL), str(new), "--out", "both.svg"]) == 0
    assert "model cardiac_rehab: version changed 1.0 → 1.1" in capsys.readouterr().out
    assert (tmp_path / "both.svg").exists()
    assert main(["compare", str(MODEL), str(MODEL), "--lang", "ja"]) == 0
    assert capsys.readouterr().out == "二つの版は同じです。\n"
