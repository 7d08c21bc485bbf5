"""What a pilot tells an audit, and what it writes back onto its link."""

from __future__ import annotations

import json

import pytest
from scipy import stats

import ebpm
from ebpm.cli import main
from ebpm.errors import SpecError
from ebpm.logic import audit, read_logic_model
from ebpm.pilot import read_pilot
from ebpm.pilot.prospect import mde, prospect
from tests.logic.lamps import TEXT

JOINED = "logic_model: model.yaml\nlink: {from: o_homes, to: oc_use}\nestimand:"


@pytest.fixture
def joined(folder, monkeypatch):
    """Return the folder of a small pilot that is about the lamps' link."""
    place = folder(("estimand:", JOINED))
    (place / "model.yaml").write_text("# a comment that stays\n" + TEXT, encoding="utf-8")
    monkeypatch.chdir(place)
    return place


def test_evidence_says_what_was_found_and_by_which_plan(joined):
    pilot = read_pilot(joined)
    evaluation = pilot.evaluate()
    found = evaluation.evidence(on="2020-03-31")
    assert (found.id, found.date, found.plan, found.transfer) == (
        "evaluation_small", "2020-03-31", pilot.plan_digest, "same",
    )  # fmt: skip
    assert found.estimate.value == evaluation.headline.estimate
    assert (found.verdict, found.scale.level) == (evaluation.verdict.code, evaluation.grade.level)
    model = evaluation.logic_model
    assert model == pilot.logic_model.with_evidence(evaluation)
    assert model.evidence[-1] == evaluation.evidence()


def test_a_date_is_checked(joined):
    with pytest.raises(SpecError) as caught:
        read_pilot(joined).evaluate().evidence(on="31.3.2020")
    assert "2019-10-01" in caught.value.remedy("en")


def test_a_pilot_without_a_link_says_so(folder):
    evaluation = read_pilot(folder()).evaluate()
    with pytest.raises(SpecError) as caught:
        evaluation.link  # noqa: B018
    assert "logic_model" in caught.value.remedy("ja")
    assert evaluation.logic_model is None


def test_the_smallest_detectable_effect_comes_from_the_last_run(joined):
    pilot = read_pilot(joined)
    assert mde(pilot) is None
    (joined / "results").mkdir()
    (joined / "results" / "results.json").write_text(
        json.dumps({"analyses": {"primary": {"headline": "1", "terms": [{"term": "1", "std_error": 0.5, "df": 20}]}}}),
        encoding="utf-8",
    )
    assert mde(pilot) == pytest.approx(0.5 * (stats.t.ppf(0.975, 20) + stats.t.ppf(0.8, 20)), rel=1e-10)
    found = prospect(pilot)
    assert (found.effect, str(found.scale)) == (0.5, "points")
    assert found.data.words("en") == "people"
    (link,) = audit([pilot.logic_model], prospects={("lamps", "o_homes", "oc_use"): found}).links
    assert [one.state for one in link.evaluability.answers] == ["yes", "yes", "no"]


def test_synthetic_data_are_not_at_hand():
    found = prospect(ebpm.read_pilot("pilots/student_energy_saving"))
    assert found.data is None
    assert found.counterfactual is not None
    assert "synthetic" in found.source.words("en")
    assert "合成データ" in found.source.words("ja")


def test_the_command_shows_and_writes_evidence_and_keeps_comments(joined, capsys):
    before = (joined / "model.yaml").read_text(encoding="utf-8")
    assert main(["evidence", "."]) == 0
    shown = capsys.readouterr().out
    assert "evaluation_small is added to o_homes -> oc_use; 1 earlier" in shown
    assert (joined / "model.yaml").read_text(encoding="utf-8") == before
    assert main(["evidence", ".", "--on", "2020-03-31", "--write"]) == 0
    after = (joined / "model.yaml").read_text(encoding="utf-8")
    assert after.startswith("# a comment that stays\n")
    assert read_logic_model(joined / "model.yaml").evidence[-1].date == "2020-03-31"
    capsys.readouterr()
    assert main(["evidence", ".", "--write", "--lang", "ja"]) == 0
    assert "新しい証拠はありません" in capsys.readouterr().out
    assert (joined / "model.yaml").read_text(encoding="utf-8") == after
