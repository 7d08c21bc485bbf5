"""The page of a plan's progress: what a screen reader and a narrow window need of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebpm.cli import main
from ebpm.logic import blank, read_logic_model
from ebpm.reports.progress import html, sentences, tables
from tests.reports.page import Page

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "logic_models" / "data_utilisation_plan.yaml"


@pytest.fixture(scope="module", params=["ja", "en"])
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def page(lang):
    return Page(html(read_logic_model(PLAN), lang))


def test_it_is_a_document_with_language_title_and_one_heading(page, lang):
    assert page.all("html")[0][2] == {"lang": lang}
    assert page.text(page.all("title")[0][0]) == page.text(page.all("h1")[0][0]) != ""
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert not page.unbalanced
    assert "width=device-width" in str([attrs.get("content") for *_, attrs in page.all("meta")])


def test_everything_stands_in_a_landmark(page):
    body = page.all("body")[0][0]
    inside = " ".join(page.text(page.all(tag)[0][0]) for tag in ("a", "header", "main"))
    assert inside == page.text(body)


def test_tables_scroll_by_keyboard_under_their_names(page):
    regions = [attrs for *_, attrs in page.all("div")]
    captions = [page.text(place) for place, *_ in page.all("caption")]
    assert [one["aria-label"] for one in regions] == captions
    assert all((one["role"], one["tabindex"]) == ("region", "0") for one in regions)
    assert all(attrs["scope"] in {"col", "row"} for *_, attrs in page.all("th"))


def test_the_link_to_the_content_comes_first_and_leads_there(page):
    assert page.all("a")[0][2]["href"] == "#main"
    assert page.all("main")[0][2]["id"] == "main"


def test_it_says_every_value_and_every_sentence(page, lang):
    plan, said = read_logic_model(PLAN), page.text(page.all("main")[0][0])
    values = [cell for table in tables(plan, lang) for row in table.cells(lang) for cell in row]
    assert all(" ".join(text.split()) in said for text in (*values, *sentences(plan, lang)))


def test_a_model_without_observations_has_its_empty_table_and_nothing_more():
    found = Page(html(blank("evening_library", fiscal_year=2026), "en"))
    assert len(found.all("table")) == 1
    assert not found.all("h2", "li")


def test_the_command_prints_the_page_and_nothing_else(tmp_path, capsys):
    assert main(["--lang", "en", "progress", str(PLAN), "--format", "html", "--figures", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out == html(read_logic_model(PLAN), "en")
    assert ".en.svg" in err
