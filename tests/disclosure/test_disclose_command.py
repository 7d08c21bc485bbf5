"""`ebpm disclose`: each action says what it did and ends with the status that scripts need."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebpm.cli import main

PILOT = "venture_support"


def test_check_finds_and_passes(tmp_path, capsys):
    (tmp_path / "fine.md").write_text("75 firms were supported.")
    assert main(["disclose", "check", str(tmp_path), "--pilot", PILOT]) == 0
    rows = Path("pilots/venture_support/data/firm_years.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "leak.md").write_text("\n".join(rows[5:8]))
    assert main(["--lang", "en", "disclose", "check", str(tmp_path), "--pilot", PILOT]) == 1
    assert "X620" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_report_says_what_is_at_risk(lang, capsys):
    assert main(["--lang", lang, "disclose", "report", "bicycle_insurance"]) == 1
    assert "X631" in capsys.readouterr().out


def test_table_withholds(capsys):
    assert main(["--lang", "en", "disclose", "table", "bicycle_insurance", "--by", "mode", "age_band"]) == 0
    assert "withheld" in capsys.readouterr().out


def test_stand_in_writes_a_pilot(tmp_path, capsys):
    assert main(["disclose", "stand-in", PILOT, "--out", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "pilot.yaml").is_file()
    assert "STAND_IN.md" in capsys.readouterr().out
    assert main(["disclose", "stand-in", PILOT, "--out", str(tmp_path / "new")]) == 1


def test_nothing_to_report_is_said(capsys):
    assert main(["--lang", "en", "disclose", "report", "cardiac_rehab/twin"]) == 1
    assert "quasi" in capsys.readouterr().err
