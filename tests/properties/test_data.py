"""What holds for any file and any number."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import data, spec
from ebpm.data import calendar
from ebpm.data.numerals import SPACES, integer, number
from ebpm.data.readers import SPREADSHEET_ERRORS, CellReader, Missing
from ebpm.errors import EbpmError

CONTRACT = spec.loads(
    """
{id: t, title: t, path: t.csv, synthetic: true, licence: CC0-1.0, source: simulated, row_is: row, keys: [id], max_refused: 0.9999,
 columns: [{name: id, label: id, type: text}, {name: n, label: n, type: integer, missing_codes: ["-"]},
           {name: x, label: x, type: number, range: [-1000, 1000]}, {name: m, label: m, type: month}],
 rules: [{id: r, left: n, op: "<=", right: x, text: r}]}
""",
    data.DataSet,
)
WIDE = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")
CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "－", "約3", "1,234", "▲5", "2019-04", "R1.5", "平成31年9月", "※", "#N/A", "A", "'7", "－"]
    ),
    st.integers(-2000, 2000).map(str),
    st.floats(-2000, 2000).map(str),
    st.text(max_size=6),
)


def read(content: bytes) -> data.Reading:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.csv").write_bytes(content)
        return data.read(CONTRACT, folder)


def check_whole(content: bytes) -> None:
    """Check that bytes are read without loss, or refused in words."""
    try:
        found = read(content)
    except EbpmError as refused:
        words = [getattr(refused, part)(lang) for part in ("what", "given", "remedy") for lang in ("ja", "en")]
    else:
        words = [found.summary("ja"), found.summary("en")]
        assert found.rows_in == found.rows_used + found.rows_refused
        assert len(found.frame) == found.rows_used > 0
        assert not found.frame.id.duplicated().any()
    assert all(words)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_full_width_digits(value):
    assert number(repr(value)).value == value
    assert number(repr(value).translate(WIDE)).value == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_whole_number_survives_separators_marks_and_widths(value):
    text = f"{value:,}"
    assert integer(text).value == value
    assert integer(text.translate(WIDE)).value == value
    assert integer(text.replace("-", "▲")).value == value


@given(st.dates(date(1926, 12, 26), date(2117, 12, 31)))
def test_a_day_survives_its_era(day):
    era = next(era for era in calendar.ERAS if era.covers(day, day))
    count = day.year - era.start.year + 1
    for text in (
        f"{era.name}{'元' if count == 1 else count}年{day.month}月{day.day}日",
        f"{era.signs[0]}{count}.{day.month}.{day.day}",
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}".translate(WIDE),
    ):
        parsed = calendar.read_date(text)
        assert parsed.value == day.isoformat()
        assert "T019" not in parsed.repairs


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_fiscal_year_lasts_from_april_to_march(day):
    year = data.fiscal_year(day)
    assert date(year, 4, 1) <= day < date(year + 1, 4, 1)
    assert data.fiscal_year(day.isoformat()[:7]) == year


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=5), max_size=12), st.sampled_from(["utf-8", "utf-8-sig", "cp932"]))
def test_rows_in_are_rows_used_and_rows_refused(rows, encoding):
    stream = io.StringIO()
    csv.writer(stream).writerows([["id", "n", "x", "m"], *rows])
    check_whole(stream.getvalue().encode(encoding, errors="replace"))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=40).map(lambda tail: b"id,n,x,m\n" + tail),
                 st.binary(max_size=40).map(lambda tail: b"PK\x03\x04" + tail)))  # fmt: skip
def test_any_bytes_are_read_or_refused_in_words(content):
    check_whole(content)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_rows_changes_nothing_but_the_order(order):
    lines = [f"k{row},{row},{row},2019-0{row + 1}" for row in range(8)]
    head = "id,n,x,m\n"
    straight = read((head + "\n".join(lines)).encode()).frame
    mixed = read((head + "\n".join(lines[row] for row in order)).encode()).frame
    assert mixed.sort_values("id").to_numpy().tolist() == straight.to_numpy().tolist()


@given(st.text(max_size=8))
def test_text_that_is_no_key_is_stored_as_it_stands(text):
    reader = CellReader.of(data.Column(name="t", label=spec.Text(ja="列"), type="text"), key=False)
    if text.strip(SPACES) in SPREADSHEET_ERRORS:
        return
    read_ = reader(text)
    assert isinstance(read_, Missing) or read_.value == text
    key = CellReader.of(data.Column(name="t", label=spec.Text(ja="列"), type="text"), key=True)(text)
    assert isinstance(key, Missing) or unicodedata.is_normalized("NFKC", key.value)
