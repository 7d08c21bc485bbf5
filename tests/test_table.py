"""One table, four forms: DataFrame, text, Markdown, HTML."""

from __future__ import annotations

import dataclasses
import unicodedata
from html.parser import HTMLParser

import pytest

from ebpm.errors import SpecError
from ebpm.estimate import Unavailable
from ebpm.table import Table


@pytest.fixture
def table():
    rows = (("対照校(20校)", 1.23456, 12345), ("control", -0.5, 7))
    return Table(("term", "estimate", "n"), rows, "Effect & <size>")


def width(line):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def test_full_width_characters_take_two_places_in_text(table):
    lines = table.to_text("ja").splitlines()
    assert [width(line) for line in lines] == [width(lines[0])] * 3
    assert lines[0].startswith("項")
    assert lines[1] == "対照校(20校)   1.235  12,345"


def test_text_is_in_english_where_asked(table):
    assert table.to_text("en").splitlines()[0].split() == ["Term", "Estimate", "n"]


def test_a_frame_keeps_every_digit(table):
    frame = table.to_frame()
    assert list(frame.columns) == ["term", "estimate", "n"]
    assert frame["estimate"][0] == 1.23456


def test_markdown_has_a_rule_and_escapes_bars():
    lines = Table(("term", "estimate"), (("a|b", 1.0),)).to_markdown("en").splitlines()
    assert lines == ["| Term | Estimate |", "| --- | --: |", "| a\\|b | 1 |"]


class Outline(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def of(self, wanted):
        return [attributes for tag, attributes in self.tags if tag == wanted]


def test_html_has_a_caption_and_the_scope_of_every_heading(table):
    outline = Outline(table.to_html("en"))
    assert len(outline.of("caption")) == 1
    assert [heading.get("scope") for heading in outline.of("th")] == ["col"] * 3 + ["row"] * 2
    assert "Effect &amp; &lt;size&gt;" in table.to_html()


def test_html_marks_numbers_for_alignment(table):
    cells = Outline(table.to_html()).of("td")
    assert [cell.get("class") for cell in cells] == ["number"] * 4


def test_records_become_a_table_in_their_order():
    table = Table.of([{"estimate": 1.0, "term": "a"}, {"term": "b", "estimate": 2.0}])
    assert table.columns == ("estimate", "term")
    assert table.rows == ((1.0, "a"), (2.0, "b"))


def test_no_records_are_an_empty_table():
    assert Table.of([]).rows == ()
    assert Table(("term",), ()).to_text("en") == "Term"


def test_a_reason_stands_where_a_number_cannot():
    table = Table(("term", "std_error"), (("a", Unavailable("no_variation")),))
    assert "there is no variation" in table.to_text("en")


def test_an_unknown_column_is_met_with_the_nearest():
    with pytest.raises(SpecError, match="The nearest: estimate") as caught:
        Table(("estimat",), ())
    assert caught.value.code == "unknown_table_column"


def test_a_table_is_frozen(table):
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.rows = ()


def test_infinite_degrees_of_freedom_are_shown_as_such():
    assert "∞" in Table(("term", "df"), (("a", float("inf")),)).to_text("en")


def test_a_reason_is_in_the_language_of_the_table():
    table = Table(("term", "std_error"), (("a", Unavailable("no_variation")),))
    assert all("ばらつきがありません" in form("ja") for form in (table.to_text, table.to_markdown, table.to_html))


def test_a_p_value_is_never_shown_as_zero():
    table = Table(("term", "p_value"), (("a", 1e-9), ("b", 0.0), ("c", 0.25)))
    assert [row[1] for row in table.cells("en")] == ["<0.0001", "<0.0001", "0.2500"]
