"""Dates at any equal distance are a series without gaps, from whichever day they begin and in whichever order they come."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from ebpm.its.periods.calendar import read_periods

DAYS = some.dates(date(1950, 1, 1), date(2050, 1, 1))
ORDERS = some.randoms(use_true_random=False)


@settings(deadline=None)
@given(first=DAYS, step=some.integers(1, 20), count=some.integers(40, 90), order=ORDERS)
def test_days_apart(first, step, count, order):
    places = list(range(count))
    order.shuffle(places)
    calendar, found = read_periods([(first + timedelta(days=step * place)).isoformat() for place in places], "when")
    assert found.tolist() == places
    assert (calendar.length, calendar.start(0)) == (count, first)


@given(
    first=some.integers(1950 * 12, 2050 * 12),
    step=some.sampled_from([1, 2, 3, 4, 6, 12, 24, 60]),
    count=some.integers(3, 40),
    order=ORDERS,
)
def test_months_apart(first, step, count, order):
    places = list(range(count))
    order.shuffle(places)
    months = [first + step * place for place in places]
    written = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]
    calendar, found = read_periods(written, "when")
    assert found.tolist() == places
    assert calendar.length == count
    assert calendar.kind == {1: "month", 3: "quarter", 12: "year", 24: "year", 60: "year"}.get(step, "month")
    assert [calendar.place(one) for one in written] == places


@settings(deadline=None)
@given(first=some.integers(1950 * 12, 2050 * 12), step=some.sampled_from([1, 3, 12]), missing=some.integers(3, 20))
def test_a_missing_month_is_a_hole(first, step, missing):
    months = np.array([first + step * place for place in range(24) if place != missing])
    calendar, places = read_periods([f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months], "when")
    assert calendar.length == 24
    assert sorted(set(range(24)) - set(places.tolist())) == [missing]
