"""Advice from the structure of the data: what is advised, in which order, in words; the drafted plan runs."""

import numpy as np
import pytest

import ebpm
from ebpm import did
from ebpm.errors import DataError, DesignError
from tests.did.panels import COLUMNS, LARGE, NEVER, panel
from tests.pilot.conftest import freeze_again

HEAD = """\
schema: 1
id: drafted
kind: twin
title: drafted
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
    keys: [row]
    columns:
      - {name: row, label: row, type: integer, role: id}
      - {name: unit, label: firm, type: integer, role: unit}
      - {name: time, label: year, type: integer, role: time}
      - {name: first, label: first year, type: integer, role: first_treated}
      - {name: y, label: sales, type: number, unit: JPY, role: outcome}
      - {name: x, label: age, type: number, role: covariate}
      - {name: treated, label: treated, type: number, role: treatment}
disclosure: {tier: open, min_cell: 10}
"""


def routines(advice):
    return [one.routine for one in advice.items]


def counts(data):
    return data.assign(y=np.random.default_rng(1).poisson(2.0, len(data)))


CASES = {
    "staggered panel": (panel(LARGE), COLUMNS | {"covariates": ["x"]}, "did.att_gt"),
    "one date, fifteen treated": (panel({NEVER: 30, 5: 14}), COLUMNS, "did.att_gt"),
    "very few treated": (panel({NEVER: 30, 5: 2}), COLUMNS, "did.few_treated"),
    "counts": (counts(panel(LARGE)), COLUMNS, "did.att_gt"),
    "gaps": (panel(LARGE).drop(index=[3, 50, 99]), COLUMNS, "did.att_gt"),
    "cross-sections": (panel(LARGE), {"time": "time", "first_treated": "first"}, "did.att_gt"),
    "one date by row": (
        panel({NEVER: 30, 5: 10}),
        {"unit": "unit", "time": "time", "treatment": "treated"},
        "did.twfe",
    ),
    "dates by row": (panel(LARGE), {"unit": "unit", "time": "time", "treatment": "treated"}, "did.switching"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_drafted_plan_runs(case, tmp_path):
    data, columns, first = CASES[case]
    advice = did.advise(data, "y", **columns)
    assert routines(advice)[0] == first
    data.assign(row=range(len(data))).to_csv(tmp_path / "firms.csv", index=False)
    (tmp_path / "pilot.yaml").write_text(HEAD + advice.plan(data="firms", expected="up"), encoding="utf-8")
    freeze_again(tmp_path)
    evaluation = ebpm.read_pilot(tmp_path).evaluate()
    assert not evaluation.failures, [(one.analysis.id, str(one.error)) for one in evaluation.failures]
    assert len(evaluation.results) == sum(bool(one.role) for one in advice.items)
    assert {one.code for one in advice.notices} <= {one.code for one in evaluation.notices}


def test_what_follows_from_the_structure():
    assert routines(did.advise(panel(LARGE), "y", **COLUMNS)) == [
        "did.att_gt", "did.att_gt", "did.honest", "did.pretrends", "did.imputation", "did.bacon",
    ]  # fmt: skip
    assert "did.extended_twfe" in routines(did.advise(counts(panel(LARGE)), "y", **COLUMNS))
    assert "did.randomisation_test" in routines(did.advise(panel({NEVER: 30, 5: 12}), "y", **COLUMNS))
    assert "did.honest" not in routines(did.advise(panel({NEVER: 30, 2: 30}), "y", **COLUMNS))
    data = panel(LARGE)
    ends = data.assign(treated=data["treated"] * (data["time"] < 7))
    by_row = {"unit": "unit", "time": "time", "treatment": "treated"}
    advice = did.advise(ends, "y", **by_row)
    assert routines(advice) == ["did.switching", "did.switching", "did.honest", "did.pretrends"]
    assert advice.notices.codes == ("D246",)
    dose = data.assign(dose=(1 + data["unit"] % 5) * (data["first"] > 0))
    assert routines(did.advise(dose, "y", **COLUMNS, dose="dose"))[0] == "did.continuous_dose"


def test_the_order_of_rows_does_not_matter():
    data = panel(LARGE)
    assert (
        did.advise(data, "y", **COLUMNS).structure
        == did.advise(data.sample(frac=1, random_state=1), "y", **COLUMNS).structure
    )


def test_clusters_above_the_unit_are_counted():
    data = panel(LARGE).assign(ward=lambda rows: rows["unit"] // 20)
    structure = did.advise(data, "y", **COLUMNS, cluster="ward").structure
    assert (structure.treated, structure.others) == (4, 3)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", CASES)
def test_every_reason_has_words_a_source_and_a_title(case, lang):
    data, columns, _ = CASES[case]
    advice = did.advise(data, "y", **columns)
    said = advice.summary(lang)
    assert said.startswith("1. ")
    assert "{" not in said
    assert len(advice.tidy()) == len(advice.items)
    assert "<p>1. " in advice._repr_html_()


def test_the_figure_is_the_grid_of_adoption():
    did.advise(panel(LARGE), "y", **COLUMNS).plot(lang="ja").figure.draw_without_rendering()
    with pytest.raises(DesignError) as caught:
        did.advise(panel(LARGE), "y", time="time", first_treated="first").plot()
    assert caught.value.code == "did_advice_no_figure"


def test_refusals():
    with pytest.raises(DataError) as caught:
        did.advise(panel(LARGE), "y", time="time", treatment="treated")
    assert caught.value.code == "did_advice_cross_sections"
    with pytest.raises(DataError):
        did.advise(panel(LARGE), "y", unit="unit", time="time")
    with pytest.raises(DataError):
        did.advise(panel(LARGE), "z", **COLUMNS)
