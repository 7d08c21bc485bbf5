"""A reviewer without records verifies what a moment file answers, and is told what it does not."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

import ebpm
from ebpm.cli import main
from ebpm.errors import DataError, SpecError
from ebpm.review.from_moments import verify_moments
from ebpm.review.page import html

ROOT = Path(__file__).parents[2]
TWIN = ROOT / "pilots" / "venture_support" / "twin"


@pytest.fixture(scope="module")
def sums(tmp_path_factory):
    return ebpm.read_pilot(TWIN).moments().save(tmp_path_factory.mktemp("sums") / "moments.json")


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(TWIN, tmp_path / "twin"))


def edited(folder, change):
    file = folder / "results" / "results.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def head(content):
    return content["analyses"]["never_treated"]["terms"][0]


def test_what_the_file_answers_is_reproduced_and_the_rest_is_not_run(folder, sums):
    found = verify_moments(folder, [sums])
    assert found.ok
    counted = Counter(one.status for one in found.findings)
    assert set(counted) == {"reproduced", "within_tolerance", "not_run"}
    states = {one.place: one.status for one in found.findings}
    assert states["digests.plan"] == "reproduced"
    assert states["analyses.never_treated.terms[overall].estimate"] in {"reproduced", "within_tolerance"}
    assert states["analyses.never_treated.terms[overall].std_error"] in {"reproduced", "within_tolerance"}
    assert states["analyses.primary.terms[overall].estimate"] == "not_run"
    assert any(place.startswith("figures.never_treated") and state != "not_run" for place, state in states.items())
    assert not {
        place for place, state in states.items() if place.startswith("analyses.never_treated") and state == "not_run"
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda content: head(content).update(estimate=head(content)["estimate"] + 1e-4), "differs"),
        (lambda content: head(content).update(bonus=1.0), "missing"),
        (lambda content: head(content).pop("std_error"), "extra"),
        (lambda content: content["digests"].update(plan="0"), "differs"),
    ],
)
def test_a_claim_that_the_sums_do_not_bear_out_is_found(folder, sums, change, status):
    edited(folder, change)
    found = verify_moments(folder, [sums])
    assert [one.status for one in found.bad] == [status]


def test_a_claim_on_an_analysis_that_needs_records_is_not_judged(folder, sums):
    edited(folder, lambda content: content["analyses"]["primary"]["terms"][0].update(estimate=9.0))
    found = verify_moments(folder, [sums])
    assert found.ok
    (one,) = [one for one in found.findings if one.place == "analyses.primary.terms[overall].estimate"]
    assert one.note["en"] == "Needs the records."


def test_rounded_sums_are_held_to_what_rounding_can_move(folder, tmp_path):
    text = (folder / "pilot.yaml").read_text(encoding="utf-8")
    rules = text.replace("disclosure: {", "disclosure: {round_sums: {lemp: 0.5}, ")
    assert rules != text
    (folder / "pilot.yaml").write_text(rules, encoding="utf-8")
    pilot = ebpm.read_pilot(folder)
    edited(folder, lambda content: content["digests"].update(plan=pilot.plan_digest))
    sums = pilot.moments().save(tmp_path / "rounded.json")
    found = verify_moments(folder, [sums])
    assert found.ok
    states = {one.place: one for one in found.findings}
    assert states["analyses.never_treated.terms[overall].estimate"].status == "within_tolerance"
    assert "up to" in states["analyses.never_treated.terms[overall].estimate"].note["en"]
    assert states["analyses.never_treated.terms[overall].p_value"].status == "not_run"
    edited(folder, lambda content: head(content).update(estimate=head(content)["estimate"] + 1.0))
    assert [one.status for one in verify_moments(folder, [sums]).bad] == ["differs"]


def test_the_command_says_so_and_ends_with_its_state(folder, sums, capsys, tmp_path):
    page = tmp_path / "page.html"
    arguments = ["--lang", "en", "verify", str(folder), "--moments", str(sums)]
    assert main([*arguments, "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert "not run" in out
    assert "Verified from a moment file" in out
    assert "モーメント" in page.read_text(encoding="utf-8") or "moment file" in page.read_text(encoding="utf-8")
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["not_run"] > 0
    edited(folder, lambda content: head(content).update(estimate=9.0))
    assert main(arguments) == 1
    assert html(verify_moments(folder, [sums]))


def test_one_pilot_and_its_own_files(folder, sums, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(DataError) as refused:
        verify_moments(ROOT / "pilots" / "bicycle_insurance" / "twin", [sums])
    assert refused.value.code == "moments_other_pilot"
    from ebpm.commands.verify import _only

    with pytest.raises(SpecError) as refused:
        _only([folder, folder])
    assert refused.value.code == "verify_one_pilot"
