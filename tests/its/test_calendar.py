"""Every way in which a time column may be written, and the series that must be refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import Calendar, read_periods

WRITTEN = {
    "strings": lambda months: months.astype(str).tolist(),
    "slashes": lambda months: [f"{one.year}/{one.month}" for one in months],
    "periods": list,
    "timestamps": lambda months: months.to_timestamp().tolist(),
    "dates": lambda months: [dt.date(one.year, one.month, 15) for one in months],
    "datetime64": lambda months: months.to_timestamp().to_numpy(),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_months_in_any_form_give_the_same_estimate(made, kind):
    months = pd.period_range("2014-01", periods=96, freq="M")
    table = made().assign(month=WRITTEN[kind](months))
    plain = its.segmented(made(), "rate", time="month", intervention="2019-01", season=2)
    found = its.segmented(table, "rate", time="month", intervention=months[60], season=2)
    assert found.estimates == plain.estimates


def test_period_dtype_column(made):
    table = made().assign(month=pd.period_range("2014-01", periods=96, freq="M").astype("period[M]"))
    assert its.segmented(table, "rate", time="month", intervention="2019-01").observed.start == 60


def test_quarters_and_numbers():
    quarters, _ = read_periods(["2019Q4", "2020-Q1", "2019Q3"], "when")
    assert (quarters.seasons, quarters.length, quarters.name(2)) == (4, 3, "2020-Q1")
    years, places = read_periods(np.array([2003, 2001, 2002]), "when")
    assert (years.name(0), places.tolist()) == ("2001", [2, 0, 1])
    assert read_periods([5.0, 6.0], "when")[0].first == 5


def test_season_is_the_month_of_the_year():
    calendar, _ = read_periods(["2019-11", "2019-12", "2020-01"], "when")
    assert calendar.season.tolist() == [10, 11, 0]


def test_ticks_are_few_and_readable():
    long = Calendar("month", 12 * 1969, 192).ticks()
    assert len(long) <= 9
    assert long[0] == (3, "FY1969")
    assert Calendar("month", 12 * 2019 + 3, 20).ticks()[0] == (0, "2019-04")
    assert [name for _, name in Calendar("number", 1, 12).ticks()] == ["1", "3", "5", "7", "9", "11"]


@pytest.mark.parametrize(("values", "code"), [
    (["2019-13"], "its_not_a_period"), (["April"], "its_not_a_period"), ([1969.0833], "its_not_a_period"),
    (["2019-01", "2019Q2"], "its_mixed_calendar"),
])  # fmt: skip
def test_what_is_no_period(values, code):
    with pytest.raises(DataError) as caught:
        read_periods(values, "when")
    assert caught.value.code == code
    assert "when" in caught.value.given("ja")


def test_gaps_are_named(made):
    table = made().drop(index=[10, 11])
    with pytest.raises(DesignError) as caught:
        its.segmented(table, "rate", time="month", intervention="2019-01")
    assert caught.value.code == "its_gaps"
    assert "2014-11, 2014-12" in caught.value.given("en")


def test_gap_in_the_comparison_series_alone(made):
    table = made(comparison=True).drop(index=[100])
    with pytest.raises(DesignError, match=r"city = 0 lacks 1 periods: 2014-05"):
        its.segmented(table, "rate", time="month", intervention="2019-01", comparison="city")


def test_doubled_months_are_named(made):
    table = pd.concat([made(), made().iloc[[3]]])
    with pytest.raises(DesignError, match=r"2014-04"):
        its.segmented(table, "rate", time="month", intervention="2019-01")


def test_two_series_without_comparison_are_doubled_months(made):
    with pytest.raises(DesignError) as caught:
        its.segmented(made(comparison=True), "rate", time="month", intervention="2019-01")
    assert caught.value.code == "its_twice"
    assert "comparison" in caught.value.remedy("en")
