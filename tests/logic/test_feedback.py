"""Evidence written back: beside what stands there, once, with its date; and what that settles."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ebpm.errors import SpecError
from ebpm.logic import Evidence, LogicModel, lint, raised, read_logic_model, settled
from ebpm.logic.feedback import digest
from tests.logic.lamps import lamps

LINK = ("o_homes", "oc_use")


@dataclass(frozen=True)
class Study:
    """An evaluation, as far as the logic model knows one."""

    value: float = -0.2
    link: tuple[str, str] = LINK

    def evidence(self, *, on: str | None = None) -> Evidence:
        return Evidence.model_validate(
            {
                "id": "evaluation_lamps", "citation": "This evaluation", "design": "RCT", "verdict": "inconclusive",
                "scale": {"name": "SMS", "level": 5}, "applicability": "the homes of the model", "date": on,
                "estimate": {"value": self.value, "unit": "kWh/day"}, "plan": "ab" * 32,
            }
        )  # fmt: skip


def names(model: LogicModel) -> list[str]:
    return [one.id for one in model.evidence_on(model.edge(*LINK))]


def test_an_evaluation_is_written_onto_its_link():
    after = lamps().with_evidence(Study(), on="2020-03-31")
    assert names(after) == ["ev_trial", "evaluation_lamps"]
    assert after.evidence[-1].date == "2020-03-31"
    assert after.evidence[0] == lamps().evidence[0]


def test_the_same_numbers_again_change_nothing_whatever_the_day():
    after = lamps().with_evidence(Study(), on="2020-03-31")
    assert after.with_evidence(Study(), on="2021-03-31") is after


def test_other_numbers_stand_beside_the_earlier_ones():
    first = lamps().with_evidence(Study(), on="2020-03-31")
    second = first.with_evidence(Study(-0.4), on="2021-03-31")
    third = second.with_evidence(Study(-0.5))
    renewed = names(third)
    assert renewed[:2] == ["ev_trial", "evaluation_lamps"]
    assert renewed[2].startswith("evaluation_lamps_20210331_")
    assert len(set(renewed)) == 4
    assert third.evidence[1] == first.evidence[1]
    assert third.with_evidence(Study(-0.4)) is third
    assert third.with_evidence(Study()) is third


def test_history_survives_writing_and_reading(tmp_path):
    after = lamps().with_evidence(Study()).with_evidence(Study(-0.4), on="2021")
    after.write(tmp_path / "model.yaml")
    assert read_logic_model(tmp_path / "model.yaml") == after


def test_words_do_not_make_a_study_another_one():
    one = Study().evidence()
    assert digest(one) == digest(one.model_copy(update={"citation": one.limits, "date": "2020"}))
    assert digest(one) != digest(Study(-0.21).evidence())


def test_what_to_pass_is_said():
    with pytest.raises(SpecError) as caught:
        lamps().with_evidence(LINK)
    assert caught.value.code == "feedback_nothing"
    assert "o_homes -> oc_use" in caught.value.given("ja")
    with pytest.raises(SpecError) as caught:
        lamps().with_evidence(Study(), Study().evidence())
    assert caught.value.code == "feedback_twice"
    with pytest.raises(SpecError, match="oc_use"):
        lamps().with_evidence(Study(link=("o_homes", "oc_uses")))


def test_evidence_settles_the_notice_that_there_is_none():
    bare = lamps((", evidence: [ev_trial]", ""))
    assert "LM026" in lint(bare)
    after = bare.with_evidence(Study())
    assert "LM026" in settled(bare, after).codes
    assert "LM026" in raised(after, bare).codes
    assert len(settled(bare, bare)) == 0
    assert len(raised(bare, bare)) == 0
