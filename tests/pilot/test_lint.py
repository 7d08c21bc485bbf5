"""A pilot's logic model is linted with the pilot in mind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import ebpm
from ebpm.logic import lint
from ebpm.pilot.facts import evaluation_facts

ROOT = Path(__file__).parents[2]
PILOTS = ("bicycle_insurance", "cardiac_rehab", "student_energy_saving", "venture_support")
ON = date(2026, 11, 23)


@pytest.fixture(params=PILOTS)
def pilot(request) -> ebpm.pilot.Pilot:
    return ebpm.read_pilot(ROOT / "pilots" / request.param)


@pytest.mark.parametrize("profile", ["pilot-evaluation", "yokohama-jigyo", "training"])
def test_the_four_pilots_are_clean(pilot, profile):
    found = lint(pilot.logic_model, profile=profile, evaluations=(evaluation_facts(pilot.spec),), on=ON)
    assert found.to_text("en") == ""


def test_what_they_set_aside_has_a_reason_and_a_date(pilot):
    entries = pilot.logic_model.lint_ignore
    assert entries
    assert all(one.about and one.until and one.reason.ja and one.reason.en for one in entries)
    bare = pilot.logic_model.model_copy(update={"lint_ignore": ()})
    found = {(one.code, one.about) for one in lint(bare, profile="training", on=ON)}
    assert {(one.code, one.about) for one in entries} == found


def test_past_their_date_the_opt_outs_are_noticed(pilot):
    later = lint(pilot.logic_model, profile="pilot-evaluation", on=date(2031, 1, 1))
    assert "LM039" in later.codes
    assert "LM036" in later.codes


def test_facts_are_those_of_the_pilot(pilot):
    facts, spec = evaluation_facts(pilot.spec), pilot.spec
    assert facts.link == (spec.link.from_, spec.link.to)
    assert facts.counterfactual == spec.design.counterfactual
    assert facts.claims_effect
    assert facts.protected == ()  # synthetic tables hold nobody
    assert [event.separable for event in facts.events] == [event.separable for event in spec.design.concurrent_events]


def test_columns_of_real_tables_are_protected(pilot):
    spec = pilot.spec
    real = tuple(dataset.model_copy(update={"synthetic": False}) for dataset in spec.data)
    opened = spec.model_copy(update={"data": real, "disclosure": spec.disclosure.model_copy(update={"tier": "open"})})
    facts = evaluation_facts(opened)
    found = lint(pilot.logic_model, profile="pilot-evaluation", evaluations=(facts,), on=ON)
    assert found.codes == (("LM034",) if facts.protected else ())


def test_an_event_that_cannot_be_told_apart_and_a_lost_link(pilot):
    spec = pilot.spec
    event = ebpm.pilot.spec.Event(
        date="2019-10", text={"ja": "条例", "en": "ordinance"}, affects={"ja": "全員", "en": "all"}
    )
    design = spec.design.model_copy(update={"concurrent_events": (event,), "assumptions": ()})
    facts = evaluation_facts(spec.model_copy(update={"design": design, "link": None}))
    found = lint(pilot.logic_model, profile="pilot-evaluation", evaluations=(facts,), on=ON)
    assert found.codes == ("LM031", "LM033", "LM038")


def test_a_survey_compares_with_nothing(pilot):
    spec = pilot.spec
    facts = evaluation_facts(spec.model_copy(update={"design": spec.design.model_copy(update={"type": "survey"})}))
    found = lint(pilot.logic_model, profile="pilot-evaluation", evaluations=(facts,), on=ON)
    assert found.codes == ("LM027", "LM031")
