"""The command line as a user meets it."""

import json
from pathlib import Path

import pytest

from ebpm.cli import main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with one real twin, whose data come from a package."""
    import shutil

    twin = ROOT / "pilots" / "venture_support" / "twin_job_training"
    shutil.copytree(twin, tmp_path / "pilots" / "training", ignore=shutil.ignore_patterns("results*"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_run_writes_results_and_reports_and_says_one_line(project, capsys):
    assert main(["run", "training", "--no-notebooks", "--jobs", "1"]) == 0
    written = project / "pilots" / "training" / "results"
    assert {file.name for file in written.iterdir()} == {"results.json", "report.ja.html", "report.en.html", "run.json"}
    assert json.loads((written / "results.json").read_text(encoding="utf-8"))["schema"] == 3
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1
    assert "-0.2523" in lines[0]


def test_a_failed_run_says_why_keeps_the_old_results_and_exits_with_one(project, capsys):
    assert main(["run", "training", "--no-notebooks"]) == 0
    written = project / "pilots" / "training" / "results" / "results.json"
    before = written.read_bytes()
    pilot = project / "pilots" / "training" / "pilot.yaml"
    pilot.write_text(pilot.read_text(encoding="utf-8").replace("did.twfe", "did.twfee"), encoding="utf-8")
    assert main(["run", "training", "--no-notebooks"]) == 1
    assert "did.twfee" in capsys.readouterr().out
    assert written.read_bytes() == before


@pytest.mark.parametrize(("lang", "word"), [("ja", "近い名前"), ("en", "The nearest")])
def test_unknown_pilots(project, capsys, lang, word):
    assert main(["--lang", lang, "run", "trainings"]) == 1
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_report(project, capsys, lang):
    assert main(["report", "training", "--lang", lang, "--out", "page.html"]) == 0
    assert f'lang="{lang}"' in (project / "page.html").read_text(encoding="utf-8")


def test_lint_of_the_pilots(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["lint", "pilots", "--profile", "pilot-evaluation"]) == 0
    assert "Models: 4. Errors: 0" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "word"), [("ja", "別の出来事"), ("en", "Another event")])
def test_explain(capsys, lang, word):
    assert main(["explain", "P501", "--lang", lang]) == 0
    assert word in capsys.readouterr().out


def test_explain_of_an_unknown_code(capsys):
    assert main(["explain", "P599"]) == 1
    assert "P5" in capsys.readouterr().err


def test_help_in_both_languages(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "評価" in out
    assert "evaluate pilots" in out


def test_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["fly"])
    assert stop.value.code == 2


def test_a_reader_who_has_seen_enough_gets_no_traceback():
    import subprocess
    import sys

    code = "import sys; from ebpm.cli import main; sys.exit(main(['explain', 'P501']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as told:
        told.stdout.close()
        assert "Traceback" not in told.stderr.read()


@pytest.mark.parametrize("given", [["--lang=ja", "explain", "P501"], ["explain", "p501", "--lang=ja"]])
def test_the_language_may_stand_behind_an_equals_sign(given, capsys):
    assert main(given) == 0
    assert "別の出来事" in capsys.readouterr().out


def test_a_language_that_the_environment_does_not_know(monkeypatch, capsys):
    monkeypatch.setenv("EBPM_LANG", "fr")
    monkeypatch.setattr("ebpm.texts._language", type("Unset", (), {"get": lambda _: None})())
    assert main(["explain", "P501"]) == 2
    assert "EBPM_LANG" in capsys.readouterr().err


def test_no_command_shows_the_help(capsys):
    assert main([]) == 2
    assert "評価" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("ebpm ")


def test_a_code_that_is_like_no_other_gets_the_ranges(capsys):
    assert main(["explain", "nope"]) == 1
    said = capsys.readouterr().err
    assert "LM001" in said
    assert len(said) < 400


def test_a_folder_with_the_name_of_a_file_is_passed_over(tmp_path, capsys):
    (tmp_path / "odd.yaml").mkdir()
    assert main(["lint", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_steps_of_disclose_take_the_language(project, capsys):
    assert main(["disclose", "report", "trainings", "--lang", "ja"]) == 1
    assert "近い名前" in capsys.readouterr().err


@pytest.mark.parametrize(("lang", "word"), [("ja", "読み書きできません"), ("en", "could not be read or written")])
def test_a_folder_that_cannot_be_written_to_gets_three_parts(project, capsys, lang, word):
    (project / "logic_models").write_text("a file where a folder should be", encoding="utf-8")
    assert main(["new", "model", "lunch", "--lang", lang]) == 1
    said = capsys.readouterr().err
    assert word in said
    assert "logic_models" in said


@pytest.mark.parametrize(
    "given",
    [
        ["power", "--effect", "0.2", "--figure", "curve.foo"],
        ["bundle", "training", "--output", "x.zip", "--on", "soon"],
        ["disclose", "table", "training", "--by", "nowhere"],
    ],
)
def test_wrong_values_get_three_parts(project, capsys, given):
    assert main(given) == 1
    said = capsys.readouterr().err
    assert given[-1] in said
    assert "→" in said
