"""The data utilisation plan against the words of its own progress report, and what linting it finds."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ebpm.logic import LogicModel, json_schema, lint, progress, read_logic_model, statuses
from ebpm.logic.indicators.progress import named_under
from ebpm.spec.yaml import parse

FILE = Path(__file__).parents[2] / "logic_models" / "data_utilisation_plan.yaml"
REPORT = Path(__file__).with_name("plan_fy2018.txt").read_text(encoding="utf-8")
MEASURES = range(1, 10)


@pytest.fixture(scope="module")
def plan() -> LogicModel:
    return read_logic_model(FILE)


def plain(text: str) -> str:
    """Return text without spaces and marks of layout; the scan's marks for a dash and for I-TOP are what the print has."""
    narrow = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("_", "-").replace("－", "-")
    return re.sub(r"I[^TA-Za-z0-9]*TOP", "I-TOP", narrow)


def section(name: str) -> list[str]:
    return REPORT.split(f"[{name}]\n")[1].split("\n\n")[0].splitlines()


def rows(measure: int) -> list[list[str]]:
    """Return the rows of a measure's table: indicator, and the four years."""
    return [line.split("\t") for line in section(f"indicators {measure}")[1:]]


def stated(plan: LogicModel, indicator: str, year: int) -> str:
    return "".join(one.stated.ja for one in plan.observed(plan.indicator(indicator)) if one.fiscal_year == year)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_indicator_is_named_as_in_the_report_and_in_its_order(plan, measure):
    names = [plain(one.name.ja) for one in plan.indicators if one.node == f"m{measure}"]
    assert names == [plain(row[0]) for row in rows(measure)]


@pytest.mark.parametrize("measure", MEASURES)
def test_every_value_is_the_one_that_the_report_states(plan, measure):
    values = [plain(stated(plan, one.id, 2018)) for one in plan.indicators if one.node == f"m{measure}"]
    printed = [plain(row[1]) for row in rows(measure)]
    assert [value.replace("、", "") for value in values] == [value.replace("、", "") for value in printed]


@pytest.mark.parametrize("measure", MEASURES)
def test_the_years_that_are_empty_in_the_report_stay_empty(plan, measure):
    assert all(cell == "" for row in rows(measure) for cell in row[2:])
    later = [one for one in plan.observations if one.fiscal_year > 2018]
    assert later == []


def test_the_numbers_are_those_of_the_words(plan):
    for one in plan.observations:
        digits = re.findall(r"\d+(?:\.\d+)?", one.stated.en.replace(",", "").replace("FY2017", ""))
        if one.value is not None and one.fiscal_year == 2018:
            assert [float(digit) for digit in digits] == [one.value]
        assert (one.value is None) == (not digits)


def test_there_are_twenty_seven_rows_and_twenty_six_indicators(plan):
    names = Counter(one.name.ja for one in plan.indicators)
    assert (names.total(), len(names)) == (27, 26)
    (twice,) = (name for name, count in names.items() if count == 2)
    assert "マイナポータル" in twice
    assert {one.node for one in plan.indicators if one.name.ja == twice} == {"m2", "m4"}


def test_measures_and_bureaus_are_those_of_the_report(plan):
    text = plain("".join(section("measures")))
    for measure in MEASURES:
        node = plan.node(f"m{measure}")
        assert plain(f"施策{measure}{node.text.ja}【{node.actor.ja}】") in text


def test_viewpoints_hold_the_measures_that_the_report_sets_under_them(plan):
    lines = section("viewpoints")
    names, related = lines[::2], lines[1::2]
    assert [plain(f"◇{one.name.ja}") for one in plan.viewpoints] == [plain(name) for name in names]
    assert [list(one.nodes) for one in plan.viewpoints] == [
        [f"m{number}" for number in re.findall(r"\d", line)] for line in related
    ]


def test_the_period_is_that_of_the_report(plan):
    assert plan.model.period == (2018, 2021)
    assert "平成30年度から令和3年度まで" in section("period")[0]


def test_statuses_are_counted_as_in_the_report(plan):
    printed = [int(number) for number in re.findall(r"\[(\d+) 指標\]", "".join(section("statuses")))]
    (counts,) = plan.statuses
    assert [counts.achieved, counts.in_progress, counts.preparatory, counts.under_review] == printed == [1, 19, 5, 2]
    assert counts.total == len(plan.indicators)


def test_only_the_indicators_that_the_report_names_have_a_status(plan):
    named = {
        status: [one.id for one in named_under(plan, status, 2018)]
        for status in ("achieved", "in_progress", "preparatory", "under_review")
    }
    assert named == {
        "achieved": ["in_5_1"],
        "in_progress": ["in_2_1", "in_4_1", "in_6_2", "in_7_1", "in_8_1", "in_9_4"],
        "preparatory": ["in_1_2", "in_3_1"],
        "under_review": ["in_2_2", "in_6_1"],
    }
    assert sum(map(len, named.values())) == 11


def test_the_numbers_outside_the_tables_stand_in_the_text(plan):
    text = plain(REPORT)
    survey = plan.observed(plan.indicator("in_1_1"))[0]
    assert plain(f"回答率{survey.response_rate:.1%}") in text
    earlier, later = plan.observed(plan.indicator("in_6_2"))
    assert later.value - earlier.value == 4
    assert "平成29年度から4システム増加して累計で55システム" in text


def test_the_document_and_its_licence_are_named(plan):
    assert "平成30年度取組状況" in plan.model.document.ja
    assert "CC BY 4.0" in plan.model.document.en
    assert "CC BY 4.0" in REPORT.splitlines()[0]


COMPLAINTS = {
    "LM003": {*(f"m{number}" for number in MEASURES), "im_government", "im_economy", "im_life"},
    "LM004": {f"m{number}" for number in MEASURES},
    "LM005": {"im_government", "im_economy", "im_life"},
    "LM012": {"in_2_2", "in_5_1", "in_6_1"},
    "LM014": {"in_3_2"},
    "LM020": {"in_6_3"},
    "LM021": {"in_6_1", "in_7_1", "in_8_7"},
    "LM022": {"in_2_1", "in_4_1"},
    "LM023": {"in_1_1"},
    "LM024": {"data_utilisation_plan"},
    "LM030": {"data_utilisation_plan"},
    "LM036": {"data_utilisation_plan"},
}
"""Code to what it is about. The panel: no links from measures to goals (LM003-LM005); the awareness share (LM023, LM024).

The report itself: no numeric target anywhere (LM015), a dash for a baseline (LM014), an indicator under two measures (LM022), two numbers
in one indicator (LM021), a survey that 26.4 % answered (LM023), most indicators without source or owner (LM013)."""


def test_linting_finds_what_the_panel_and_the_report_show(plan):
    found = defaultdict(set)
    for notice in lint(plan.model_copy(update={"lint_ignore": ()}), profile="training"):
        found[notice.code].add(notice.about)
    every = {one.id for one in plan.indicators}
    assert found == COMPLAINTS | {"LM015": every, "LM013": every - {"in_1_1"}}


def test_what_the_document_leaves_open_is_set_aside_with_a_reason_and_no_error_remains(plan):
    notices = lint(plan, profile="training")
    assert notices.of("error").to_text("en") == ""
    assert {one.code for one in plan.lint_ignore} == {"LM012", "LM013"}
    assert set(notices.codes) == set(COMPLAINTS) - {"LM012"} | {"LM015"}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_progress_table_is_the_report_s(plan, lang):
    table = progress(plan, lang)
    years = {
        "ja": ["平成30年度", "令和元年度", "令和2年度", "令和3年度"],
        "en": ["FY2018", "FY2019", "FY2020", "FY2021"],
    }
    assert list(table.headings(lang)[2:6]) == years[lang]
    cells = table.cells(lang)
    assert len(cells) == 27
    assert all(row[2] and row[3:6] == ("", "", "") for row in cells)
    if lang == "ja":
        printed = [plain(row[1]).replace("、", "") for measure in MEASURES for row in rows(measure)]
        assert [plain(row[2]).replace("、", "") for row in cells] == printed
    assert "<th" in table.to_html(lang)
    assert table.to_frame().columns.tolist()[2:6] == ["2018", "2019", "2020", "2021"]


def test_next_year_is_one_row(plan):
    row = "  - {indicator: in_3_1, fiscal_year: 2019, stated: '301', value: 301}\n"
    later = LogicModel.loads(plan.to_yaml().replace("\nstatuses:", f"{row}\nstatuses:", 1))
    (before,), (after,) = (
        [cells[2:4] for cells in progress(one).cells("ja") if "公開データセット数" in cells[1]] for one in (plan, later)
    )
    assert (before, after) == (("236", ""), ("236", "301"))


def test_statuses_say_how_many_are_named(plan):
    assert [row[2:] for row in statuses(plan).rows] == [(1, 1), (19, 6), (5, 2), (2, 2)]
    assert "名の挙がった数" in statuses(plan, "ja").to_text("ja")


def test_the_plan_survives_writing_and_fits_the_schema_for_editors(plan):
    jsonschema = pytest.importorskip("jsonschema")
    bare = LogicModel.model_validate(plan.model_dump(by_alias=True))
    assert LogicModel.loads(bare.to_yaml()) == plan
    value = json.loads(json.dumps(parse(plan.to_yaml()).value))
    errors = jsonschema.Draft202012Validator(json.loads(json_schema())).iter_errors(value)
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_plan_can_be_drawn_though_nothing_is_linked(plan, lang):
    assert plan.table(lang).rows == ()
    assert "<title" in plan.to_svg(lang)
