"""Analyses of a plan that look at the event study of another one."""

import json

import numpy as np
import pytest

import ebpm
from ebpm import did
from ebpm.errors import SpecError
from ebpm.pilot.results import results_json
from tests.did.panels import LARGE, panel
from tests.pilot.conftest import freeze_again

PLAN = """\
schema: 1
id: trends
kind: twin
title: trends
question: does it work
estimand: {term: att, unit: firm, population: firms, treatment: grant, outcome: sales, contrast: grant less none, window: years}
design: {type: did, counterfactual: firms without a grant}
data:
  - id: firms
    title: firms
    path: firms.csv
    synthetic: false
    licence: CC0-1.0
    source: test
    row_is: firm-year
    keys: [unit, time]
    columns:
      - {name: unit, label: firm, type: integer, role: unit}
      - {name: time, label: year, type: integer, role: time}
      - {name: first, label: first year, type: integer, role: first_treated}
      - {name: y, label: sales, type: number, unit: JPY, role: outcome}
plan:
  - id: primary
    role: primary
    title: effect
    data: firms
    where: {unit: {from: 0, to: 129}}
    routine: did.att_gt
    outcome: y
    arguments: {unit: unit, time: time, first_treated: first, base: universal}
    aggregate: simple
    expected: up
    margin: {value: 0.1, unit: JPY, why: small}
  - id: trends
    role: sensitivity
    title: departures
    of: primary
    routine: did.honest
    arguments: {bounds: [1.0], target: {"0": 1.0}}
  - id: power
    role: descriptive
    title: what the test misses
    of: primary
    routine: did.pretrends
    arguments: {powers: [0.8]}
disclosure: {tier: open, min_cell: 10}
"""


@pytest.fixture
def folder(tmp_path):
    panel(LARGE, effect=1.0, noise=0.5).drop(columns=["x", "treated"]).to_csv(tmp_path / "firms.csv", index=False)
    return tmp_path


def read(folder, text=PLAN):
    (folder / "pilot.yaml").write_text(text, encoding="utf-8")
    freeze_again(folder)
    return ebpm.read_pilot(folder)


def test_the_plan_runs_them_on_the_event_study_of_the_other_analysis(folder):
    evaluation = read(folder).evaluate()
    assert not evaluation.failures
    study = evaluation["primary"].value.aggregate("event")
    alone = did.honest(study, bounds=[1.0], target={"0": 1.0})
    found = evaluation["trends"]
    assert found.value.intervals == alone.intervals
    assert found.estimates.headline_term == "M=1"
    assert found.estimates.headline.unit == evaluation.headline.unit == "JPY"
    assert evaluation["power"].estimates.headline.estimate == pytest.approx(
        did.pretrends(study, powers=[0.8]).violations[0].bias_passed
    )
    assert found.analysis.outcome == "y"
    assert found.analysis.where.keys() == {"unit"}


def test_results_report_and_figures_carry_them(folder):
    evaluation = read(folder).evaluate()
    record = json.loads(results_json(evaluation))["analyses"]
    assert [term["term"] for term in record["trends"]["terms"]] == ["original", "M=1"]
    assert np.isfinite(record["trends"]["terms"][1]["conf_low"])
    for lang in ("ja", "en"):
        assert "departures" in ebpm.report(evaluation, lang=lang).text(".md")
        for result in evaluation.results:
            result.plot(lang=lang).figure.draw_without_rendering()


def test_an_analysis_that_failed_takes_its_followers_along(folder):
    text = PLAN.replace("base: universal}\n    aggregate: simple", "base: varying}\n    aggregate: simple")
    evaluation = read(folder, text).evaluate()
    assert [one.analysis.id for one in evaluation.failures] == ["trends", "power"]
    assert {one.error.code for one in evaluation.failures} == {"did_honest_event"}


@pytest.mark.parametrize("of", ["nobody", "power"])
def test_only_an_earlier_analysis_can_be_named(folder, of):
    with pytest.raises(SpecError) as caught:
        read(folder, PLAN.replace("title: departures\n    of: primary", f"title: departures\n    of: {of}"))
    assert of in str(caught.value)
    assert "primary" in str(caught.value)


def test_only_some_routines_follow(folder):
    with pytest.raises(SpecError) as caught:
        read(folder, PLAN.replace("routine: did.pretrends", "routine: did.bacon"))
    assert "did.bacon" in str(caught.value)
    with pytest.raises(SpecError) as caught:
        read(folder, PLAN.replace("routine: did.att_gt", "routine: did.honest"))
    assert "did.honest" in str(caught.value)


def test_plans_without_them_keep_their_digest(folder):
    plain = PLAN[: PLAN.index("  - id: trends")] + PLAN[PLAN.index("disclosure:") :]
    assert all("of" not in one.model_dump() for one in read(folder, plain).spec.plan)
    whole = read(folder).spec
    assert type(whole).model_validate(whole.model_dump(by_alias=True)) == whole
