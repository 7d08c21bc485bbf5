"""What the scanner must not take for a leak, and what it says of what it cannot read."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from ebpm import disclosure
from ebpm.errors import DataError
from tests.disclosure.people import frame, reading

FINE = {
    "means": "ward,mean income,n\nnorth,5432109.9,150\nsouth,5501234.5,146\n",
    "random numbers": "\n".join(f"{value:.3f}" for value in np.random.default_rng(0).normal(240, 100, 60)),
    "dates": "\n".join(f"2019-{month:02d}" for month in range(1, 13)),
    "counting": ", ".join(map(str, range(1, 60))),
    "words": "北区と南区の女性・男性について、所得の平均を比べた。north south female male isle",
    "codebook": "| ward | 区 | north: 北区, south: 南区, isle: 島 |\n| sex | 性別 | female, male |",
    "shares": "33.3 66.7 12.5 87.5 50.0 25.0 75.0 100.0 0.0 1.5 2.5 3.5",
    "large counts": "ward,persons\nnorth,150\nsouth,146\n",
    "large shares": "illness 0.25\nshare,n\n0.3333,300\n0.12,300\n",
    "no share": "difference 0.33, p 0.0123, n 300; p = 0.003",
    "a limit": "年齢の最大は 120、the largest share is 0.25",
    "a p value of one": "two subgroups were compared; the smallest p is 1.0000",
    "words apart": "the northern wards, 2019 10 31, A 1 B 2, ID 12-34",
    "large n": "difference 1.2 (n = 296)",
}


@pytest.mark.parametrize("name", FINE)
def test_aggregates_pass(name, tmp_path):
    (tmp_path / "note.csv").write_text(FINE[name], encoding="utf-8")
    found = disclosure.scan([tmp_path / "note.csv"], [reading()])
    assert found.clean, found.summary("en")


def test_the_ends_of_a_scale_tell_of_nobody(tmp_path):
    (tmp_path / "note.txt").write_text("illness: the largest value is 1")
    one = reading()
    columns = tuple(
        column.model_copy(update={"range": (0, 1)}) if column.name == "ill" else column
        for column in one.dataset.columns
    )
    scaled = replace(one, dataset=one.dataset.model_copy(update={"columns": columns}))
    assert disclosure.scan([tmp_path], [one]).notices.codes == ("X637",)
    assert disclosure.scan([tmp_path], [scaled]).clean


def test_a_table_about_nobody_is_passed_over(tmp_path):
    one = reading()
    columns = tuple(column.model_copy(update={"role": "other"}) for column in one.dataset.columns)
    public = one.dataset.model_copy(update={"columns": columns})
    (tmp_path / "rows.csv").write_text(frame().to_csv())
    assert disclosure.scan([tmp_path], [replace(one, dataset=public)]).clean


def test_what_was_found_is_counted_and_never_repeated(tmp_path):
    rows = frame()
    (tmp_path / "rows.csv").write_text(rows.head(5).to_csv())
    found = disclosure.scan([tmp_path / "rows.csv"], {"people": reading()})
    for lang in ("ja", "en"):
        assert not any(value in found.summary(lang) for value in rows["person"].head(5))
    assert found.finds[0].count == 5
    assert not found.clean


def test_a_workbook_with_a_hidden_sheet_or_an_author_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr(
            "xl/workbook.xml", '<workbook><sheets><sheet name="raw" state="veryHidden"/></sheets></workbook>'
        )
        archive.writestr("docProps/core.xml", "<p><creator>Some Person</creator></p>")
    found = disclosure.scan([tmp_path], [reading()])
    assert set(found.notices.codes) == {"X628", "X625"}


@pytest.mark.parametrize("data", [b"\0\1\2\3" * 50, b"PK\x03\x04broken", b"\x1f\x8bbroken"])
def test_what_cannot_be_read_is_told(data, tmp_path):
    (tmp_path / "thing.bin").write_bytes(data)
    assert "X624" in disclosure.scan([tmp_path], [reading()]).notices


def test_an_archive_within_itself_ends(tmp_path):
    data = b"fine"
    for _ in range(9):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("inner.zip", data)
        data = stream.getvalue()
    (tmp_path / "deep.zip").write_bytes(data)
    assert "X624" in disclosure.scan([tmp_path], [reading()]).notices


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.txt"):
        disclosure.scan([tmp_path / "nothing.txt"], [reading()])


def test_a_scan_draws_itself(tmp_path):
    (tmp_path / "rows.csv").write_text(frame().head(5).to_csv())
    axes = disclosure.scan([tmp_path], [reading()]).plot(lang="en")
    assert axes.get_xlabel() == "Places"
