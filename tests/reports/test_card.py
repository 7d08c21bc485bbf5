"""The page in plain words and the slides say what the report says, with fewer words."""

from types import SimpleNamespace

import pytest

import ebpm
from ebpm.errors import SpecError
from ebpm.reports.card import _found
from tests.reports.page import Page


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_card_says_done_found_sure_and_not_said(evaluation, lang):
    document = ebpm.report(evaluation, lang=lang, shape="card").document()
    assert [one.id for one in document.sections] == ["card_done", "card_found", "card_sure", "card_unsaid"]
    text = ebpm.report(evaluation, lang=lang, shape="card").text(".md")
    head = evaluation.headline
    assert all(f"{number:.4g}" in text for number in (head.estimate, head.conf_low, head.conf_high))
    assert all(limit.words(lang) in text for limit in evaluation.spec.limits)
    assert document.banner


def found_by(estimate, unit, verdict="supports"):
    """Return what the card says was found of a headline of a twin."""
    head = SimpleNamespace(
        estimate=estimate, conf_low=estimate - 0.1, conf_high=estimate + 0.1, unit=unit, conf_level=0.95, n=12_345, clusters=40
    )  # fmt: skip
    evaluation = SimpleNamespace(headline=head, verdict=SimpleNamespace(code=verdict, title=lambda _: verdict))
    return [block.text for block in _found(evaluation, "en")]


def test_a_number_in_log_points_is_said_in_per_cent_as_well():
    told = found_by(-0.25, {"ja": "対数ポイント", "en": "log points"})
    assert "-0.25 (log points)" in told[1]
    assert "12,345 rows in 40 groups" in told[1]
    assert "-22.1 %" in told[2]
    assert "-29.5 % and -13.9 %" in told[2]


@pytest.mark.parametrize(
    ("unit", "verdict"), [("kWh", "supports"), ("log odds ratio", "supports"), ("log points", "no_effect_claim")]
)
def test_other_numbers_are_not(unit, verdict):
    assert len(found_by(0.3, unit, verdict)) == 2


def test_large_numbers_are_written_out():
    assert "The difference was 1,234,568 (yen)" in found_by(1_234_567.8, "yen")[1]


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
