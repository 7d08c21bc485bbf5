"""The forms of offices: their steps in order, blanks blank with the reason beside them."""

from __future__ import annotations

import pytest

from ebpm.logic.formats import export, jigyo, layouts, review
from ebpm.logic.formats.files import Wish
from ebpm.logic.parts import Budget, Target
from ebpm.spec import Text
from tests.logic.formats.models import NAMES, model, workbook


def test_the_steps_of_the_project_plan_sheet_stand_in_their_order():
    titles = [block.title for block in jigyo.page(model(), "ja").blocks]
    words = ("予算額(インプット)", "事業概要(アクティビティ)", "事業指標①(アウトプット)", "事業指標②(アウトカム)")
    assert [word in title for word, title in zip(words, titles, strict=True)] == [True] * 4


def test_an_amount_that_is_not_known_is_blank_with_its_reason():
    budget = jigyo.page(model(), "ja").blocks[0]
    assert budget.rows[0] == ("2019", "", "", "計画書に予算額の記載なし")
    known = model().model_copy(
        update={"model": model().model.model_copy(update={"budget": (Budget(fy=2019, amount_jpy=1234567, fte=0.5),)})}
    )
    assert jigyo.page(known, "en").blocks[0].rows[0] == ("2019", "1,234,567", "0.5", "")


def test_values_that_are_not_known_are_blank_with_their_reason():
    row = next(row for row in jigyo.page(model(), "en").blocks[2].rows if "check sheets" in row[1])
    assert row[3:6] == ("", "", "")
    assert row[6].splitlines() == [
        "Baseline: The number handed out is not published",
        "Target: The plan gives no target",
        "Observed: no reason given",
    ]


def test_values_that_are_known_have_their_dates():
    before = model()
    one = before.indicators[0].model_copy(
        update={"targets": (Target(value=25000.5, date="2021-03"),), "no_target": None}
    )
    row = jigyo.page(before.model_copy(update={"indicators": (one,)}), "en").blocks[2].rows[0]
    assert row[3:5] == ("20,723 (2020-03)", "25,000.5 (2021-03)")


def test_an_outcome_without_indicator_says_why():
    row = jigyo.page(model(), "en").blocks[3].rows[-1]
    assert row[1:6] == ("", "", "", "", "")
    assert row[6].startswith("Indicator: ")


def test_the_review_sheet_goes_by_stages_with_the_reason_of_each_link():
    page = review.page(model(), "en")
    assert [block.title for block in page.blocks] == [
        "Activities", "Outputs", "Short-term outcomes", "Mid-term outcomes", "Long-term outcomes", "Impact", "Self-check",
    ]  # fmt: skip
    first = page.blocks[1].rows[0]
    assert "→ Homes use less electricity and gas: The effect of the lessons" in first[4]
    assert "no rationale given" in first[4]


def test_the_self_check_is_what_the_rules_find_and_leaves_the_judgement_to_the_section():
    before = model()
    bare = before.indicators[0].model_copy(update={"owner": None, "source": None})
    check = review.page(before.model_copy(update={"indicators": (bare, *before.indicators[1:])}), "ja").blocks[-1]
    assert "LM013" in {row[0] for row in check.rows}
    assert {row[3] for row in check.rows} == {""}


@pytest.mark.parametrize("kind", ["jigyo", "review"])
@pytest.mark.parametrize("name", NAMES)
def test_workbook_and_markdown_say_the_same(name, kind):
    before = model(name)
    page = {"jigyo": jigyo, "review": review}[kind].page(before, "ja")
    (book,) = export(before, kind, wish=Wish("ja"))
    (again,) = export(before, kind, wish=Wish("ja"))
    assert book.data == again.data
    sheet = workbook(book.data).worksheets[0]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    texts = [page.title, *page.lines]
    for block in page.blocks:
        texts += [block.title, *(text for row in (block.headings, *block.rows) for text in row if text)]
    assert cells == texts
    (markdown,) = export(before, kind, suffix=".md", wish=Wish("ja"))
    assert all(layouts.escaped(text) in markdown.data.decode() for text in texts)


def test_a_text_that_looks_like_a_formula_stays_a_text():
    before = model()
    node = before.nodes[3].model_copy(update={"text": Text(ja="=HYPERLINK(1)")})
    (book,) = export(
        before.model_copy(update={"nodes": (node,), "edges": (), "indicators": ()}), "jigyo", wish=Wish("ja")
    )
    cell = next(
        cell for row in workbook(book.data).worksheets[0].iter_rows() for cell in row if cell.value == "=HYPERLINK(1)"
    )
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
