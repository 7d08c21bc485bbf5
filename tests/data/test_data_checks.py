"""Data checks: each fires where it should, and not where it must not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import data
from ebpm.errors import DataError

MONTHS = [str(month) for month in np.arange("2018-01", "2020-01", dtype="datetime64[M]")]


def panel(counts: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        (unit, month, count) for unit, series in counts.items() for month, count in zip(MONTHS, series, strict=False)
    ]
    return pd.DataFrame(rows, columns=["hospital", "month", "n"])


def only(notices):
    (notice,) = notices
    for lang in ("ja", "en"):
        assert all((notice.title(lang), notice.message(lang), notice.why(lang), notice.remedy(lang), notice.source))
    return notice


def test_digits_heap():
    rng = np.random.default_rng(1)
    measured = rng.integers(100, 400, 400).astype(float)
    told = np.where(rng.random(400) < 0.4, np.round(measured, -1), measured)
    assert data.heaping(pd.DataFrame({"kwh": measured}), "kwh").codes == ()
    notice = only(data.heaping(pd.DataFrame({"kwh": told}), "kwh"))
    assert (notice.code, notice.about, notice.facts["n"]) == ("T050", "kwh", 400)
    assert 45 <= int(notice.facts["share"]) <= 60


@pytest.mark.parametrize(
    "values", [np.tile([0, 1], 200), np.zeros(200), np.linspace(0, 1, 200) ** 0.5, np.tile(np.arange(5), 80)]
)
def test_digits_of_a_small_spread_or_of_no_unit_do_not_heap(values):
    assert len(data.heaping(pd.DataFrame({"x": values}), "x")) == 0


def test_one_decimal_is_the_unit_where_values_have_one():
    rng = np.random.default_rng(2)
    values = np.where(rng.random(300) < 0.5, rng.integers(100, 400, 300), rng.integers(1000, 4000, 300) / 10)
    assert "T050" in data.heaping(pd.DataFrame({"x": values}), "x")


def test_mass_just_at_the_cutoff():
    rng = np.random.default_rng(3)
    fair = rng.uniform(40, 80, 300)
    pushed = np.where((fair > 57) & (fair < 60), 60 + rng.uniform(0, 1, 300), fair)
    assert data.heaping(pd.DataFrame({"s": fair}), "s", at=60).codes == ()
    notice = only(data.heaping(pd.DataFrame({"s": pushed}), "s", at=60))
    assert notice.code == "T051"
    assert notice.facts["above"] > notice.facts["below"]


def test_whole_scores_at_the_cutoff_are_compared_with_those_one_below():
    scores = np.repeat(np.arange(40, 80), 10)
    assert data.heaping(pd.DataFrame({"s": scores}), "s", at=60).codes == ()
    pushed = np.where(scores == 59, 60, scores)
    assert only(data.heaping(pd.DataFrame({"s": pushed}), "s", at=60)).facts["below"] == 0


def test_too_few_values_say_nothing_of_a_cutoff():
    assert len(data.heaping(pd.DataFrame({"s": np.full(19, 60.0)}), "s", at=60)) == 0


def test_gaps():
    table = panel({"A": [1] * 24, "B": [1] * 24})
    assert len(data.gaps(table, "month", by="hospital")) == 0
    gapped = table[~((table.hospital == "B") & table.month.isin(["2018-08", "2018-09"]))].sample(frac=1, random_state=1)
    notice = only(data.gaps(gapped, "month", by="hospital"))
    assert (notice.code, notice.facts["units"], notice.facts["count"], notice.facts["example"]) == (
        "T052",
        1,
        2,
        "B 2018-08",
    )
    assert len(data.gaps(gapped, "month")) == 0


@pytest.mark.parametrize(("values", "example"), [
    (pd.to_datetime(["2019-01-01", "2019-02-01", "2019-04-01"]), "2019-03"),
    (pd.to_datetime(["2019-01-01", "2019-01-02", "2019-01-04"]), "2019-01-03"),
    ([2017, 2018, 2020], "2019"),
    ([2017.0, 2018.0, 2020.0], "2019"),
])  # fmt: skip
def test_gaps_in_days_months_and_years(values, example):
    assert only(data.gaps(pd.DataFrame({"t": values}), "t")).facts["example"] == example


def test_what_is_no_time_is_refused():
    with pytest.raises(DataError) as error:
        data.gaps(pd.DataFrame({"t": ["2019-04", "spring"]}), "t")
    assert (error.value.code, error.value.facts["row"]) == ("data_bad_time", 2)


def test_changed():
    table = pd.DataFrame({"firm": [1, 1, 2, 2], "city": ["横浜", "横浜", "横浜", "東京"]})
    notice = only(data.changed(table, "city", by="firm"))
    assert (notice.code, notice.facts["count"], notice.facts["example"]) == ("T053", 1, "2: 東京, 横浜")
    assert len(data.changed(table.iloc[:3], "city", by="firm")) == 0
    assert len(data.changed(table.assign(city=["横浜", None, "東京", "東京"]), "city", by="firm")) == 0


def test_dominance():
    table = pd.DataFrame({"firm": list("AABBCC"), "arm": [0, 0, 1, 1, 1, 1], "raised": [50, 50, 80.0, 0, 10, 20]})
    assert len(data.dominance(table, "raised")) == 0
    notice = only(data.dominance(table, "raised", by="arm"))
    assert (notice.code, notice.facts["cell"], notice.facts["share"], notice.facts["count"]) == ("T054", "1", "73", 1)
    assert len(data.dominance(table, "raised", by="arm", share=0.8)) == 0
    assert only(data.dominance(table, "raised", unit="firm", share=0.4)).facts["share"] == "48"


def test_a_single_row_or_a_sum_of_zero_is_not_dominated():
    assert len(data.dominance(pd.DataFrame({"x": [5.0]}), "x")) == 0
    assert len(data.dominance(pd.DataFrame({"x": [0.0, 0.0]}), "x")) == 0


def test_the_cell_of_all_rows_is_named_in_both_languages():
    notice = only(data.dominance(pd.DataFrame({"x": [5.0, 1.0]}), "x"))
    assert "全体" in notice.message("ja")
    assert "all" in notice.message("en")


@pytest.mark.parametrize("share", [0, 1, 50])
def test_a_share_lies_between_zero_and_one(share):
    for check in (lambda: data.dominance(panel({"A": [1]}), "n", share=share),
                  lambda: data.late_reporting(panel({"A": [1]}), "n", by="hospital", time="month", share=share)):  # fmt: skip
        with pytest.raises(DataError, match="strictly between"):
            check()


def test_small_cells():
    table = pd.DataFrame({"ward": ["a"] * 12 + ["b"] * 12, "sex": [0] * 12 + [0] * 3 + [1] * 9})
    assert len(data.small_cells(table, "ward")) == 0
    notice = only(data.small_cells(table, ["ward", "sex"]))
    assert (notice.code, notice.about, notice.facts["count"], notice.facts["example"]) == (
        "T055",
        "ward × sex",
        2,
        "b × 0",
    )
    assert len(data.small_cells(table, ("ward", "sex"), min_cell=3)) == 0


def test_small_counts():
    table = pd.DataFrame({"readmitted": [0, 3, 12, 9, None]})
    notice = only(data.small_counts(table, "readmitted"))
    assert (notice.code, notice.about, notice.facts["count"], notice.facts["example"]) == (
        "T055",
        "readmitted",
        2,
        "readmitted = 3",
    )
    assert len(data.small_counts(table, "readmitted", min_cell=3)) == 0


def test_leavers():
    table = pd.DataFrame(
        {
            "firm": [1, 1, 1, 2, 2, 3, 3, 3],
            "year": [2018, 2019, 2020, 2018, 2019, 2018, 2019, 2020],
            "arm": list("ttt") + list("cc") + list("ccc"),
        }
    )
    notice = only(data.leavers(table, "year", unit="firm", by="arm"))
    assert (notice.code, notice.facts["count"], notice.facts["units"], notice.facts["last"]) == ("T056", 1, 3, "2020")
    assert (notice.facts["example"], notice.facts["arms"]) == ("2 2019", "arm: c 1/2, t 0/1.")
    assert len(data.leavers(table[table.firm != 2], "year", unit="firm")) == 0


def test_late_reporting():
    rng = np.random.default_rng(4)
    fine = {name: rng.poisson(60, 24).astype(float).tolist() for name in "ABCDEFGHIJ"}
    assert len(data.late_reporting(panel(fine), "n", by="hospital", time="month")) == 0
    late = fine | {"B": [*fine["B"][:-1], 9.0], "C": [0.0, *fine["C"][1:]]}
    notice = only(data.late_reporting(panel(late).sample(frac=1, random_state=5), "n", by="hospital", time="month"))
    assert (notice.code, notice.facts["count"], notice.facts["example"]) == ("T057", 2, "B 2019-12")


def test_a_dip_in_the_middle_or_a_small_unit_is_not_late():
    series = [60.0] * 10 + [0.0] + [60.0] * 13
    assert (
        len(data.late_reporting(panel({"A": series, "B": [3.0] * 23 + [0.0]}), "n", by="hospital", time="month")) == 0
    )


@pytest.mark.parametrize("call", [
    lambda t: data.gaps(t, "day"), lambda t: data.heaping(t, "kwh"), lambda t: data.changed(t, "n", by="firm"),
    lambda t: data.dominance(t, "n", by="ward"), lambda t: data.small_cells(t, "ward"),
    lambda t: data.leavers(t, "month", unit="firm"), lambda t: data.late_reporting(t, "n", by="hospital", time="week"),
])  # fmt: skip
def test_a_wrong_column_is_named(call):
    with pytest.raises(DataError) as error:
        call(panel({"A": [1, 2]}))
    assert error.value.code == "missing_column"


def test_a_column_without_values_is_an_error():
    with pytest.raises(DataError) as error:
        data.leavers(pd.DataFrame({"t": [None, None], "u": [1, 2]}), "t", unit="u")
    assert error.value.code == "empty_data"


def test_the_table_is_not_changed():
    table = panel({"A": [1, 2, 3], "B": [1, 2, 3]})
    before = table.copy(deep=True)
    data.gaps(table, "month", by="hospital")
    data.dominance(table, "n", by="hospital")
    data.late_reporting(table, "n", by="hospital", time="month")
    pd.testing.assert_frame_equal(table, before)
