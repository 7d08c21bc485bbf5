"""Small counts in tables and sentences, whoever they are about; and what is no count of persons."""

from __future__ import annotations

import io
import json
import zipfile
from xml.sax.saxutils import escape

import pandas as pd
import pytest

from ebpm import disclosure
from ebpm.disclosure.scanning import Known, scan_tables
from ebpm.texts import LANGUAGES
from tests.disclosure.people import reading

TABLE = [("age", "n"), ("20", "40"), ("30", "3")]
FRAME = pd.DataFrame({"age": [20, 30], "n": [40, 3]})
HOUSES = pd.Series(["north"] * 30 + ["far"] * 4, name="ward")
CROSSED = [("", "men", "women", "total"), ("a", "15", "15", "30"), ("b", "18", "5", "23"), ("total", "33", "20", "53")]


@pytest.fixture(scope="module")
def known():
    one = reading()
    return (Known(one.dataset, one.frame, one.refusals),)


def codes(tmp_path, name, data, known, **how):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return scan_tables([tmp_path / name], known, **how).notices.codes


def html(rows):
    return (
        "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"
    )


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def word(rows):
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:t>{escape(cell)}</w:t></w:p></w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    return packed({"word/document.xml": f"<w:document><w:body><w:tbl>{cells}</w:tbl></w:body></w:document>"})


def sheet(rows):
    cells = "".join(
        f'<row r="{line}">'
        + "".join(
            f'<c r="{"ABCD"[place]}{line}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for place, cell in enumerate(row)
            if cell
        )
        + "</row>"
        for line, row in enumerate(rows, 1)
    )
    return packed({"xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>"})


def notebook(text):
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": "",
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": [text]}],
                }
            ]
        }
    )


TABLES = {
    "t.csv": "age,n\n20,40\n30,3\n",
    "excel.csv": "年齢,人数\n20,40\n30,３\n".encode("cp932"),
    "quoted.csv": 'age,"n"\n20,"1,040"\n30,"3"\n',
    "semicolons.csv": "age;n\n20;40\n30;3\n",
    "t.tsv": "age\tn\n20\t40\n30\t3\n",
    "t.md": "| age | n |\n|----:|--:|\n| 20 | 40 |\n| 30 | 3 |\n",
    "printed.txt": FRAME.to_string(),
    "indexed.txt": FRAME.set_index("age").to_string(),
    "counts.txt": str(HOUSES.value_counts()),
    "sizes.txt": str(HOUSES.to_frame().groupby("ward").size()),
    "printed.ipynb": notebook(FRAME.to_string()),
    "t.html": html(TABLE),
    "pre.html": f"<pre>{FRAME.to_string()}</pre>",
    "crossed.html": html(CROSSED),
    "crossed.csv": "\n".join(map(",".join, CROSSED)),
    "crossed.xlsx": sheet(CROSSED),
    "t.docx": word(TABLE),
    "t.xlsx": sheet(TABLE),
    "objects.json": FRAME.to_json(orient="records"),
    "columns.json": FRAME.to_json(),
    "lists.json": json.dumps(FRAME.to_dict("list")),
    "split.json": FRAME.to_json(orient="split"),
    "beside.txt": "死亡者数\t40\t3",
    "withheld_before.csv": "ward,n\nwest,秘匿\nfar,3\n",
    "unit.md": "| 地区 | 対照群(人) |\n|--|--:|\n| 北 | 40 |\n| 島 | 3 |\n",
    "share.csv": "group,n,ill (%)\na,120,2.5\n",
    "fraction.csv": "group,n,share\na,120,0.025\n",
    "with_share.csv": "group,deaths\na,40 (33.3%)\nb,3 (2.5%)\n",
    "bands.txt": "age    female  male\n18-29      3    12\n30-59     40    41\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_small_cell_of_a_table_is_found(name, tmp_path, known):
    assert {"X635", "X636"} & set(codes(tmp_path, name, TABLES[name], known))


SENTENCES = [
    "island: 4 people", "島:4人", "3 of 120 patients", "120人中3人", "３人が", "三人の患者", "four patients died", "three of the respondents",
    "2.5% of 120 patients", "120人の2.5%", "120人中、3人(2.5%)", "2.5% (n = 120)", "3/120 (2.5%)", "人数: 3", "患者数は4", "patients: 3", "死亡3件",
    "only one person", "one patient died", "1 of 120 patients", "120人中1人", "島 1人", "一人が死亡した", "3 elderly people", "two out of 60 pupils",
    "7世帯が申請", "九名", "deaths: 2",
]  # fmt: skip


@pytest.mark.parametrize("said", SENTENCES)
@pytest.mark.parametrize("name", ["note.md", "page.html", "printed.ipynb", "results.json"])
def test_a_small_count_in_a_sentence_is_found(said, name, tmp_path, known):
    whole = f"In the second year. {said}"
    text = {
        "page.html": f"<p>Before <b>it</b>.</p><p>{said}</p>",
        "printed.ipynb": notebook(said),
        "results.json": json.dumps({"note": said}),
    }
    assert "X636" in codes(
        tmp_path, name, text.get(name, whole if said[0].isascii() and said[0].isalpha() else said), known
    )


FINE = [
    "少なくとも 3 人", "10人に1人", "1,004人", "fewer than 3 persons", "1 in 4 patients", "5～9人の世帯", "10万人当たり3人", "3万人", "two groups of people",
    "a 95% interval (n = 120)", "3 of 12 schools", "year,month\n2019,3\n2019,4", "arm,clusters\n0,4\n1,5", "number of schools,rule\n4,a\n5,b", "ward,mean\na,3\nb,4",
    "p = 0.03, df = 4", "数人", "第3人", "1人当たり 3 回", "一人ひとり", "一人暮らしの高齢者", "n,120", "group,n,change (%)\na,120,2.5", "region,億円\n北,3\n南,40\n計,43",
    "one person who knows the programme", "事業を知っている人一人と", "一行一世帯の表", "最も重い 1 人が占める割合", "三十四人", "14人", "3.5人", "at least 4 patients",
    "source,df\nbetween,3\nwithin,116\ntotal,119", "ward,n\nnorth,<10\nsouth,40", "ward,n\nnorth,秘匿\nsouth,40", "n\n120\n", "3,000 people", "12–15 patients", "4 in 10 people",
]  # fmt: skip


@pytest.mark.parametrize("said", FINE)
def test_what_is_no_small_count_passes(said, tmp_path, known):
    assert codes(tmp_path, "note.csv", said, known) == ()


def test_a_heading_of_the_pilots_own_is_known(tmp_path, known):
    text = "ward,会員\nnorth,40\nfar,3\n"
    assert codes(tmp_path, "note.csv", text, known) == ()
    assert codes(tmp_path, "note.csv", text, known, headings=("会員",)) == ("X636",)


@pytest.mark.parametrize("smallest", [3, 4])
def test_the_smallest_cell_is_that_of_the_rules(smallest, tmp_path, known):
    assert (codes(tmp_path, "note.csv", TABLES["t.csv"], known, min_cell=smallest) == ("X636",)) == (smallest > 3)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_place_is_told_and_the_count_is_not(lang, tmp_path):
    (tmp_path / "t.csv").write_text("ward,deaths\nnorth,40\nfar,7\nsouth,33\nwest,7\n")
    found = disclosure.scan([tmp_path], [reading()])
    (notice,) = found.notices
    assert "deaths" in notice.message(lang)
    assert "3, 5" in notice.message(lang)
    assert "t.csv" in notice.message(lang)
    assert "7" not in found.summary(lang)
