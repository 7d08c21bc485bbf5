"""The structure of the HTML report, in both languages."""

import itertools
import re

import pytest

import ebpm
from ebpm.errors import SpecError
from tests.reports.page import Page

NO_DESCRIPTION = "No description has been provided for this image"


@pytest.fixture(scope="module", params=["ja", "en"])
def told(request, evaluation, written):
    text = written(evaluation, ".html", request.param).decode()
    return request.param, text, Page(text)


def test_language_title_and_one_main_heading(told):
    lang, _, page = told
    assert page.all("html")[0][2]["lang"] == lang
    assert page.text(page.all("title")[0][0])
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert not page.unbalanced


def test_headings_never_skip_a_level(told):
    _, _, page = told
    levels = [int(tag[1]) for _, tag, _ in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_figure_has_alternative_text_and_its_numbers_as_a_table(told):
    _, _, page = told
    images = page.all("img")
    assert len(images) >= 2
    for place, _, attrs in images:
        assert len(attrs["alt"] or "") > 20
        assert attrs["alt"] != NO_DESCRIPTION
        following = [tag for tag, _ in page.elements[place + 1 :]]
        assert "table" in following[: following.index("img") if "img" in following else None]


def test_every_table_has_a_caption_and_scopes(told):
    _, _, page = told
    tables = page.all("table")
    captions = page.all("caption")
    assert len(tables) == len(captions) > 3
    assert all(page.text(place) for place, _, _ in captions)
    assert all(attrs.get("scope") in ("col", "row") for _, _, attrs in page.all("th"))


def test_nothing_is_fetched_from_elsewhere(told):
    _, text, page = told
    links = [
        attrs.get(name) or "" for _, _, attrs in page.all("a", "img", "link", "script") for name in ("href", "src")
    ]
    assert all(link.startswith(("#", "data:")) or not link for link in links)
    assert not re.search(r"url\(\s*['\"]?https?:", text)


def test_synthetic_data_say_so_before_anything_else(told):
    lang, _, page = told
    banner = next(page.text(place) for place, _, attrs in page.all("p") if attrs.get("class") == "banner")
    assert {"ja": "合成データ", "en": "Synthetic data"}[lang] in banner


def test_the_headline_of_the_report_is_the_headline_of_the_evaluation(told, evaluation):
    lang, _, page = told
    assert evaluation.headline.sentence(lang) in page.text(page.all("main")[0][0])
    assert evaluation.verdict.title(lang) in page.text(page.all("main")[0][0])


def test_the_same_evaluation_gives_the_same_bytes(evaluation, written):
    assert ebpm.report(evaluation, lang="ja").content(".html") == written(evaluation, ".html", "ja")


def test_formats_follow_from_the_ending(evaluation, tmp_path):
    report = ebpm.report(evaluation, lang="en", shape="slides")
    assert report.save(tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert report.save(tmp_path / "report.md").read_text(encoding="utf-8").startswith("# ")
    with pytest.raises(SpecError, match=r"\.pdf"):
        report.save(tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_on_paper_no_table_is_cut_and_the_numbers_of_figures_are_shown(told):
    _, text, _ = told
    printed = text[text.index("@media print") : text.index("</style>")]
    assert ".scroll { overflow: visible; }" in printed
    assert "details::details-content { content-visibility: visible;" in printed
    assert "rem" not in re.search(r"html { font-size: ([^;]*)", printed)[1]
