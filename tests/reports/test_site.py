"""The site of evaluations: every link leads to a file, the table sets them beside one another, the search finds words of the reports."""

from typing import get_args

import pytest

from ebpm.pilot.spec import Design
from ebpm.reports.site import compared, site
from ebpm.texts import LANGUAGES, label
from tests.reports.page import Page
from tests.reports.test_browser import CHROMIUM, browse

TYPED = """<script>
const field = document.getElementById("query");
field.value = WORD; field.dispatchEvent(new Event("input"));
document.title = [...document.querySelectorAll(".entries > li")].filter(one => !one.hidden).length + "/" + document.getElementById("hits").textContent;
</script>"""


@pytest.fixture(scope="module")
def files(evaluation):
    return site([evaluation])


def test_every_link_leads_to_a_file(files):
    for page in ("index.html", "index.en.html"):
        links = [attrs["href"] for _, _, attrs in Page(files[page].decode()).all("a")]
        assert len(links) == 7
        assert all(href == "#main" or href in files for href in links)


@pytest.mark.parametrize(("name", "lang"), [("index.html", "ja"), ("index.en.html", "en")])
def test_pages_are_whole_and_ask_for_nothing(files, evaluation, name, lang):
    text = files[name].decode()
    page = Page(text)
    assert not page.unbalanced
    assert page.all("html")[0][2]["lang"] == lang
    assert evaluation.verdict.title(lang) in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_the_table_holds_the_headline(evaluation):
    row = compared([evaluation], "en").rows[0]
    assert row[2:5] == (evaluation.headline.estimate, evaluation.headline.conf_low, evaluation.headline.conf_high)
    assert row[6] == evaluation.verdict.title("en")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)")
@pytest.mark.parametrize(("word", "found"), [("Satterthwaite", "1/1"), ("省エネ　学校", "1/1"), ("no such word", "0/")])
def test_the_search_looks_into_the_reports(files, tmp_path, word, found):
    text = files["index.html"].decode().replace("</body>", TYPED.replace("WORD", repr(word)) + "</body>")
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    page = Page(browse("--dump-dom", (tmp_path / "index.html").as_uri()))
    assert page.text(page.all("title")[0][0]).startswith(found)


def test_every_design_has_a_name_in_the_comparison():
    names = {lang: [label(f"design_{one}", lang) for one in get_args(Design)] for lang in LANGUAGES}
    assert all(len(set(told)) == len(get_args(Design)) for told in names.values())
