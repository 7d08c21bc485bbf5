"""The items of CONSORT, TREND and STROBE: filled from what is known, the missing ones named."""

from __future__ import annotations

import json

import pytest

import ebpm
from ebpm.errors import SpecError
from ebpm.pilot.checklist import FINDERS, checklist
from ebpm.pilot.guidelines import CONSORT, STROBE, TOPICS, TREND, guideline
from ebpm.pilot.results import results_json
from ebpm.texts import entries

GIVEN = ("limits:", "reporting: {funding: {ja: 市の予算, en: budget of the city}}\nlimits:")


@pytest.mark.parametrize(("one", "items", "count"), [(CONSORT, 30, 42), (TREND, 22, 22), (STROBE, 22, 22)])
def test_a_guideline_has_all_its_items_in_order(one, items, count):
    numbers = [int(number.rstrip("abcd")) for number, _ in one.items]
    assert sorted(set(numbers)) == list(range(1, items + 1))
    assert numbers == sorted(numbers)
    assert len(one.items) == len({number for number, _ in one.items}) == count


def test_every_topic_has_words_and_every_finder_a_topic():
    assert {f"topic_{topic}" for topic in TOPICS} == {code for code in entries("label") if code.startswith("topic_")}
    assert set(FINDERS) <= set(TOPICS)


@pytest.mark.parametrize(
    ("design", "name"),
    [("rct", "CONSORT"), ("cluster_rct", "CONSORT"), ("survey_experiment", "CONSORT"), ("did", "TREND"),
     ("its", "TREND"), ("controlled_its", "TREND"), ("survey", "STROBE")],
)  # fmt: skip
def test_the_design_chooses_the_guideline(design, name):
    assert guideline(design).name.startswith(name)


def test_what_is_known_is_filled_and_what_is_not_is_named(folder):
    evaluation = ebpm.read_pilot(folder()).evaluate()
    found = checklist(evaluation, "en")
    said = {one.topic: one.said for one in found.items}
    assert said["objectives"] == "Does it work?"
    assert said["estimates"] == evaluation.headline.sentence("en")
    assert "2026-11-23" in said["plan"]
    assert {"registration", "funding", "harms", "blinding"} <= {one.topic for one in found.missing}
    assert "5a funding" in found.sentence()
    assert f"{len(found.items) - len(found.missing) - len(found.partly)} of the 42 items" in found.sentence()


def test_rows_and_checks_are_a_part_of_what_an_item_asks_for(folder):
    found = checklist(ebpm.read_pilot(folder()).evaluate(), "en")
    flow = next(one for one in found.items if one.topic == "flow")
    assert (flow.status, flow.reported, flow in found.partly) == ("items_partly", False, True)
    assert "In part: " in found.sentence()
    assert f"{flow.number} flow of participants" in found.sentence().partition("In part: ")[2]
    kept = next(one for one in found.record()["items"] if one["topic"] == "flow")
    assert (kept["reported"], kept["partly"]) == (False, True)


def test_a_window_without_a_year_gives_no_dates(folder):
    windows = ("the months after", "May 2024")
    changed = [(("window: one month", f"window: {one}"),) for one in windows]
    found = [checklist(ebpm.read_pilot(folder(*one)).evaluate(), "en") for one in changed]
    assert [next(one.said for one in each.items if one.topic == "dates") for each in found] == ["", "May 2024"]


def test_people_fill_what_only_they_know_and_the_plan_stays_as_frozen(folder):
    place = folder()
    text = (place / "pilot.yaml").read_text(encoding="utf-8")
    (place / "pilot.yaml").write_text(text.replace(*GIVEN), encoding="utf-8")
    pilot = ebpm.read_pilot(place)
    found = checklist(pilot.evaluate(), "ja")
    assert next(one.said for one in found.items if one.topic == "funding") == "市の予算"
    assert len(pilot.deviations) == 0


def test_an_unknown_topic_is_refused_with_the_nearest(folder):
    with pytest.raises(SpecError, match="funding"):
        ebpm.read_pilot(folder((GIVEN[0], GIVEN[1].replace("funding", "fundng"))))


def test_results_and_reports_carry_the_items(folder):
    evaluation = ebpm.read_pilot(folder()).evaluate()
    kept = json.loads(results_json(evaluation))["reporting"]
    assert (kept["guideline"], len(kept["items"])) == ("CONSORT 2025", 42)
    for lang, word in (("en", "Reporting items"), ("ja", "報告すべき項目")):
        text = ebpm.report(evaluation, lang=lang).text()
        assert word in text
        assert checklist(evaluation, lang).items[1].said in text


def test_a_title_names_its_design_or_not(folder):
    known = [("title: {ja: 小さな事業, en: A small pilot}", "title: {ja: 無作為の事業, en: A randomised pilot}")]
    items = [checklist(ebpm.read_pilot(folder(*change)).evaluate(), "en").items[0] for change in ((), known)]
    assert [one.reported for one in items] == [False, True]
