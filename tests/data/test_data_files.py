"""Files that cannot be read say why, where and what to do; files that can are read whatever they are called."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from ebpm import data
from ebpm.errors import DataError
from tests.data.conftest import contract

ID = "name: id, type: text, role: id"
N = "name: n, type: integer"
TABLE = "id,n\n東,1\n西,2\n"


def refused(reading, content, *columns, **more):
    with pytest.raises(DataError) as error:
        reading(content, *(columns or (ID, N)), **more)
    for lang in ("ja", "en"):
        assert all((error.value.what(lang), error.value.given(lang), error.value.remedy(lang)))
        assert "/tmp" not in error.value.explain(lang)
    return error.value


def workbook(rows, **change) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for area in change.get("merge", ()):
        sheet.merge_cells(area)
    for title in change.get("more", ()):
        book.create_sheet(title).append(["x"])
    for cell, shown in change.get("formats", {}).items():
        sheet[cell].number_format = shown
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("content", "codes"), [
    (TABLE.encode(), ()),
    (TABLE.encode("utf-8-sig"), ("T002",)),
    (TABLE.encode("cp932"), ("T001",)),
    ("id,n\r\n㈱①髙﨑,1\r\n".encode("cp932"), ("T001", "T003")),
])  # fmt: skip
def test_the_ladder_of_encodings(reading, content, codes):
    assert reading(content, ID, N).notices.codes == codes


def test_mixed_encodings_name_the_first_bad_line_and_byte(reading):
    content = "id,n\n東,1\n".encode() + "横浜,2\n".encode("cp932") + "北,3\n".encode()
    error = refused(reading, content)
    assert (error.code, error.facts["line"], error.facts["column"], error.facts["byte"]) == (
        "data_mixed_encodings",
        3,
        1,
        "0x89",
    )
    assert error.facts["utf8"] == "2, 4"


def test_a_byte_order_mark_before_another_encoding_is_mixed(reading):
    assert refused(reading, b"\xef\xbb\xbf" + TABLE.encode("cp932")).code == "data_mixed_encodings"


def test_half_width_kana_in_cp932_are_not_taken_for_utf8(reading):
    found = reading("id,n\nﾃｽﾄ,1\nﾃｽ,2\n".encode("cp932"), "name: id, type: text", N)
    assert found.frame.id.tolist() == ["ﾃｽﾄ", "ﾃｽ"]


@pytest.mark.parametrize(("content", "code"), [
    (b"", "data_empty_file"),
    (b"\r\n \n", "data_empty_file"),
    (b"\xef\xbb\xbf", "data_empty_file"),
    (b"id,n\n", "data_header_only"),
    (b"id,n\n,\n,\n", "data_header_only"),
    ("id,n\n※ 該当なし,\n".encode(), "data_header_only"),
    (TABLE.encode("utf-16"), "data_not_text"),
    (b"\x00\x01\x02", "data_not_text"),
    (b"id,n\n\x81\x20,1\n", "data_unknown_encoding"),
    ("id,n\n東京都,1\n".encode("euc_jp")[:6] + b"\xff\xa0\x81\n", "data_unknown_encoding"),
    (b'id,n\n"A,1\nB,2\n', "data_csv_broken"),
    (b'id,n\n"A"x,1\n', "data_csv_broken"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "data_old_excel"),
    (b"PK\x03\x04 not a workbook", "data_excel_broken"),
    (b"name,value\nA,1\n", "data_columns_missing"),
    (b"id\tn\nA\t1\n", "data_other_separator"),
    (b"id;n\nA;1\n", "data_other_separator"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_in_three_parts(reading, content, code):
    assert refused(reading, content).code == code


def test_an_unclosed_quotation_mark_does_not_swallow_the_file(reading):
    error = refused(reading, 'id,n\nA,1\n"B,2\nC,3\n')
    assert error.code == "data_csv_broken"


def test_a_file_that_is_not_there_names_its_neighbour(tmp_path):
    (tmp_path / "households.csv").write_text("x")
    with pytest.raises(DataError) as error:
        data.read(contract(ID, path="household.csv"), tmp_path)
    assert error.value.code == "data_not_found"
    assert "households.csv" in str(error.value)
    with pytest.raises(DataError, match="not there"):
        data.read(contract(ID, path="nowhere/household.csv"), tmp_path)


def test_a_folder_is_not_readable(tmp_path):
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError) as error:
        data.read(contract(ID), tmp_path)
    assert error.value.code == "data_not_readable"


def test_an_unknown_package_is_refused():
    with pytest.raises(DataError) as error:
        data.read(contract(ID, path="''", package="os.path"))
    assert error.value.code == "data_unknown_package"
    assert "linearmodels.datasets.jobtraining" in str(error.value)


def test_a_package_that_is_not_installed_names_it(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "linearmodels.datasets", None)
    with pytest.raises(DataError, match="pip install linearmodels"):
        data.read(contract(ID, path="''", package="linearmodels.datasets.jobtraining"))


def test_a_workbook_is_read_like_a_csv(reading):
    rows = [
        ["id", "n", "day", "month", "x", "area"],
        ["東", 1, date(2019, 4, 1), datetime(2019, 5, 1), 0.1, 1],  # noqa: DTZ001
        ["西", "２", "R1.5.1", "R1.5", 3.0, 14],
    ]
    found = reading(workbook(rows, formats={"F2": "000", "F3": "000"}), ID, N, "name: day, type: date", "name: month, type: month",
                    "name: x, type: number", "name: area, type: text", path="t.xlsx")  # fmt: skip
    assert found.frame.drop(columns="day").to_numpy().tolist() == [
        ["東", 1, "2019-05", 0.1, "001"],
        ["西", 2, "2019-05", 3.0, "014"],
    ]
    assert [str(day.date()) for day in found.frame.day] == ["2019-04-01", "2019-05-01"]
    assert "T013" in found.notices


def test_a_workbook_under_the_name_of_a_csv_is_read(reading):
    assert reading(workbook([["id", "n"], ["A", 1]]), ID, N).rows_used == 1


@pytest.mark.parametrize(("area", "harm"), [("A3:A4", True), ("A2:B2", True), ("A1:B1", False), ("A6:B6", False)])
def test_merged_cells_are_refused_where_they_do_harm(reading, area, harm):
    content = workbook(
        [["令和元年度", None], ["id", "n"], ["A", 1], ["B", 2], ["C", 3], ["※ 速報値", None]], merge=[area]
    )
    if harm:
        assert area in str(refused(reading, content, path="t.xlsx", header_row=2))
    elif area == "A6:B6":
        assert reading(content, ID, N, path="t.xlsx", header_row=2).rows_used == 3
    else:
        assert reading(content, ID, N, path="t.xlsx", header_row=2).rows_used == 3


def test_formulas_without_saved_results_are_refused(reading):
    error = refused(reading, workbook([["id", "n"], ["A", "=1+1"]]), path="t.xlsx")
    assert (error.code, error.facts["cells"]) == ("data_formula", "B2")


def test_the_sheet_must_be_clear(reading):
    content = workbook([["id", "n"], ["A", 1]], more=["注"])
    assert refused(reading, content, path="t.xlsx").code == "data_which_sheet"
    assert refused(reading, content, path="t.xlsx", sheet="Shee").code == "data_no_sheet"
    assert reading(content, ID, N, path="t.xlsx", sheet="Sheet").rows_used == 1
    assert refused(reading, workbook([]), path="t.xlsx").code == "data_empty_file"


# ---- files as their offices published them

FILES = Path(__file__).parent / "files"


def published(file: str, *columns: str, **more: object) -> data.Reading:
    return data.read(contract(*columns, path=file, **more), FILES)


def test_national_holidays():
    found = published("syukujitsu.csv", "name: day, type: date, header: 国民の祝日・休日月日",
                      "name: name, type: text, header: 国民の祝日・休日名称", keys="[day]")  # fmt: skip
    assert (found.rows_in, found.rows_used, found.notices.codes) == (1067, 1067, ("T001",))
    assert str(found.frame.day.iloc[0].date()) == "1955-01-01"
    assert found.frame.name.iloc[-1] == "勤労感謝の日"


def test_kobe_shelters():
    columns = ("name: number, header: №, type: integer", "name: name, header: 名称, type: text", "name: lat, header: 緯度, type: number, range: [34, 35]",
               "name: shelter, header: 避難所の利用, type: boolean", "name: post, header: 郵便番号, type: text",
               "name: tsunami, header: 津波, type: code, codes: {○: 可, △: 一部, ×: 不可}, missing_codes: [－]")  # fmt: skip
    found = published("okunai.csv", *columns, keys="[number]")
    assert (found.rows_in, found.rows_used) == (335, 335)
    assert found.notices.codes == ("T001", "T014", "T007")
    assert found.frame.post[0] == "658-0013"
    assert found.frame.tsunami.notna().sum() == 335 - next(
        one.facts["count"] for one in found.notices if one.code == "T007"
    )


def test_kobe_institutions_with_a_byte_order_mark():
    found = published(
        "institution07_20141128.csv",
        "name: id, header: 施設ID, type: text, role: id",
        "name: tel, header: 電話番号, type: text",
        keys="[id]",
    )
    assert (found.rows_used, found.notices.codes) == (250, ("T002", "T014"))
    assert found.frame.tel[0] == "078‐411‐0556"


def test_kobe_services_with_embedded_newlines():
    found = published(
        "mamahure_seido.csv",
        "name: id, header: ID, type: integer, role: id",
        "name: text, header: 内容1, type: text",
        keys="[id]",
    )
    assert found.rows_used == 77
    assert "\n" in found.frame.text[0]


def test_kobe_sights_with_apostrophes():
    found = published(
        "tourism_od2810.csv", "name: post, header: 郵便番号, type: integer", "name: name, header: 名称, type: text"
    )
    assert found.rows_used == 103
    assert {one.code: one.facts["count"] for one in found.notices if one.about == "post"} == {"T010": 103}
    assert found.frame.post[0] == 6500002


def test_kobe_waste_days_with_a_second_header_row_and_blank_headings():
    found = published(
        "gomihaisutu_head.csv",
        "name: ward, header: 区, type: text, required: true",
        "name: town, header: 町, type: text",
        max_refused=0.1,
    )
    assert [(one.row, one.column, one.code) for one in found.refusals] == [(2, "ward", "T031")]
    assert found.rows_in == found.rows_used + 1 == 39
    assert "#6" in next(one for one in found.notices if one.code == "T014").facts["columns"]
