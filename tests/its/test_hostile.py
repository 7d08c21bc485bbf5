"""What offices hand in: quarters as dates, Japanese months and fiscal years, sides without events, series without residuals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, its
from ebpm.its.periods.calendar import read_periods

Y = np.random.default_rng(3).poisson(50, 24)


def fitted(periods, start, y=Y, **choices):
    return its.segmented(pd.DataFrame({"m": periods, "y": y}), "y", time="m", intervention=start, **choices)


def months(number=24):
    return [f"{2015 + i // 12}-{i % 12 + 1:02d}" for i in range(number)]


@pytest.mark.parametrize("first", ["2010-01-01", "2010-04-01", "2010-05-15"])
def test_dates_three_months_apart_are_quarters(first):
    dates = pd.Timestamp(first) + np.array([pd.DateOffset(months=3 * i) for i in range(24)])
    found = fitted(dates, dates[12])
    assert found.observed.calendar.kind == "quarter"
    assert found.observed.start == 12
    assert (
        found.estimates.headline
        == fitted([f"{2010 + i // 4}Q{i % 4 + 1}" for i in range(24)], "2013Q1").estimates.headline
    )


def test_a_quarter_that_is_missing_is_named_as_one():
    dates = pd.date_range("2010-01-01", periods=24, freq="QS").delete(5)
    with pytest.raises(DesignError, match="2011-Q2"):
        fitted(dates, dates[12], Y[:23])


def test_months_with_holes_stay_months():
    assert read_periods(["2010-01", "2010-04", "2010-05"], "m")[0].kind == "month"
    assert read_periods(["2010-01", "2010-04"], "m")[0].kind == "month"


def test_japanese_months_and_fiscal_years():
    plain = fitted(months(), "2016-01").estimates.headline
    ours = fitted([f"{2015 + i // 12}年{i % 12 + 1}月" for i in range(24)], "2016年1月").estimates.headline
    assert (ours.estimate, ours.std_error) == (plain.estimate, plain.std_error)
    years = [fitted([form.format(2000 + i) for i in range(24)], form.format(2012)).estimates.headline
             for form in ("{}年度", "FY{}", "{}年", "{}")]  # fmt: skip
    assert len({one.estimate for one in years}) == 1


@pytest.mark.parametrize("value", ["13月", "2019年13月", "令和XX年度", "2019-W60", "Q5", "FY19"])
def test_other_words_are_refused(value):
    with pytest.raises(DataError, match="cannot be read as a period"):
        fitted([*months(23), value], "2016-01")


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_side_without_events_is_refused_in_words(family, side):
    inside = (np.arange(24) < 12) == (side == "before")
    with pytest.raises(DesignError, match=f"zeros alone {side}"):
        fitted(months(), "2016-01", np.where(inside, 0, Y), family=family)


@pytest.mark.parametrize("errors", ["reml", "reml_averaged", "prais_winsten"])
@pytest.mark.parametrize("y", [np.arange(24.0), np.where(np.arange(24) < 12, 5.0, 7.0)])
def test_a_series_without_residuals_has_no_autocorrelation(errors, y):
    with pytest.raises(DesignError, match="without a residual"):
        fitted(months(), "2016-01", y, errors=errors)


def test_many_periods_are_read_in_a_moment():
    days = pd.date_range("2000-01-01", periods=6000).strftime("%Y-%m-%d")
    assert read_periods(days, "day")[0].length == 6000
