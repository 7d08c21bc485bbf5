"""Logic models: read, questioned, extended with evidence, written back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import ebpm
from ebpm.errors import SpecError
from ebpm.logic import Evidence, LogicModel, json_schema, lint, read_logic_model
from ebpm.spec.problems import problems_of
from ebpm.spec.yaml import parse

FOLDER = Path(__file__).parents[2] / "logic_models"
PILOTS = {
    "venture_support": ("o_supported_firms", "oc_investment"),
    "cardiac_rehab": ("o_cr_participation", "oc_readmission"),
    "student_energy_saving": ("o_pupils_taught", "oc_home_energy"),
    "bicycle_insurance": ("o_leaflets_read", "oc_insured"),
}
OWN = {
    "id": "ev_own",
    "citation": {"ja": "本評価: 一次分析", "en": "This evaluation: primary analysis"},
    "design": "cluster_rct",
    "verdict": "inconclusive",
    "scale": {"name": "SMS", "level": 5},
    "applicability": {"ja": "合成データ", "en": "synthetic data"},
    "synthetic": True,
}


def pilot(name: str) -> LogicModel:
    return read_logic_model(FOLDER / f"{name}.yaml")


@pytest.fixture(params=PILOTS)
def model(request) -> LogicModel:
    return pilot(request.param)


def test_the_four_models_are_complete(model):
    assert {node.stage for node in model.nodes} == {"input", "activity", "output", "outcome", "impact"}
    assert {node.horizon for node in model.nodes} >= {"short", "mid", "long"}
    assert model.assumptions
    assert model.externals
    assert model.harms
    assert model.evidence
    assert all(part.how_to_check for part in model.assumptions)
    assert all(edge.key for edge in model.edges if (edge.from_, edge.to) == PILOTS[model.model.id])
    assert sum(edge.key for edge in model.edges) == 1


def test_the_four_models_lint_clean(model):
    assert lint(model, on=date(2026, 11, 23)).to_text("en") == ""


def test_every_text_has_both_languages(model):
    def texts(value):
        if isinstance(value, dict):
            if value.keys() <= {"ja", "en"}:
                yield value
            else:
                for item in value.values():
                    yield from texts(item)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from texts(item)

    found = list(texts(model.model_dump()))
    assert len(found) > 100
    assert [text for text in found if not (text.get("ja") and text.get("en"))] == []


def test_no_amount_and_no_target_is_invented(model):
    assert all(item.amount_jpy is None and item.note for item in model.model.budget)
    assert all(indicator.no_target or indicator.targets[0].rationale for indicator in model.indicators)


def test_questions(model):
    start, end = PILOTS[model.model.id]
    edge = model.edge(start, end)
    assert edge.rationale is not None
    assert model.reaches("i_budget", end)
    assert not model.reaches(end, start)
    assert [item.id for item in model.evidence_on(edge)] == list(edge.evidence)


def test_unknown_names_have_a_remedy():
    model = pilot("bicycle_insurance")
    with pytest.raises(SpecError) as caught:
        model.edge("o_leaflet_read", "oc_insured")
    assert "o_leaflets_read -> oc_insured" in caught.value.remedy("en")
    assert "ではありませんか" in caught.value.remedy("ja")
    with pytest.raises(SpecError, match="oc_insured"):
        model.node("oc_insurd")


def test_written_and_read_again(model, tmp_path):
    model.write(tmp_path / "model.yaml")
    assert (tmp_path / "model.yaml").read_bytes() == (FOLDER / f"{model.model.id}.yaml").read_bytes()
    assert read_logic_model(tmp_path / "model.yaml") == model
    assert [file.name for file in tmp_path.iterdir()] == ["model.yaml"]


def test_evidence_is_added_and_nothing_else_changes(model, tmp_path):
    link = PILOTS[model.model.id]
    own = Evidence.model_validate(OWN)
    after = model.with_evidence(link, own)
    assert after.evidence == (*model.evidence, own)
    assert after.edge(*link).evidence == (*model.edge(*link).evidence, "ev_own")
    assert after.model_copy(update={"evidence": model.evidence, "edges": model.edges}) == model
    after.write(tmp_path / "model.yaml")
    assert read_logic_model(tmp_path / "model.yaml") == after
    before, now = model.to_yaml().splitlines(), after.to_yaml().splitlines()
    assert len(set(before) - set(now)) <= 1
    assert [line for line in now if line.startswith("#")] == [line for line in before if line.startswith("#")]


def test_evidence_is_never_overwritten(model):
    link = PILOTS[model.model.id]
    after = model.with_evidence(link, Evidence.model_validate(OWN))
    assert after.with_evidence(link, Evidence.model_validate(OWN)) is after
    with pytest.raises(SpecError) as caught:
        after.with_evidence(link, Evidence.model_validate(OWN | {"verdict": "supports"}))
    assert "ev_own" in caught.value.given("ja")
    assert "overwritten" in caught.value.remedy("en")


def test_a_model_without_text_is_written_too(model):
    bare = LogicModel.model_validate(model.model_dump(by_alias=True))
    assert bare == model
    assert LogicModel.loads(bare.to_yaml()) == model
    assert bare.with_evidence(PILOTS[model.model.id], Evidence.model_validate(OWN)).evidence[-1].id == "ev_own"


def test_an_outcome_needs_its_horizon_and_nothing_else_has_one():
    text = (FOLDER / "bicycle_insurance.yaml").read_text(encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        LogicModel.loads(text.replace("horizon: mid, ", "").replace("stage: impact,", "stage: impact, horizon: long,"))
    assert [problem.code for problem in problems_of(caught.value)] == ["logic_horizon", "logic_horizon"]
    assert "short、mid、long" in caught.value.remedy("ja")


def test_the_committed_schema_is_current():
    schema = (FOLDER / "schema.json").read_text(encoding="utf-8")
    assert schema == json_schema(), "write it anew: ebpm.logic.json_schema()"
    assert json.loads(schema)["additionalProperties"] is False


def test_editors_accept_the_models_and_refuse_damage(model):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    value = json.loads(json.dumps(parse(model.to_yaml()).value))
    assert [error.message for error in check.iter_errors(value)] == []
    assert not check.is_valid(value | {"nodez": []})
    assert not check.is_valid(value | {"schema": 2})


def test_a_model_is_equal_only_to_its_like(model):
    assert model != "text"
    assert hash(model.nodes[0]) == hash(pilot(model.model.id).nodes[0])


def test_reading_is_at_hand_at_the_top():
    assert ebpm.read_logic_model is read_logic_model
