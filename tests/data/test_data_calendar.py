"""Dates, months, years and fiscal years in both calendars."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from ebpm import data
from ebpm.data import calendar
from ebpm.data.numerals import Refused


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-09-01", "2019-09-01"),
        ("2019/9/1", "2019-09-01"),
        ("2019.9.1", "2019-09-01"),
        ("20190901", "2019-09-01"),
        ("2019年9月1日", "2019-09-01"),
        ("2019年9月1日(日)", "2019-09-01"),
        ("西暦2019年9月1日", "2019-09-01"),
        ("2019-09-01 00:00:00", "2019-09-01"),
        ("令和元年9月1日", "2019-09-01"),
        ("令和 元年 ９月 １日", "2019-09-01"),
        ("R1.9.1", "2019-09-01"),
        ("Ｒ１．９．１", "2019-09-01"),
        ("r1-9-1", "2019-09-01"),
        ("H31/4/1", "2019-04-01"),
        ("㋿1年5月1日", "2019-05-01"),
        ("㍻30年12月1日", "2018-12-01"),
        ("昭和64年1月7日", "1989-01-07"),
        ("S1.12.25", "1926-12-25"),
        ("大正元年7月30日", "1912-07-30"),
        ("2020-02-29", "2020-02-29"),
    ],
)
def test_days(text, day):
    parsed = calendar.read_date(text)
    assert parsed.value == day
    assert "T019" not in parsed.repairs


@pytest.mark.parametrize(
    ("text", "month"),
    [("R1.9", "2019-09"), ("令和元年9月", "2019-09"), ("2019-04", "2019-04"), ("2019/4", "2019-04"), ("201904", "2019-04"),
     ("平成31年4月分", "2019-04"), ("H31.4", "2019-04"), ("2019-04-01", "2019-04")],
)  # fmt: skip
def test_months(text, month):
    assert calendar.read_month(text).value == month


@pytest.mark.parametrize(
    ("text", "year"), [("2019", 2019), ("2019年", 2019), ("令和元年", 2019), ("R6", 2024), ("平成31年", 2019)]
)
def test_years(text, year):
    assert calendar.read_year(text).value == year


@pytest.mark.parametrize(
    ("text", "year"),
    [("2019", 2019), ("2019年度", 2019), ("FY2019", 2019), ("令和元年度", 2019), ("R1", 2019), ("令和6年度", 2024),
     ("平成31年度", 2019), ("Ｈ３０年度", 2018)],
)  # fmt: skip
def test_fiscal_years(text, year):
    parsed = calendar.read_fiscal_year(text)
    assert (parsed.value, "T019" in parsed.repairs) == (year, False)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (calendar.read_month, "平成31年9月", "2019-09"),
        (calendar.read_month, "令和元年4月", "2019-04"),
        (calendar.read_date, "平成31年5月1日", "2019-05-01"),
        (calendar.read_date, "昭和64年1月8日", "1989-01-08"),
        (calendar.read_year, "平成32年", 2020),
        (calendar.read_fiscal_year, "平成32年度", 2020),
    ],
)
def test_an_era_that_does_not_hold_the_day_is_counted_through_and_told(read, text, value):
    parsed = read(text)
    assert (parsed.value, "T019" in parsed.repairs) == (value, True)


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (calendar.read_date, "2019-02-29", "T026"),
        (calendar.read_date, "2019-13-01", "T026"),
        (calendar.read_date, "2019-00-01", "T026"),
        (calendar.read_date, "9999-12-31", "T026"),
        (calendar.read_date, "R0.4.1", "T026"),
        (calendar.read_date, "43556", "T027"),
        (calendar.read_date, "4/1/2019", "T025"),
        (calendar.read_date, "19/4/1", "T025"),
        (calendar.read_date, "2019-04", "T025"),
        (calendar.read_date, "2019-04-01 09:30", "T025"),
        (calendar.read_date, "2019/4-1", "T025"),
        (calendar.read_date, "未定", "T025"),
        (calendar.read_month, "2019-04-02", "T025"),
        (calendar.read_month, "2019", "T025"),
        (calendar.read_year, "令和元年度", "T028"),
        (calendar.read_year, "FY2019", "T028"),
        (calendar.read_fiscal_year, "2019年", "T028"),
        (calendar.read_fiscal_year, "2019-04", "T025"),
    ],
)
def test_what_is_no_day_month_or_year_is_refused_with_its_reason(read, text, code):
    with pytest.raises(Refused) as refused:
        read(text)
    assert refused.value.code == code


def test_a_month_written_as_its_first_day_is_told():
    assert "T013" in calendar.read_month("2019/4/1").repairs


@pytest.mark.parametrize(
    ("when", "year"), [("2020-03", 2019), ("2020-04", 2020), ("2020-03-31", 2019), (date(2020, 4, 1), 2020)]
)
def test_the_fiscal_year_is_named_after_its_april(when, year):
    assert data.fiscal_year(when) == year


def test_pandas_names_the_same_fiscal_year_one_later():
    assert pd.Period("2020-03", freq="M").asfreq("Y-MAR").year == data.fiscal_year("2020-03") + 1


def test_every_day_of_every_era_is_read_back():
    for era in calendar.ERAS:
        day = calendar.read_date(f"{era.name}元年{era.start.month}月{era.start.day}日")
        assert (day.value, day.repairs) == (era.start.isoformat(), ("T006",))
