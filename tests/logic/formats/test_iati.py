"""IATI results: valid under the schema of the standard, both languages, and lossy in words."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ebpm.logic import LogicModel
from ebpm.logic.formats.iati import LANG, span, to_iati
from ebpm.spec import Text
from tests.logic.formats.models import NAMES, model

SCHEMA = Path(__file__).parent / "iati" / "iati-activities-schema.xsd"


def valid(text: str) -> str:
    """Return what the schema finds; "" for nothing."""
    etree = pytest.importorskip("lxml.etree", reason="needs lxml to check against the XSD of IATI 2.03")
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    return "" if schema.validate(etree.fromstring(text.encode())) else str(schema.error_log)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_valid(name, lang):
    assert valid(to_iati(model(name), lang)) == ""


def test_the_schema_can_fail():
    assert valid(to_iati(model()).replace("activity-status", "activity-state")) != ""


@pytest.mark.parametrize("name", NAMES)
def test_every_indicator_of_a_result_is_there_in_both_languages(name):
    before = model(name)
    root = ET.fromstring(to_iati(before))
    titles = {
        lang: [one.text for one in root.iterfind(f".//indicator/title/narrative[@{LANG}='{lang}']")]
        for lang in ("ja", "en")
    }
    stages = {node.id: node.stage for node in before.nodes}
    wanted = [one for one in before.indicators if stages[one.node] in {"output", "outcome", "impact"}]
    for lang in ("ja", "en"):
        assert len(titles[lang]) == len(wanted)
        assert all(any(title.startswith(one.name.words(lang)) for title in titles[lang]) for one in wanted)


def test_values_periods_and_words():
    before = model("data_utilisation_plan")
    root = ET.fromstring(to_iati(before, "en"))
    actuals = [one.get("value") for one in root.iterfind(".//actual")]
    seen = [one for one in before.observations if one.part is None]
    assert len(actuals) <= len(seen)
    assert {value for value in actuals if value} <= {
        f"{one.value:.0f}" if float(one.value).is_integer() else repr(one.value)
        for one in seen
        if one.value is not None
    }
    for period in root.iterfind(".//period"):
        start, end = (period.find(f"period-{end}").get("iso-date") for end in ("start", "end"))
        assert start < end
    assert valid(to_iati(before)) == ""


def test_what_is_lost_is_said():
    for lang, word in (("ja", "つながり"), ("en", "no links")):
        assert word in to_iati(model(), lang).split("-->")[0]


def test_a_target_with_words_and_a_strange_text_stay_valid():
    from ebpm.logic.parts import Target

    before = model()
    one = before.indicators[0].model_copy(
        update={
            "name": Text(ja="<&>\x0b--", en="a"),
            "targets": (Target(value=5, date="2020"), Target(value="半減", date="2020-02", rationale=Text(ja="理由"))),
            "valid_range": None,
        }
    )
    text = to_iati(
        LogicModel.model_validate(before.model_copy(update={"indicators": (one,)}).model_dump(by_alias=True))
    )
    assert valid(text) == ""
    assert '<target value="5" />' in text
    assert "半減 理由" in text


def test_a_date_is_the_span_that_it_names():
    assert span("2020") == ("2020-01-01", "2020-12-31")
    assert span("2020-02") == ("2020-02-01", "2020-02-29")
    assert span("2020-02-03") == ("2020-02-03", "2020-02-03")
