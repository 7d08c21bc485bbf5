"""The page in plain words and the slides say what the report says, with fewer words."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

import ebpm
from ebpm.errors import SpecError
from ebpm.pilot.per_cent import per_cent, record_of
from ebpm.pilot.results import results_json
from ebpm.reports.card import _found
from ebpm.reports.figure import _period
from ebpm.table import rounded
from ebpm.texts import label
from tests.reports.page import Page


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_card_says_done_found_sure_and_not_said(evaluation, lang):
    document = ebpm.report(evaluation, lang=lang, shape="card").document()
    assert [one.id for one in document.sections] == ["card_done", "card_found", "card_sure", "card_unsaid"]
    text = ebpm.report(evaluation, lang=lang, shape="card").text(".md")
    head = evaluation.headline
    assert all(rounded(number) in text for number in (head.estimate, head.conf_low, head.conf_high))
    assert all(limit.words(lang) in text for limit in evaluation.spec.limits)
    assert document.banner


def found_by(estimate, unit, verdict="supports", *, half=0.1, margin=0.0, arms=1):
    """Return what the card says was found of a headline of a twin."""
    heads = tuple(
        SimpleNamespace(
            estimate=estimate, conf_low=estimate - half, conf_high=estimate + half, unit=unit, conf_level=0.95, n=12_345, clusters=40,
            estimand="itt", called=lambda _: "leaflet",
        )
        for _ in range(arms)
    )  # fmt: skip
    primary = SimpleNamespace(analysis=SimpleNamespace(routine="rct.pairwise"), estimates=heads)
    told = SimpleNamespace(code=verdict, title=lambda _: verdict, margin=margin)
    evaluation = SimpleNamespace(headline=heads[0], primary=primary, verdict=told)
    return list(_found(evaluation, "en"))


def test_a_number_in_log_points_is_said_in_per_cent():
    _, number, scale = (block.text for block in found_by(-0.25, {"ja": "対数ポイント", "en": "log points"}))
    assert "-22.1 % of what there would have been" in number
    assert "-29.5 % and -13.9 %" in number
    assert "12,345 rows in 40 groups" in number
    assert "(log points)" in scale


@pytest.mark.parametrize(
    ("unit", "verdict"), [("kWh", "supports"), ("log odds ratio", "supports"), ("log points", "no_effect_claim")]
)
def test_other_numbers_are_not(unit, verdict):
    assert len(found_by(0.3, unit, verdict)) == 2


def test_large_numbers_are_written_out():
    assert "The difference was 1,234,568 (yen)" in found_by(1_234_567.8, "yen")[1].text


@pytest.mark.parametrize(
    ("half", "verdict", "said"), [(0.25, "supports", True), (0.1, "supports", False), (0.5, "inconclusive", False)]
)
def test_a_range_that_holds_what_is_too_small_to_matter_says_so(half, verdict, said):
    told = " ".join(block.text for block in found_by(0.3, "kWh", verdict, half=half, margin=0.1))
    assert ("too small to matter" in told) is said


def test_of_several_arms_the_one_in_the_sentence_is_named():
    assert found_by(0.3, "points", arms=3)[1].lead == "leaflet"
    assert not found_by(0.3, "points")[1].lead


def test_per_cent_are_numbers_of_the_results(evaluation):
    assert per_cent(evaluation) is None
    assert "per_cent" not in json.loads(results_json(evaluation))
    logarithm = replace(evaluation.headline, unit={"ja": "対数ポイント", "en": "log points"})
    told = SimpleNamespace(headline=logarithm, verdict=evaluation.verdict)
    assert record_of(told)["per_cent"]["estimate"] == pytest.approx(100 * (math.exp(logarithm.estimate) - 1))


def test_the_table_of_the_card_has_what_its_picture_shows(evaluation):
    (figure,) = ebpm.report(evaluation, lang="en", shape="card").document().figures()
    assert figure.table.columns == ("analysis", "estimate", "conf_low", "conf_high", "unit", "n")
    margin = evaluation.primary.analysis.margin
    assert all(f"±{margin.value:g} {margin.unit.words('en')}" in text for text in (figure.caption, figure.alt))


@pytest.mark.parametrize("shape", ["card", "slides"])
def test_pages_are_whole(evaluation, shape):
    page = Page(ebpm.report(evaluation, lang="ja", shape=shape).text())
    assert not page.unbalanced
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert all(len(attrs["alt"]) > 20 for _, _, attrs in page.all("img"))
    assert evaluation.spec.synthetic
    assert any("banner" in (attrs.get("class") or "") for _, _, attrs in page.all("p"))


def test_no_other_shape(evaluation):
    with pytest.raises(SpecError, match="poster"):
        ebpm.report(evaluation, shape="poster")


@pytest.mark.parametrize(
    ("kind", "said"), [("month", "month"), ("year", "year"), ("fiscal_year", "fiscal_year"), ("number", "")]
)
def test_figures_by_period_say_what_a_period_is(kind, said):
    column = SimpleNamespace(name="when", type=kind)
    evaluation = SimpleNamespace(spec=SimpleNamespace(data=(SimpleNamespace(id="firms", columns=(column,)),)))
    result = SimpleNamespace(analysis=SimpleNamespace(data="firms", arguments={"time": "when"}))
    assert _period(evaluation, result) == said
    assert not said or label(f"caption_period_{said}", "ja").startswith("1 期間は 1 ")
