"""What notices and errors tell at the door: no small count, nobody's name, no share from which a count follows."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from ebpm.errors import DataError, DesignError
from ebpm.notices import Notice, Notices
from ebpm.pilot.leaving.disclosure import known_tables, released
from ebpm.pilot.leaving.told import EXTREMES, NOT_PERSONS, OF_FILES, OTHERS, PERSONS, SHARES, Fewer, Telling
from ebpm.texts import LANGUAGES, entries, words
from tests.disclosure.test_door import ILL, MEAN, PRIMARY, evaluated, people, pilot

FEW = re.compile(r"(?<![\d.])8(?![\d.%])")
"""The small count of every case."""


@pytest.fixture(scope="module")
def telling(tmp_path_factory):
    one = pilot(tmp_path_factory.mktemp("told"), MEAN)
    return Telling(one.spec, known_tables(one.read_data(unfrozen="test")))


NOTICES = [
    Notice("S103", "ward = isle", {"count": 8, "least": 30}),
    Notice("S113", "ward = isle", {"df": 8, "least": 12, "design": 199}),
    Notice("C402", "began", {"n": 500, "count": 8}),
    Notice("C405", "began", {"negative": 8, "zero": 0}),
    Notice("C407", "1", {"arm": "1", "persons": 60, "events": 8, "least": 10}),
    Notice("C452", "1", {"count": 8, "time": "90", "least": 10}),
    Notice("C459", "1", {"horizon": "90", "least": 10, "count": 8}),
    Notice("D201", "primary", {"units": 8, "least": 30}),
    Notice("D202", "2019", {"units": 1}),
    Notice("D208", "primary", {"units": 12, "treated": 8, "rows": 60, "kept": 400}),
    Notice("D205", "primary", {"share": 0.91, "limit": 0.5}),
    Notice("R104", "took_up", {"assigned": "arm", "rows": 8, "share": "0.5", "named": " (QX-1007)"}),
    Notice("S106", "x", {"first": "2019-10-20", "last": "2019-11-30", "date": "2019-11-20", "before": "1,469", "after": "8"}),
    Notice("T053", "hq", {"count": 8, "example": "QX-1007"}),
    Notice("X604", "a", {"old": "b", "count": 8}),
    Notice("P507", "late", {"reason": DesignError("cohort_no_events_in_arm", events=8)}),
]  # fmt: skip


@pytest.mark.parametrize("notice", NOTICES, ids=lambda one: one.code)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_notice_tells_a_small_count(notice, lang, telling):
    assert FEW.search(notice.message(lang)) or notice.code in {"D202", "D205"}
    (told,) = telling.notices(Notices((notice,)))
    assert not FEW.search(told.message(lang))
    assert not {"91", "0.5 %", "QX-1007"} & set(re.findall(r"91|0\.5 %|QX-1007", told.message(lang)))
    assert told.code == {"D202": "D213"}.get(notice.code, notice.code)


ORDINARY = [
    Notice("C402", "began", {"n": 500, "count": 40}),
    Notice("C405", "began", {"negative": 0, "zero": 0}),
    Notice("R101", "1", {"clusters": 4, "least": 15}),
    Notice("I303", "x", {"before": 6, "after": 5, "total": 11, "fewest": 8}),
    Notice("S109", "x", {"stage": "1", "count": 2, "strata": "north, south"}),
    Notice("T003", "kwh", {"count": 3, "value": "x"}),
    Notice("D211", "x", {"treated": 3, "comparison": 8, "least": 10}),
    Notice("R123", "subgroups", {"planned": "-"}),
]


@pytest.mark.parametrize("notice", ORDINARY, ids=lambda one: one.code)
def test_counts_of_clusters_periods_and_many_are_told(notice, telling):
    (told,) = telling.notices(Notices((notice,)))
    assert not any(isinstance(one, Fewer) for one in told.facts.values())


def test_what_needs_no_change_is_the_same(telling):
    assert telling.notices(same := Notices((ORDINARY[0], ORDINARY[2]))) is same


def test_a_place_that_names_somebody_is_not_told(telling):
    (told,) = telling.notices(Notices((Notice("D242", "QX-1007", {"share": 0.7, "limit": 0.5}),)))
    assert "QX" not in told.to_text("en") + told.to_text("ja")


ERRORS = [
    DataError("missing_values", column="score", argument="outcome", count=8, row=17),
    DesignError("panel_gaps", count=8, total=200, units="QX-1007, QX-1014", periods=5),
    DesignError("panel_gaps", count=8, total=200, units="17, 23", periods=12),
    DesignError("did_dose_not_positive", column="dose", count=8, unit="QX-1007", value=-3.0),
    DesignError("did_cell_without_rows", cohort=2019, sizes="8, 0"),
    DesignError("cohort_one_person", column="arm", count=8, least=2),
    DesignError("rct_flow_unobserved", rows=8, column="seen", outcome="score"),
    DesignError("survival_no_events", event="ill", rows=8),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.code)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_error_tells_a_small_count_or_a_record(error, lang, telling):
    told = telling.error(error).given(lang)
    assert not re.search(r"QX|17|23|-3", told)
    assert not FEW.search(told)


def template(code):
    """Return all words of a notice or an error in which its facts stand."""
    entry = entries("notice").get(code) or entries("error")[code]
    return "".join(words(entry[part], "en") for part in ("message", "what", "given", "remedy") if part in entry)


def test_every_exception_is_a_fact_of_its_notice():
    for code, names in (*NOT_PERSONS.items(), *EXTREMES.items()):
        assert all(f"{{{name}" in template(code) for name in names), code
    assert not {"clusters", "periods", "columns", "covariates", "strata", "cells", "least", "limit"} & PERSONS


def test_every_fact_of_a_text_is_classified():
    said = {
        name.partition(".")[0].partition("[")[0]: code
        for kind in ("notice", "error")
        for code in entries(kind)
        if not OF_FILES.match(code)
        for _, name, *_ in Formatter().parse(template(code))
        if name
    }
    assert {name: code for name, code in said.items() if name not in PERSONS | SHARES | OTHERS} == {}
    assert len(PERSONS | SHARES | OTHERS) == len(PERSONS) + len(SHARES) + len(OTHERS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_fact_that_nobody_classified_is_held_to_count_persons(lang, telling):
    (told,) = telling.notices(Notices((Notice("R101", "1", {"clusters": 4, "least": 15, "newly_added": 8}),)))
    assert isinstance(told.facts["newly_added"], Fewer)
    assert told.facts["clusters"] == 4
    assert told.message(lang)


def test_the_ends_of_a_distribution_are_not_told(telling):
    error = telling.error(DataError("cohort_not_binary", least=-31.5, most=8812.5))
    assert not re.search("31|8812", error.given("en"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "few",
    [PRIMARY | {"where": {"group": ["few"]}}, ILL, PRIMARY | {"arguments": {"treatment": "rare_arm"}}],
    ids=["six persons", "four ill", "six treated"],
)
def test_the_error_at_the_door_tells_no_number_of_the_withheld(few, lang, tmp_path):
    one = pilot(tmp_path, plan=[few])
    data = one.read_data(unfrozen="test")
    inside = one.evaluate_unreleased(data)
    with pytest.raises(DataError) as caught:
        one.evaluate(data)
    assert caught.value.code == "disclosure_small_cells"
    text = caught.value.explain(lang)
    head = inside.headline
    numbers = {f"{value:.3g}" for value in (head.estimate, head.std_error, head.conf_low, head.conf_high)}
    assert not any(number in text for number in numbers)
    assert set(re.findall(r"(?<![\w.])\d+(?![\w.])", text)) <= {"0", "10", "1"} - {str(head.n)}
    assert inside.primary.analysis.title.words(lang) in text
    assert caught.value.__context__ is None or str(head.n) not in str(caught.value.__context__)


def test_the_error_that_stops_an_evaluation_is_that_of_inside_without_the_records(tmp_path):
    one = pilot(tmp_path, plan=[PRIMARY | {"arguments": {"treatment": "group"}}])
    people().assign(score=lambda table: table["score"].where(table.index != 41)).to_csv(
        tmp_path / "people.csv", index=False
    )
    data = one.read_data(unfrozen="test")
    with pytest.raises(DataError) as inside:
        one.evaluate_unreleased(data)
    with pytest.raises(type(inside.value)) as caught:
        one.evaluate(data)
    assert caught.value.code == inside.value.code == "missing_values"
    assert caught.value.__context__ is None
    assert "1 row" not in caught.value.given("en")
    assert "42" in inside.value.given("en")
    assert "42" not in caught.value.given("en")


def test_failures_and_results_tell_no_more_than_the_evaluation(tmp_path):
    lost = {"id": "late", "role": "secondary", "title": "late", "data": "people", "routine": "rct.difference_in_means"}
    evaluation = evaluated(
        tmp_path, lost | {"outcome": "score", "where": {"group": ["few"]}, "arguments": {"treatment": "rare_arm"}}
    )
    leaving = released(evaluation)
    assert {one.analysis.id for one in leaving.failures} == {"late"}
    said = "\n".join([*(leaving.failures[0].error.explain(lang) for lang in LANGUAGES), leaving.summary("en")])
    assert "(n = 6)" not in said
    assert "6" not in leaving.failures[0].error.given("en")
