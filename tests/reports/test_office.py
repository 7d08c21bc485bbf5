"""Word and Excel files: what offices and readers of screens find in them, and the same bytes on every run."""

import io
import re
from functools import partial
from zipfile import ZipFile

import pytest

import ebpm
from ebpm.reports.blocks import Document, Numbers, Section
from ebpm.reports.office import length, widths
from ebpm.reports.word import word
from ebpm.reports.word_parts import CHARACTER
from ebpm.table import Table

docx = pytest.importorskip("docx")


@pytest.fixture(scope="module", params=["ja", "en"])
def told(request, evaluation, document, written):
    """Return language, page and how it is in a format."""
    return request.param, document(evaluation, "full", request.param), partial(written, evaluation, lang=request.param)


def test_word_has_headings_tables_with_repeated_headers_and_pictures_with_words(told, evaluation):
    lang, page, content = told
    file = docx.Document(io.BytesIO(content(".docx")))
    headings = [one.text for one in file.paragraphs if one.style.name == "Heading 1"]
    assert headings == [one.title for one in page.sections]
    assert file.paragraphs[1].text == page.title
    assert file.paragraphs[1].style.name == "Title"
    assert len(file.tables) == sum(
        block.kind in {"numbers", "picture"} for one in page.sections for block in one.blocks
    )
    assert all(table.rows[0]._tr.trPr.xpath("w:tblHeader") for table in file.tables)
    pictures = file.element.body.xpath(".//wp:docPr")
    assert [one.get("descr") for one in pictures] == [one.alt for one in page.figures()]
    assert file.core_properties.language == {"ja": "ja-JP", "en": "en-GB"}[lang]
    assert any(evaluation.headline.sentence(lang) in one.text for one in file.paragraphs)


def test_excel_has_a_sheet_a_table_with_numbers_as_numbers(told, evaluation):
    from openpyxl import load_workbook

    lang, _, content = told
    book = load_workbook(io.BytesIO(content(".xlsx")))
    sheet = next(one for one in book.worksheets if one["A1"].value == evaluation.table(lang).caption)
    headings = [cell.value for cell in sheet[2]]
    assert headings == list(evaluation.table(lang).headings(lang))
    assert sheet.cell(3, 3).value == pytest.approx(evaluation.headline.estimate, rel=1e-14)
    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$1:$2"
    assert not any(cell.data_type == "f" for one in book.worksheets for row in one.iter_rows() for cell in row)
    assert all(len(one.title) <= 31 for one in book.worksheets)


def test_every_figure_of_excel_stands_below_its_table_with_words_for_those_who_cannot_see_it(told):
    from xml.etree import ElementTree as ET

    _, page, content = told
    with ZipFile(io.BytesIO(content(".xlsx"))) as parts:
        drawings = sorted(name for name in parts.namelist() if re.fullmatch(r"xl/drawings/drawing\d+\.xml", name))
        found = [
            one for name in drawings for one in ET.fromstring(parts.read(name)).iter() if one.tag.endswith("cNvPr")
        ]
    assert [one.get("descr") for one in found] == [one.alt for one in page.figures()]


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_the_same_bytes_on_every_run(evaluation, written, ending):
    first, second = written(evaluation, ending, "ja"), ebpm.report(evaluation, lang="ja").content(ending)
    assert first == second
    with ZipFile(io.BytesIO(first)) as parts:
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not re.search(rb"20[0-9]{2}-[0-9]{2}-[0-9]{2}T", parts.read("docProps/core.xml"))


def test_a_cell_is_never_a_formula():
    from ebpm.reports.excel import _value

    assert _value("=cmd()", "=cmd()") == "'=cmd()"
    assert _value(1.5, "1.5") == 1.5
    assert _value(float("inf"), "∞") == "∞"


TEN = ("term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "conf_level", "n")
ROW = ("an analysis with a title of many words that has to be broken somewhere", -0.331684, 0.22782, -1.4559, 23.17, 0.15894, -0.80271, 0.13935, 0.95, 839)  # fmt: skip


def of_tables(*tables):
    return Document("en", "A title", "", "", (Section("results", "Results", tuple(map(Numbers, tables))),), "The foot")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_number_of_ten_columns_is_broken_and_the_width_is_used(lang):
    table = Table(TEN, (ROW, ROW), "ten columns")
    shared = widths(table, lang, 100)
    assert all(width > length(cell) for width, cell in zip(shared[1:], table.cells(lang)[0][1:], strict=True))
    assert sum(shared) == pytest.approx(100)
    assert shared[0] == max(shared)


def test_a_table_too_wide_for_the_page_stands_on_a_page_turned_sideways_and_the_next_words_do_not():
    wide = Table(TEN, ((ROW[0], *(12_345_678.5 for _ in ROW[1:9]), 12_345_678),), "too wide")
    file = docx.Document(io.BytesIO(word(of_tables(Table(TEN, (ROW,), "first"), wide, Table(TEN, (ROW,), "last")))))
    assert [one.page_width > one.page_height for one in file.sections] == [False, True, False]
    broad = file.tables[1]
    across = sum(one.width.cm for one in broad.columns)
    assert across <= file.sections[1].page_width.cm - 2 * file.sections[1].left_margin.cm + 0.1
    assert all(column.width.cm >= length("12,345,678") * CHARACTER for column in list(broad.columns)[1:])


def test_captions_stay_with_their_tables_and_every_page_has_its_number(told):
    _, _, content = told
    file = docx.Document(io.BytesIO(content(".docx")))
    body = list(file.element.body)
    for table in file.tables:
        caption = docx.text.paragraph.Paragraph(body[body.index(table._tbl) - 1], file)
        assert caption.style.name == "Caption"
        assert caption.paragraph_format.keep_with_next
    fields = file.sections[0].footer._element.xpath(".//w:fldSimple/@w:instr")
    assert fields == ["PAGE", "NUMPAGES"]


def test_numbers_stand_to_the_right_in_word():
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    cells = docx.Document(io.BytesIO(word(of_tables(Table(TEN, (ROW,), "one"))))).tables[0].rows[1].cells
    assert [one.paragraphs[0].alignment for one in cells[:2]] == [None, WD_ALIGN_PARAGRAPH.RIGHT]
