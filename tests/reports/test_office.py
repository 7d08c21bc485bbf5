"""Word and Excel files: what offices and readers of screens find in them, and the same bytes on every run."""

import io
import re
from zipfile import ZipFile

import pytest

import ebpm

docx = pytest.importorskip("docx")


@pytest.fixture(scope="module", params=["ja", "en"])
def told(request, evaluation):
    return request.param, ebpm.report(evaluation, lang=request.param)


def test_word_has_headings_tables_with_repeated_headers_and_pictures_with_words(told):
    lang, report = told
    document, file = report.document(), docx.Document(io.BytesIO(report.content(".docx")))
    headings = [one.text for one in file.paragraphs if one.style.name == "Heading 1"]
    assert headings == [one.title for one in document.sections]
    assert file.paragraphs[1].text == document.title
    assert file.paragraphs[1].style.name == "Title"
    assert len(file.tables) == sum(
        block.kind in {"numbers", "picture"} for one in document.sections for block in one.blocks
    )
    assert all(table.rows[0]._tr.trPr.xpath("w:tblHeader") for table in file.tables)
    pictures = file.element.body.xpath(".//wp:docPr")
    assert [one.get("descr") for one in pictures] == [one.alt for one in document.figures()]
    assert file.core_properties.language == {"ja": "ja-JP", "en": "en-GB"}[lang]
    assert any(report.evaluation.headline.sentence(lang) in one.text for one in file.paragraphs)


def test_excel_has_a_sheet_a_table_with_numbers_as_numbers(told):
    from openpyxl import load_workbook

    lang, report = told
    book = load_workbook(io.BytesIO(report.content(".xlsx")))
    sheet = next(one for one in book.worksheets if one["A1"].value == report.evaluation.table(lang).caption)
    headings = [cell.value for cell in sheet[2]]
    assert headings == list(report.evaluation.table(lang).headings(lang))
    assert sheet.cell(3, 3).value == pytest.approx(report.evaluation.headline.estimate, rel=1e-14)
    assert sheet.freeze_panes == "A3"
    assert sheet.print_title_rows == "$1:$2"
    assert not any(cell.data_type == "f" for one in book.worksheets for row in one.iter_rows() for cell in row)
    assert all(len(one.title) <= 31 for one in book.worksheets)


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_the_same_bytes_on_every_run(evaluation, ending):
    first, second = (ebpm.report(evaluation, lang="ja").content(ending) for _ in range(2))
    assert first == second
    with ZipFile(io.BytesIO(first)) as parts:
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not re.search(rb"20[0-9]{2}-[0-9]{2}-[0-9]{2}T", parts.read("docProps/core.xml"))


def test_a_cell_is_never_a_formula():
    from ebpm.reports.excel import _value

    assert _value("=cmd()", "=cmd()") == "'=cmd()"
    assert _value(1.5, "1.5") == 1.5
    assert _value(float("inf"), "∞") == "∞"
