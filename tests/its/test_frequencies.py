"""Dates that are equally spaced are a series without gaps, whatever their spacing; only a real gap is refused."""

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import read_periods

N = 24


def dates(freq, start="2001-01-01", form="%Y-%m-%d"):
    return pd.date_range(start, periods=N, freq=freq).strftime(form).tolist()


FISCAL = [f"{year}年度" for year in range(2001, 2001 + N)]
KINDS = {
    "days": (dates("D"), "day", 1, 365, "2001-01-13"),
    "fortnights": (dates("14D"), "week", 2, 26, "2001-06-18"),
    "weeks": (dates("W-MON"), "week", 1, 52, "2001-03-26"),
    "ten days": (dates("10D"), "day", 10, 36, "2001-05-01"),
    "months": (dates("MS"), "month", 1, 12, "2002-01"),
    "ends of months": (dates("ME"), "month", 1, 12, "2002-01"),
    "month labels": (dates("MS", form="%Y-%m"), "month", 1, 12, "2002-01"),
    "kanji months": (dates("MS", form="%Y年%m月"), "month", 1, 12, "2002-01"),
    "six digits": (dates("MS", form="%Y%m"), "month", 1, 12, "2002-01"),
    "numbers of six digits": ([int(one) for one in dates("MS", form="%Y%m")], "month", 1, 12, "2002-01"),
    "eight digits": (dates("MS", form="%Y%m%d"), "month", 1, 12, "2002-01"),
    "kanji days": (dates("D", form="%Y年%m月%d日"), "day", 1, 365, "2001-01-13"),
    "every other month": (dates("2MS"), "month", 2, 6, "2003-01"),
    "quarters": (dates("QS"), "quarter", 1, 4, "2004-Q1"),
    "quarter labels": ([f"{2001 + place // 4}Q{place % 4 + 1}" for place in range(N)], "quarter", 1, 4, "2004-Q1"),
    "kanji quarters": ([f"{2001 + place // 4}年第{place % 4 + 1}四半期" for place in range(N)], "quarter", 1, 4, "2004-Q1"),
    "half years": (dates("6MS", "2001-04-01"), "month", 6, 2, "2007-04"),
    "years": (dates("YS"), "year", 1, 1, "2013"),
    "ends of years": (dates("YE"), "year", 1, 1, "2013-12"),
    "fiscal years by dates": (dates("YS-APR", "2001-04-01"), "year", 1, 1, "FY2013"),
    "every fifth year": ([f"{2000 + 5 * place}-10-01" for place in range(N)], "year", 5, 1, "2060-10"),
    "fiscal years by name": (FISCAL, "year", 1, 1, "FY2013"),
    "fiscal years in English": ([f"FY{year}" for year in range(2001, 2001 + N)], "year", 1, 1, "FY2013"),
    "calendar years by name": ([f"{year}年" for year in range(2001, 2001 + N)], "number", 1, 1, "2013"),
    "every other number": (list(range(2001, 2001 + 2 * N, 2)), "number", 2, 1, "2025"),
    "periods of weeks": (list(pd.period_range("2001-01-01", periods=N, freq="W")), "week", 1, 52, "2001-03-26"),
    "periods of quarters": (list(pd.period_range("2001-01-01", periods=N, freq="Q")), "quarter", 1, 4, "2004-Q1"),
    "periods of years": (list(pd.period_range("2001", periods=N, freq="Y")), "number", 1, 1, "2013"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_equally_spaced_values_have_no_gaps(name):
    values, kind, step, seasons, twelfth = KINDS[name]
    calendar, places = read_periods(values[::-1], "when")
    assert (calendar.kind, calendar.step, calendar.length, calendar.seasons) == (kind, step, N, seasons)
    assert places.tolist() == list(range(N))[::-1]
    assert calendar.name(12) == twelfth
    assert [calendar.place(one) for one in values] == list(range(N))
    assert calendar.place(calendar.name(12)) == 12


@pytest.mark.parametrize("name", KINDS)
def test_a_real_gap_is_refused_and_named(name):
    values = KINDS[name][0]
    y = np.random.default_rng(1).normal(size=N)
    table = pd.DataFrame({"when": values, "y": y}).sample(frac=1.0, random_state=0)
    whole = its.segmented(table, "y", time="when", intervention=values[12], errors="ols")
    numbered = its.segmented(pd.DataFrame({"when": range(N), "y": y}), "y", time="when", intervention=12, errors="ols")
    assert whole.estimates.headline.estimate == pytest.approx(numbered.estimates.headline.estimate, rel=1e-10)
    with pytest.raises(DesignError) as caught:
        its.segmented(table[table["when"] != values[4]], "y", time="when", intervention=values[12])
    assert caught.value.code == "its_gaps"
    assert read_periods(values, "when")[0].name(4) in caught.value.given("en")


@pytest.mark.parametrize(("name", "period", "place"), [
    ("years", "2013-06-15", 12), ("years", 2013, 12), ("years", "2013年度", 12), ("fiscal years by dates", "2014-03-31", 12),
    ("fiscal years by dates", "2013年度", 12), ("half years", "2007-09", 12), ("quarters", "2004-02", 12), ("fortnights", "2001-06-29", 12),
    ("every other month", "2003-02", 12),
])  # fmt: skip
def test_a_date_lies_in_the_period_that_holds_it(name, period, place):
    assert read_periods(KINDS[name][0], "when")[0].place(period) == place


def test_kinds_that_do_not_go_together():
    calendar, _ = read_periods(KINDS["months"][0], "when")
    for other in ("2004Q1", 12):
        with pytest.raises(DataError) as caught:
            calendar.place(other)
        assert caught.value.code == "its_other_calendar"
    with pytest.raises(DataError):
        read_periods(["2001-01-01", "2001-01-31", "2001-02-31"], "when")


@pytest.mark.parametrize("name", ["every other month", "half years", "quarters", "fortnights", "years"])
def test_seasons_of_longer_periods(name):
    values = KINDS[name][0]
    table = pd.DataFrame({"when": values, "y": np.random.default_rng(2).normal(size=N)})
    found = its.segmented(table, "y", time="when", intervention=values[12], errors="ols")
    assert found.estimates.headline.n == N
    assert found.notices.codes
    if name == "years":
        with pytest.raises(DesignError, match="season"):
            its.segmented(table, "y", time="when", intervention=values[12], season=1)
    else:
        seasonal = its.segmented(table, "y", time="when", intervention=values[12], season=1, errors="ols")
        assert any(term.startswith("cos_1") for term in seasonal.coefficients.terms)


def test_a_fiscal_year_begins_in_april():
    months, _ = read_periods(pd.period_range("2018-01", periods=N, freq="M").astype(str), "when")
    quarters, _ = read_periods(KINDS["quarters"][0], "when")
    numbers, _ = read_periods(range(2001, 2011), "when")
    assert months.name(months.place("2019年度")) == "2019-04"
    assert quarters.name(quarters.place("FY2003")) == "2003-Q2"
    assert numbers.place("2005年度") == 4
    with pytest.raises(DataError):
        read_periods(["2018年度", "2019-04"], "when")


@pytest.mark.parametrize("name", ["fiscal years by dates", "fiscal years by name"])
def test_ticks_of_fiscal_years_are_fiscal_years(name):
    calendar, _ = read_periods(KINDS[name][0], "when")
    assert calendar.ticks("ja")[0] == (0, "2001年度")
    assert calendar.ticks("en")[0] == (0, "FY2001")
    assert len(calendar.ticks("ja")) <= 9


@pytest.mark.parametrize(("values", "kind"), [
    (["2019Q1", "2019Q2"], "quarter"), (["2019年度", "2020年度"], "year"), (["2019-01-01", "2020-01-01"], "month"), (["2019年度"], "year"),
])  # fmt: skip
def test_labels_say_their_kind_even_where_they_are_two(values, kind):
    calendar, places = read_periods(values, "when")
    assert calendar.kind == kind
    assert kind == "month" or (calendar.length, places.tolist()) == (len(values), list(range(len(values))))
