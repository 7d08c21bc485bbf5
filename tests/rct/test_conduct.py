"""How a trial was run: each code fires once and keeps silent once; both languages; bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError

DATA = pd.DataFrame({"kwh": [9.0, 8.0, 10.0], "gas": [1.0, 2.0, 3.0]})


def test_r125_looks_on_the_way():
    (notice,) = rct.peeking(DATA, "kwh", looks=5)
    assert (notice.code, notice.facts["size"], notice.facts["pocock"]) == ("R125", "14.2", "2.413")
    assert "14.2 %" in notice.message("en")
    assert "14.2 %" in notice.message("ja")
    assert len(rct.peeking(DATA, "kwh", looks=1)) == 0
    with pytest.raises(DesignError, match="looks"):
        rct.peeking(DATA, "kwh", looks=0)
    with pytest.raises(DataError, match="kw"):
        rct.peeking(DATA, "kw", looks=2)


def test_r124_an_outcome_that_was_not_planned():
    assert rct.unplanned(DATA, "gas", planned=["kwh"]).codes == ("R124",)
    assert len(rct.unplanned(DATA, "kwh", planned=["kwh", "gas"])) == 0
    assert len(rct.unplanned(DATA, "kwh", planned="kwh")) == 0


@pytest.mark.parametrize(("measured", "assigned", "rows"), [
    (["2019-09", "2019-10", "2019-11"], "2019-10", 2),
    (["2019-09-30", "2019-10-02", None], "2019-10-01", 1),
    ([2018, 2019, 2020], "2018", 1),
    (pd.to_datetime(["2019-09-30", "2019-10-01", "2019-10-02"]), "2019-10-01", 2),
    (["2019-11", "2019-12", "2020-01"], "2019-10-15", 0),
    (["2019-10", "2019-12", "2020-01"], "2019-10-15", 1),
])  # fmt: skip
def test_r127_outcomes_before_assignment(measured, assigned, rows):
    notices = rct.timing(pd.DataFrame({"read_on": measured}), "read_on", assigned_on=assigned)
    assert [notice.facts["rows"] for notice in notices] == ([rows] if rows else [])


def test_r127_with_a_date_a_row():
    data = pd.DataFrame({"read_on": ["2019-09", "2019-11"], "drawn_on": ["2019-08", "2019-12"]})
    (notice,) = rct.timing(data, "read_on", assigned_on="drawn_on")
    assert (notice.facts["rows"], notice.facts["assigned"]) == (1, "2019-12")
    with pytest.raises(DataError, match="neither a date"):
        rct.timing(pd.DataFrame({"read_on": ["spring"]}), "read_on", assigned_on="2019-10")


@pytest.mark.parametrize(("values", "codes"), [
    ([0, 1, 2, 1, 99, 2], "99"), ([0, 1, 1, 9, 0, 1], "9"), ([30.5, 20, -9, 12], "-9"), ([18, 40, 66, 90, 999, 999], "999"),
    ([1, 2, 5, 4, 3, -99, 99], "-99, 99"),
])  # fmt: skip
def test_r129_codes_of_missing_answers(values, codes):
    (notice,) = rct.coding(pd.DataFrame({"item": values}), "item")
    assert (notice.code, notice.facts["codes"]) == ("R129", codes)


@pytest.mark.parametrize("values", [
    [0, 1, 2, 1, None], list(range(100)), [-12, -9, 3, 8, 14], [8, 9, 7, 9], [99, 120, 300, 80.0], [60, 85, 99], [None, None],
])  # fmt: skip
def test_r129_numbers_that_only_look_like_codes(values):
    assert len(rct.coding(pd.DataFrame({"item": np.array(values, dtype=float)}), "item")) == 0


@pytest.mark.parametrize(
    "measured", ["2019/9/30", "2019-09-30", "2019年9月30日", "2019.9.30", 20190930, "20190930", "2019/9", 201909]
)
def test_r127_days_however_they_are_written(measured):
    (notice,) = rct.timing(pd.DataFrame({"read_on": [measured]}), "read_on", assigned_on="2019-10-01")
    assert notice.code == "R127"
    assert "R127" not in rct.timing(pd.DataFrame({"read_on": [measured]}), "read_on", assigned_on="2019/08/31")
