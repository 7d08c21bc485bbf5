"""The notebook of four sources: executed as it stands, the same digits from each, in both languages, and it runs on fewer rows too."""

from __future__ import annotations

import re
import shutil
from functools import cache
from html import unescape
from pathlib import Path

import jupytext
import nbformat
import pytest

from ebpm.notebooks import execute

FOLDER = Path(__file__).parents[2] / "notebooks" / "any_size" / "four_sources"
SOURCE = FOLDER / "four_sources.py"
TRUE = ("identical to the last digit: True", "within 1e-11: True", "the sum is that of the records: True")


@cache
def executed():
    return nbformat.read(SOURCE.with_suffix(".ipynb"), as_version=4)


def shown(notebook):
    texts = (
        output.get("text", "")
        or output.get("data", {}).get("text/html", "")
        or output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    return unescape("\n".join(texts))


def test_it_is_executed_as_it_stands():
    source = jupytext.read(SOURCE)
    assert [(one.cell_type, one.source) for one in executed().cells] == [
        (one.cell_type, one.source) for one in source.cells
    ]
    counts = [cell.execution_count for cell in executed().cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_the_digits_are_the_same_on_20_million_rows():
    text = shown(executed())
    assert "20,000,000" in text
    for one in TRUE:
        assert one in text
    rows = re.findall(r"<th>(Parquet, \w+|モーメントのファイル / moment file)</th>((?:\s*<td>[^<]+</td>)+)", text)
    assert len(rows) == 4
    assert len({re.sub(r"\s", "", digits) for _, digits in rows}) == 1
    assert "-0.5999976021634277 (0.0015227499995195625)" in rows[0][1]


def test_it_says_what_it_is_in_both_languages_and_nothing_of_this_machine():
    text = shown(executed())
    assert "合成データ" in text
    assert "The data of this evaluation are synthetic" in text
    assert "Needing the records (1): adjusted for the floor area" in text
    assert "個票が必要な分析(1 件): 床面積による調整" in text
    assert not re.search(r"/tmp|/home|/root|WARN|Stage", text)


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("java") is None, reason="Java is not installed (Debian package openjdk-17-jre-headless)"
)
def test_it_runs_on_fewer_rows(tmp_path):
    for name in ("duckdb", "polars", "pyspark"):
        pytest.importorskip(name)
    folder = Path(shutil.copytree(FOLDER, tmp_path / "four_sources"))
    source = folder / SOURCE.name
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("rows = 20_000_000", "rows = 40_000"), encoding="utf-8")
    notebook = nbformat.read(execute(source), as_version=4)
    for one in TRUE:
        assert one in shown(notebook)
