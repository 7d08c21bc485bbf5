"""A small pilot from its folder to verdict, grade, notices and results.json."""

import dataclasses
import json
import shutil

import pytest

import ebpm
from ebpm.errors import DataError, DesignError, SpecError
from ebpm.pilot.results import results_json

PUBLISHED = """
published:
  - {analysis: primary, term: "1", column: estimate, value: VALUE, tolerance: 0.5, source: a table}
limits:"""


def evaluated(folder):
    return ebpm.read_pilot(folder).evaluate()


def test_the_plan_runs_in_its_order(folder):
    evaluation = evaluated(folder())
    assert [result.analysis.id for result in evaluation.results] == ["primary", "adjusted"]
    assert evaluation.verdict.code == "supports"
    assert evaluation.grade.level == 5
    assert evaluation.headline == evaluation["primary"].estimates.headline


def test_the_headline_is_what_the_routine_gives_on_the_same_rows(folder):
    evaluation = evaluated(folder())
    direct = ebpm.rct.difference_in_means(evaluation.data["people"], "score", treatment="arm").headline
    assert dataclasses.replace(evaluation.headline, name="", unit="") == direct
    assert evaluation.headline.called("ja") == "手紙"


def test_an_evaluation_is_frozen(folder):
    with pytest.raises(dataclasses.FrozenInstanceError):
        evaluated(folder()).verdict = None


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_prints_itself(folder, lang):
    evaluation = evaluated(folder())
    text = evaluation.summary(lang)
    assert evaluation.verdict.title(lang) in text
    assert evaluation.headline.sentence(lang) in text
    assert "*" not in text


EVENT = (
    "type: rct",
    "type: rct\n  concurrent_events: [{date: 2020-04, text: {ja: 感染症, en: pandemic}, affects: {ja: 全員, en: all}}]",
)
CASES = {
    "P501": [EVENT],
    "P502": [
        ("    margin: {value: 0.5, unit: points, why: {ja: 小さい差では変えない, en: less would change nothing}}\n", "")
    ],
    "P503": [("synthetic: false", "synthetic: true")],
    "P504": [
        (
            "disclosure:",
            "".join(
                f"  - {{id: {name}, role: primary, title: more, data: people, routine: rct.difference_in_means,"
                " outcome: score, arguments: {treatment: arm}, expected: up}\n"
                for name in ("second", "third")
            )
            + "disclosure:",
        )
    ],
    "P505": [("type: rct", "type: survey")],
    "P506": [("\nlimits:", PUBLISHED.replace("VALUE", "9.0"))],
    "P507": [
        ("arguments: {treatment: arm, covariates: [before]}", "arguments: {treatment: arm, covariates: [nowhere]}")
    ],
}


@pytest.mark.parametrize("code", CASES)
def test_each_rule_fires_where_it_should_and_nowhere_else(folder, code):
    assert code not in evaluated(folder()).notices
    assert code in evaluated(folder(*CASES[code])).notices


def test_a_separable_event_is_no_threat(folder):
    change = (EVENT[0], EVENT[1].replace("date: 2020-04", "date: 2020-04, separable: true"))
    assert "P501" not in evaluated(folder(change)).notices


def test_a_published_number_within_its_tolerance_is_reproduced(folder):
    evaluation = evaluated(folder(("\nlimits:", PUBLISHED.replace("VALUE", "2.0"))))
    assert [one.reproduced for one in evaluation.comparisons] == [True]


def test_a_design_without_counterfactual_claims_nothing(folder):
    evaluation = evaluated(folder(*CASES["P505"]))
    assert evaluation.verdict.code == "no_effect_claim"
    assert evaluation.grade.level == 0


def test_a_failed_sensitivity_analysis_is_reported_and_a_failed_primary_stops(folder):
    evaluation = evaluated(folder(*CASES["P507"]))
    assert [failure.analysis.id for failure in evaluation.failures] == ["adjusted"]
    with pytest.raises(DesignError):
        evaluated(folder(csv="id,arm,score,before\n" + "\n".join(f"P{i},1,{i},{i}" for i in range(30)) + "\n"))


BAD = [
    ("routine: rct.lin", "routine: rct.linn", "rct.lin"),
    ("data: people\n    routine: rct.lin", "data: poeple\n    routine: rct.lin", "people"),
    ("id: adjusted", "id: primary", "primary"),
    ("term: itt", "term: ittt", "itt"),
]


@pytest.mark.parametrize(("old", "new", "named"), BAD)
def test_names_that_do_not_exist_are_refused_with_the_nearest(folder, old, new, named):
    with pytest.raises(SpecError, match=named):
        ebpm.read_pilot(folder((old, new)))


def test_an_unknown_key_is_refused_with_its_line(folder):
    with pytest.raises(SpecError, match=r"(?s)pilot\.yaml.*expcted"):
        ebpm.read_pilot(folder(("    expected: up\n    margin", "    expcted: up\n    margin")))


def test_results_are_complete_sorted_and_the_same_each_time_and_anywhere(folder, tmp_path):
    here = folder()
    elsewhere = shutil.copytree(here, tmp_path / "copy")
    text = results_json(evaluated(here))
    assert text == results_json(evaluated(elsewhere))
    content = json.loads(text)
    assert list(content) == sorted(content)
    assert content["analyses"]["primary"]["terms"][0]["estimate"] == evaluated(here).headline.estimate
    assert content["rows"] == {"people": {"in": 200, "used": 200, "refused": 0}}
    assert str(tmp_path) not in text


def test_the_digest_of_the_plan_changes_with_the_plan_alone(folder):
    before = ebpm.read_pilot(folder()).plan_digest
    assert ebpm.read_pilot(folder()).plan_digest == before
    assert ebpm.read_pilot(folder(("value: 0.5", "value: 0.6"))).plan_digest != before


def test_small_cells_do_not_leave(folder):
    evaluation = ebpm.read_pilot(folder(("min_cell: 10", "min_cell: 300"))).evaluate_unreleased()
    for writing in (lambda: results_json(evaluation), lambda: ebpm.report(evaluation).text()):
        with pytest.raises(DataError, match=r"primary\.1") as refused:
            writing()
        assert "200" not in str(refused.value)


def test_words_of_the_declaration_cannot_become_markup(folder):
    change = ("title: {ja: 小さな事業, en: A small pilot}", "title: {ja: <b>太字</b>, en: '<script>alert(1)</script>'}")
    text = ebpm.report(evaluated(folder(change)), lang="en").text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
