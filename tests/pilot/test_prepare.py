"""Deriving, keeping and collapsing rows."""

import numpy as np
import pandas as pd
import pytest

from ebpm.errors import SpecError
from ebpm.pilot.prepare import collapsed, derived, kept
from ebpm.pilot.spec import Between, Collapse, Derive


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "unit": ["a", "a", "b", "b"],
            "month": ["2019-04", "2019-05", "2019-04", "2019-05"],
            "arm": [1, 1, 0, 0],
            "kwh": [300.0, 310.0, np.nan, 290.0],
            "days": [30.0, 31.0, 30.0, 31.0],
        }
    )


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ({"ratio": ("kwh", "days")}, [10.0, 10.0, np.nan, 290 / 31]),
        ({"difference": ("kwh", "days")}, [270.0, 279.0, np.nan, 259.0]),
        ({"positive": "kwh"}, [1.0, 1.0, np.nan, 1.0]),
        ({"equals": ("month", "2019-04")}, [1.0, 0.0, 1.0, 0.0]),
        ({"scale": ("days", 24.0)}, [720.0, 744.0, 720.0, 744.0]),
        ({"treated": ("days", "arm")}, [1.0, 1.0, 0.0, 0.0]),
        ({"log": "days"}, list(np.log([30.0, 31.0, 30.0, 31.0]))),
    ],
)
def test_each_verb(table, step, values):
    before = table.copy()
    result = derived({"t": table}, [Derive(data="t", column="new", **step)])["t"]
    np.testing.assert_array_equal(result["new"].to_numpy(), values)
    pd.testing.assert_frame_equal(table, before)


def test_a_logarithm_of_zero_is_refused_with_what_to_do_instead(table):
    table["kwh"] = [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(SpecError, match="Poisson pseudo-likelihood"):
        derived({"t": table}, [Derive(data="t", column="new", log="kwh")])


def test_a_step_without_a_verb_is_refused(table):
    with pytest.raises(SpecError, match="exactly one of"):
        derived({"t": table}, [Derive(data="t", column="new")])


def test_an_unknown_column_is_refused_with_the_nearest_name(table):
    with pytest.raises(SpecError, match="Did you mean: month"):
        kept(table, {"monht": ("2019-04",)})


def test_rows_are_kept_by_list_and_by_range(table):
    assert kept(table, {"unit": ("a",)}).shape[0] == 2
    assert kept(table, {"month": Between.model_validate({"from": "2019-05"})}).shape[0] == 2
    assert kept(table, {"kwh": Between.model_validate({"to": 300})})["kwh"].tolist() == [300.0, 290.0]


def test_collapsing_keeps_what_is_constant_in_the_group(table):
    result = collapsed(table.fillna(300.0), Collapse(by=("unit",), mean=("kwh",), sum=("days",)))
    assert result.columns.tolist() == ["unit", "kwh", "days", "arm"]
    assert result["kwh"].tolist() == [305.0, 295.0]
    assert result["days"].tolist() == [61.0, 61.0]
    assert result["arm"].tolist() == [1, 0]
