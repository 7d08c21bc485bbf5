"""Each rule fires on its bad example and on no other part of it; its good example is clean under the strictest profile."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ebpm import spec
from ebpm.logic import LogicModel, lint, read_logic_model
from ebpm.logic.facts import EvaluationFacts
from ebpm.logic.rules import RULES
from ebpm.notices import Notices

FOLDER = Path(__file__).parent / "rules"
CODES = [rule.code for rule in RULES]
ON = date(2026, 11, 23)


def example(code: str, kind: str) -> tuple[LogicModel, tuple[EvaluationFacts, ...]]:
    evaluation = FOLDER / f"{code}.{kind}.evaluation.yaml"
    facts = (spec.read(evaluation, EvaluationFacts),) if evaluation.exists() else ()
    return read_logic_model(FOLDER / f"{code}.{kind}.yaml"), facts


def found(code: str, kind: str, profile: str = "training") -> Notices:
    model, evaluations = example(code, kind)
    return lint(model, profile=profile, evaluations=evaluations, on=ON)


def test_all_thirty_eight_rules_and_two_of_upkeep_are_there():
    assert [f"LM{number:03d}" for number in range(1, 41)] == CODES


def test_every_rule_has_two_examples_and_every_example_a_rule():
    names = {file.name.split(".")[0] for file in FOLDER.glob("*.yaml")}
    assert names == set(CODES)
    assert all((FOLDER / f"{code}.{kind}.yaml").exists() for code in CODES for kind in ("good", "bad"))


@pytest.mark.parametrize("code", CODES)
def test_the_good_example_is_clean(code):
    assert found(code, "good").to_text("en") == ""


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_fires_its_rule_and_no_other(code):
    assert found(code, "bad").codes == (code,)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("code", CODES)
def test_its_message_can_be_read(code, lang):
    for notice in found(code, "bad"):
        text = notice.to_text(lang)
        assert not any(word in text for word in ("{", "Phrase(", "Text(", "None", "-inf"))
        assert notice.why(lang)
        assert notice.source
