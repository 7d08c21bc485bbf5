"""From a file to a typed table: repairs are counted, refusals listed, and nothing is lost."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from ebpm.errors import DataError

ID = "name: id, type: text, role: id, required: true"
N = "name: n, type: integer"
X = "name: x, type: number, unit: kWh, range: [-50, 3000]"


def notice(found, code, about=None):
    return next(one for one in found.notices if one.code == code and about in {None, one.about})


def test_types(reading):
    columns = (
        ID,
        N,
        "name: x, type: number",
        "name: arm, type: code, codes: {0: control, 1: programme}",
        "name: area, type: code, codes: {'01': 鶴見区, '02': 神奈川区}",
        "name: ok, type: boolean",
        "name: day, type: date",
        "name: month, type: month",
        "name: year, type: year",
        "name: fy, type: fiscal_year",
    )
    found = reading(
        "id,n,x,arm,area,ok,day,month,year,fy\n001,5,0.1,1,01,○,R1.5.1,2019年4月,2019,令和元年度\n", *columns
    )
    kinds = {name: dtype.kind for name, dtype in found.frame.dtypes.items() if dtype.kind != "O"}
    assert {name: kinds[name] for name in ("n", "x", "arm", "ok", "day", "year", "fy")} == {
        "n": "i", "x": "f", "arm": "i", "ok": "b", "day": "M", "year": "i", "fy": "i",
    }  # fmt: skip
    assert found.frame.drop(columns="day").iloc[0].tolist() == ["001", 5, 0.1, 1, "01", True, "2019-04", 2019, 2019]
    assert found.frame.day[0] == pd.Timestamp(2019, 5, 1)


def test_each_repair_is_a_notice_with_its_count(reading):
    table = (
        "id,n,x\n"
        "Ａ１,１２,▲5\n"
        " A2 ,1.0,\"1,200\"\n"
        "A3,'7,30kWh\n"
        "A4,-99,－99\n"
    )  # fmt: skip
    found = reading(
        table, ID, "name: n, type: integer, missing_codes: ['-99']", X.replace("range", "missing_codes: ['-99'], range")
    )
    counts = {(one.code, one.about): one.facts["count"] for one in found.notices}
    assert counts == {
        ("T003", "id"): 1, ("T008", "id"): 1, ("T003", "n"): 1, ("T012", "n"): 1, ("T010", "n"): 1, ("T007", "n"): 1,
        ("T005", "x"): 1, ("T004", "x"): 1, ("T009", "x"): 1, ("T007", "x"): 1,
    }  # fmt: skip
    assert found.frame.id.tolist() == ["A1", "A2", "A3", "A4"]
    assert found.frame.n.tolist()[:3] == [12, 1, 7]
    assert np.isnan(found.frame.n[3])
    assert found.frame.x.tolist()[:3] == [-5, 1200, 30]
    assert np.isnan(found.frame.x[3])


def test_a_clean_file_has_no_notice(reading):
    found = reading("id,n\nA,1\nB,2\n", ID, N)
    assert (len(found.notices), found.refusals, found.rows_in, found.rows_used) == (0, (), 2, 2)


def test_missing_codes_of_a_number_match_by_value(reading):
    found = reading("id,x\nA,-99.0\nB,-99\nC,▲99\nD,-9\n", ID, "name: x, type: number, missing_codes: ['-99']")
    assert found.frame.x.isna().tolist() == [True, True, True, False]
    assert notice(found, "T007").facts["count"] == 3


def test_names_are_stored_as_they_stand_but_keys_are_normalised(reading):
    found = reading("id,name\nＡ①,㈱髙島屋　①号 ㎡～\n", ID, "name: name, type: text")
    assert found.frame.iloc[0].tolist() == ["A1", "㈱髙島屋　①号 ㎡～"]


def test_leading_zeros_survive(reading):
    assert reading("id\n00123\n", ID).frame.id[0] == "00123"


def test_labels_and_widths_of_codes(reading):
    found = reading("id,arm\na,対照\nb,１\nc,1.0\nd,programme\n", ID,
                    "name: arm, type: code, codes: {0: {ja: 対照, en: control}, 1: {ja: 実施, en: programme}}")  # fmt: skip
    assert found.frame.arm.tolist() == [0, 1, 1, 1]
    assert notice(found, "T011").facts["count"] == 2


def test_whole_numbers_with_gaps_are_floats_and_without_are_not(reading):
    assert reading("id,n\na,1\nb,\n", ID, N).frame.n.dtype == np.float64
    assert reading("id,n\na,1\nb,2\n", ID, N).frame.n.dtype == np.int64


def test_every_refusal_is_listed_with_row_column_value_and_remedy(reading):
    table = "id,n,x\nA,12,5\nB,約12,5000\nC,x,\n,3,4\nD,#REF!,1\n"
    found = reading(table, ID, N, X, max_refused=0.9)
    assert [(one.row, one.column, one.value, one.code) for one in found.refusals] == [
        (3, "n", "約12", "T021"), (3, "x", "5000", "T032"), (4, "n", "x", "T020"), (5, "id", "", "T031"), (6, "n", "#REF!", "T034"),
    ]  # fmt: skip
    assert (found.rows_in, found.rows_used, found.rows_refused) == (5, 1, 4)
    assert found.refused.to_frame().columns.tolist() == ["row", "column", "value", "code", "remedy"]
    assert found.refused.to_frame().remedy.str.len().min() > 10
    assert notice(found, "T037").facts == {"count": 4, "rows": 5, "share": "80.0"}


def test_too_many_refusals_are_an_error_that_lists_them(reading):
    table = "id,n\n" + "".join(f"A{i},約{i}\n" for i in range(30)) + "B,1\n"
    with pytest.raises(DataError) as error:
        reading(table, ID, N)
    assert error.value.code == "data_too_many_refused"
    text = error.value.explain("en")
    assert "30 of 31 rows" in text
    assert "2: n = '約0': T021" in text
    assert "+10" in text
    assert "概数" in error.value.explain("ja")
    assert "概数" not in text


def test_a_wrong_type_refuses_every_row_whatever_the_limit(reading):
    with pytest.raises(DataError) as error:
        reading("id,n\nA,east\nB,west\n", ID, N, max_refused=1)
    assert error.value.facts["refused"] == 2


def test_row_rules(reading):
    rules = "[{id: r1, left: a, op: '<=', right: b, text: x}, {id: r2, left: b, op: '>', right: 0, text: x}]"
    found = reading(
        "a,b\n1,2\n3,2\n,1\n0,0\n", "name: a, type: integer", "name: b, type: integer", rules=rules, max_refused=0.5
    )
    assert [(one.row, one.column, one.code) for one in found.refusals] == [(3, "a", "T033"), (5, "b", "T033")]
    assert found.refusals[0].value == "3; r1: a <= b = 2"
    assert found.rows_used == 2


def test_row_rules_between_months(reading):
    rules = "[{id: r, left: a, op: '<=', right: b, text: x}]"
    found = reading(
        "a,b\n2019-04,R1.5\n2019-06,R1.5\n",
        "name: a, type: month",
        "name: b, type: month",
        rules=rules,
        max_refused=0.5,
    )
    assert [one.row for one in found.refusals] == [3]


def test_ranges_of_months_and_days(reading):
    found = reading("m,d\n2019-04,2019-04-01\n2018-04,2019-04-01\n2019-04,2021-01-01\n",
                    "name: m, type: month, range: ['2019-04', null]", "name: d, type: date, range: [null, '2020-12-31']",
                    max_refused=0.7)  # fmt: skip
    assert [(one.row, one.column) for one in found.refusals] == [(3, "m"), (4, "d")]


def test_duplicate_keys_are_an_error_with_all_keys_and_rows(reading):
    table = "id,m,n\nA,2019-04,1\nＡ,R1.4,2\nB,2019-04,3\nC,2019-04,1\nC,2019-04,1\n"
    with pytest.raises(DataError) as error:
        reading(table, ID, "name: m, type: month", N, keys="[id, m]")
    text = error.value.explain("en")
    assert "id=A, m=2019-04: rows 2, 3" in text
    assert "id=C, m=2019-04: rows 5, 6" in text
    assert "more than once: 2" in text
    assert "2, 3 行目" in error.value.explain("ja")


def test_missing_columns_are_all_named_with_the_nearest(reading):
    with pytest.raises(DataError) as error:
        reading(
            "pupil_id,kw,other\n1,2,3\n",
            "name: pupil, type: text",
            "name: kwh, type: number",
            "name: zzz, type: text, header: 学年",
        )
    text = str(error.value)
    assert error.value.code == "data_columns_missing"
    assert "pupil, kwh, 学年" in text
    assert "kwh → kw" in text


def test_a_header_further_down_is_pointed_at(reading):
    table = "令和元年度 調査結果,\n\nid,n\nA,1\n"
    with pytest.raises(DataError, match="header_row: 3"):
        reading(table, ID, N)
    assert reading(table, ID, N, header_row=3).rows_used == 1


def test_headings_that_stand_twice(reading):
    with pytest.raises(DataError) as error:
        reading("id,n,n\nA,1,2\n", ID, N)
    assert "n: 2, 3" in str(error.value)
    found = reading("id,曜日,曜日,,\nA,1,2,,\nB,1,2,,\n", ID)
    assert notice(found, "T014").facts["columns"] == "曜日 (×2)"
    assert notice(found, "T015").facts["count"] == 2


def test_blank_rows_and_footnotes_are_set_aside_and_told(reading):
    found = reading("id,n\nA,1\n　,\nB,2\n,\n※１ 速報値,\n注）秘匿を含む,\n", ID, N)
    assert found.rows_in == found.rows_used == 2
    assert notice(found, "T016").facts == {"count": 1, "rows": "3"}
    assert notice(found, "T017").facts == {"count": 2, "row": 6, "text": "※１ 速報値"}


def test_a_remark_between_rows_is_not_taken_for_a_footnote(reading):
    found = reading("id,n\nA,1\n※ここから速報,\nB,2\n", ID, "name: n, type: integer, required: true", max_refused=0.5)
    assert [(one.row, one.code) for one in found.refusals] == [(3, "T031")]


def test_ragged_rows_are_refused(reading):
    found = reading("id,n\nA,1\nB\nC,1,2\nD,1,,\n", ID, N, max_refused=0.5)
    assert [(one.row, one.value, one.code) for one in found.refusals] == [(3, "1", "T035"), (4, "3", "T035")]
    assert found.frame.id.tolist() == ["A", "D"]


def test_rows_are_counted_as_a_spreadsheet_does(reading):
    found = reading('id,n\n"A\nB",1\nC,x\n', ID, N, max_refused=0.5)
    assert found.refusals[0].row == 3
    assert found.frame.id[0] == "A\nB"


def test_the_digest_is_that_of_the_bytes(reading):
    content = "id\nA\n".encode("cp932")
    assert reading(content, ID).digest == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_summary_counts_and_says_synthetic(reading, lang):
    found = reading("id,n\nA,１\nB,x\n", ID, N, max_refused=0.5)
    text = found.summary(lang)
    assert {"ja": "模擬データ", "en": "SYNTHETIC"}[lang] in text
    assert {"ja": "読み込んだ行(行) 2 = 使った行 1 + 受け入れなかった行 1", "en": "read 2 = used 1 + refused 1"}[
        lang
    ] in text
    assert "T020" in text
    assert "<caption>Cells that were refused</caption>" in found._repr_html_()


def test_a_reading_is_frozen(reading):
    with pytest.raises(AttributeError):
        reading("id\nA\n", ID).rows_in = 3


def test_the_registered_package_is_read_with_a_digest(tmp_path):
    from ebpm import data
    from tests.data.conftest import contract

    columns = ["name: fcode, type: integer, role: unit", "name: year, type: year, role: time", "name: lscrap, type: number",
               "name: grant, type: code, codes: {0: none, 1: grant}"]  # fmt: skip
    table = contract(*columns, path="''", package="linearmodels.datasets.jobtraining", keys="[fcode, year]")
    found = data.read(table, tmp_path)
    assert (found.rows_used, found.frame.fcode.nunique(), found.frame.lscrap.notna().sum()) == (471, 157, 162)
    assert found.digest == data.read(table, tmp_path).digest
