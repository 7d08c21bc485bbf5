"""A folder of models: every file is checked, whatever is wrong with the others."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from ebpm.cli import main
from ebpm.errors import SpecError
from ebpm.logic.folder import BROKEN, LintReport, Source, lint_files
from ebpm.logic.lint_formats.tables import by_bureau, by_rule

EXAMPLES = Path(__file__).parent / "rules"
ON = date(2026, 11, 23)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Models with an error, with a warning, clean and in three ways unreadable, and a YAML file of another kind."""
    monkeypatch.chdir(tmp_path)
    for name, example in (("a", "LM018.bad"), ("b", "LM026.bad"), ("c", "LM018.good")):
        shutil.copy(EXAMPLES / f"{example}.yaml", tmp_path / f"{name}.yaml")
    good = (EXAMPLES / "LM001.good.yaml").read_text(encoding="utf-8")
    (tmp_path / "d.yaml").write_text(good.replace("stage: impact", "stage: impacts"), encoding="utf-8")
    (tmp_path / "e.yaml").write_bytes(good.encode("cp932"))
    (tmp_path / "f.yaml").write_text("", encoding="utf-8")
    (tmp_path / "other.yaml").write_text("version: 2\njobs: []\n", encoding="utf-8")
    return tmp_path


def report(folder: Path, **options) -> LintReport:
    return lint_files(sorted(Path().glob("[a-f].yaml")), on=ON, **options)


def test_a_broken_file_is_one_find_with_its_line_and_stops_nothing(folder):
    found = {file.file: file for file in report(folder).files}
    assert list(found) == [f"{name}.yaml" for name in "abcdef"]
    assert [find.code for find in found["a.yaml"].finds] == ["LM018"]
    assert [find.code for find in found["b.yaml"].finds] == ["LM026"]
    assert found["c.yaml"].finds == ()
    for name in "def":
        (find,) = found[f"{name}.yaml"].finds
        assert (find.code, find.severity) == (BROKEN, "error")
        assert all(part[lang] for part in (find.title, find.message, find.remedy) for lang in ("ja", "en"))
    assert found["f.yaml"].finds[0].line == 1
    lines = (folder / "d.yaml").read_text(encoding="utf-8").splitlines()
    assert "impacts" in lines[found["d.yaml"].finds[0].line - 1]


@pytest.mark.parametrize("code", ["LM008", "LM018", "LM025", "LM028", "LM029", "LM036"])
def test_a_find_stands_at_the_line_of_what_it_is_about(code):
    file = EXAMPLES / f"{code}.bad.yaml"
    (find,) = lint_files([file], on=ON).files[0].finds
    line = file.read_text(encoding="utf-8").splitlines()[find.line - 1]
    start = find.about.split(" -> ")[0]
    assert start in line or line.startswith("model:")


def test_a_missing_file_is_a_find_too(folder):
    (file,) = lint_files(["nowhere.yaml"]).files
    assert file.finds[0].code == BROKEN


def test_two_processes_find_what_one_finds(folder):
    assert report(folder, jobs=2) == report(folder, jobs=1)


def test_sums_add_up(folder):
    found = report(folder)
    bureaus, rules = by_bureau(found, "en"), by_rule(found, "en")
    assert sum(row[1] for row in bureaus.rows) == 6
    assert sum(row[3] for row in bureaus.rows) == found.count("error") == 4
    assert {row[0]: row[3] for row in rules.rows} == found.codes
    assert bureaus.rows[0][0] == "(files that cannot be read)"


def test_facts_about_evaluations_reach_the_rules():
    from ebpm import spec
    from ebpm.logic.facts import EvaluationFacts

    facts = spec.read(EXAMPLES / "LM034.bad.evaluation.yaml", EvaluationFacts)
    source = Source(EXAMPLES / "LM034.bad.yaml", (facts,))
    assert lint_files([source], profile="pilot-evaluation", on=ON).codes == {"LM034": 1}
    assert lint_files([source], profile="yokohama-jigyo", on=ON).codes == {}


def test_an_unknown_profile_has_a_remedy(folder):
    with pytest.raises(SpecError) as caught:
        report(folder, profile="drafts")
    assert "drafts" in caught.value.given("ja")
    assert "draft" in caught.value.remedy("en")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["c.yaml"], 0),
        (["b.yaml"], 0),
        (["b.yaml", "--strict"], 1),
        (["b.yaml", "--strict", "--profile", "draft"], 0),
        (["a.yaml"], 1),
        (["d.yaml"], 1),
        (["."], 1),
        (["c.yaml", "--profile", "training", "--strict"], 0),
        (["nowhere.yaml"], 2),
        ([], 2),
    ],
)
def test_exit_status(folder, capsys, arguments, status):
    assert main(["lint", *arguments, "--jobs", "1"]) == status
    captured = capsys.readouterr()
    assert bool(captured.err) == (status == 2)


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--profile", "strict"], ["--format", "xml"]])
def test_wrong_usage(folder, capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["lint", "c.yaml", *arguments])
    assert stop.value.code == 2


def test_a_folder_is_searched_and_yaml_of_other_kinds_is_passed_over(folder, capsys):
    assert main(["lint", ".", "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "other.yaml" not in out
    assert "Models: 6. Errors: 4, warnings: 1, notes: 0" in out


def test_a_broken_pilot_is_one_find(folder, capsys):
    (folder / "pilot.yaml").write_text("schema: 1\nid: x\n", encoding="utf-8")
    assert main(["lint", "pilot.yaml", "c.yaml", "--lang", "en"]) == 1
    assert "pilot.yaml:1: SpecError error" in capsys.readouterr().out


def test_the_output_can_go_to_a_file(folder, capsys):
    assert main(["lint", "b.yaml", "--format", "sarif", "--out", "lint.sarif"]) == 0
    assert capsys.readouterr().out == ""
    assert '"2.1.0"' in (folder / "lint.sarif").read_text(encoding="utf-8")
