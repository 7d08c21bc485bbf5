"""Tables whose columns cannot be told apart or are not columns: what is said of them."""

import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError
from ebpm.moments.frame import Frame

TABLE = pd.DataFrame({"firm": [1, 1, 2, 2], "year": [1, 2] * 2, "start": [2, 2, 0, 0], "y": [1.0, 3.0, 1.0, 2.0]})
KEYS = {"unit": "firm", "time": "year", "first_treated": "start"}


def test_columns_of_one_name_are_named():
    with pytest.raises(DataError, match="more than one of y") as caught:
        did.att_gt(pd.concat([TABLE, TABLE[["y"]]], axis=1), "y", **KEYS)
    assert caught.value.code == "columns_twice"


def test_names_that_are_numbers_are_refused_with_what_to_do():
    numbered = TABLE.set_axis(range(4), axis=1)
    with pytest.raises(DataError, match=r"rename\(columns=str\)") as caught:
        did.att_gt(numbered, 3, unit=0, time=1, first_treated=2)
    assert caught.value.code == "column_not_text"
    named = numbered.rename(columns=str)
    assert did.att_gt(named, "3", unit="0", time="1", first_treated="2").estimates.headline.estimate == 1.0


def test_a_level_of_the_index_is_told_from_a_column_that_is_missing():
    indexed = TABLE.set_index(["firm", "year"])
    with pytest.raises(DataError, match="reset_index") as caught:
        Frame.of(indexed).values("firm", "unit")
    assert caught.value.code == "column_in_index"
    with pytest.raises(DataError, match="Did you mean: start") as caught:
        Frame.of(indexed).values("starts", "first_treated")
    assert caught.value.code == "missing_column"


def test_complex_numbers_are_no_outcome():
    with pytest.raises(DataError, match="not numeric") as caught:
        did.att_gt(TABLE.assign(y=TABLE["y"] + 1j), "y", **KEYS)
    assert caught.value.code == "not_numeric"
