"""Holidays, weekdays and lengths of months; days and weeks as periods; shapes of effects."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import its
from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import Calendar, read_periods
from ebpm.its.periods.holidays import japanese_holidays
from ebpm.its.periods.seasons import season_terms
from ebpm.its.series.interventions import Intervention, read_interventions

OFFICIAL = Path(__file__).parents[1] / "data" / "files" / "syukujitsu.csv"
MONTHS = Calendar("month", 12 * 2019 + 3, 12)


def official():
    with OFFICIAL.open(encoding="cp932", newline="") as file:
        rows = list(csv.reader(file))[1:]
    days = {}
    for text, *_ in rows:
        day = dt.date(*map(int, text.split("/")))
        days.setdefault(day.year, set()).add(day)
    return days


def test_holidays_are_those_of_the_cabinet_office():
    table = official()
    assert len(table) >= 70
    assert {
        year: japanese_holidays(year) ^ days for year, days in table.items() if japanese_holidays(year) != days
    } == {}


@pytest.mark.parametrize(("day", "free"), [
    ("2020-07-24", True), ("2020-10-12", False), ("2021-08-09", True), ("2019-10-22", True), ("2019-05-02", True), ("2008-05-06", True),
    ("1973-04-30", True), ("2026-09-22", True),
])  # fmt: skip
def test_moved_and_substitute_holidays(day, free):
    found = dt.date.fromisoformat(day)
    assert (found in japanese_holidays(found.year)) == free


def test_holidays_of_other_centuries_are_refused():
    with pytest.raises(DesignError) as caught:
        japanese_holidays(1900)
    assert caught.value.code == "its_no_holidays"


def test_terms_of_months():
    terms = season_terms(MONTHS, ("days", "holiday", "weekday", "fiscal_year"))
    assert terms.names == ("days", "holidays", "weekdays", "fiscal_year_end", "fiscal_year_start")
    columns = dict(zip(terms.names, terms.columns.T, strict=True))
    np.testing.assert_allclose(columns["days"][:2], np.array([30, 31]) / (365.25 / 12))
    assert columns["holidays"][1] == 4  # 1, 2, 3 and 6 May 2019; the fourth and fifth are a weekend
    assert columns["weekdays"][0] == 22 - 2.5 * 8
    assert columns["fiscal_year_end"].tolist() == [0.0] * 11 + [1.0]
    assert columns["fiscal_year_start"].tolist() == [1.0] + [0.0] * 11


def test_days_and_weeks_are_told_from_months():
    days = pd.date_range("2019-04-01", periods=40).strftime("%Y-%m-%d").tolist()
    calendar, places = read_periods(days[::-1], "day")
    assert (calendar.kind, calendar.length, places[0], calendar.name(39)) == ("day", 40, 39, "2019-05-10")
    weeks, _ = read_periods(days[::7], "day")
    assert (weeks.kind, weeks.length, weeks.name(1), weeks.place("2019-04-17")) == ("week", 6, "2019-04-08", 2)
    assert read_periods(["2019-04-30", "2019-05-31"], "day")[0].kind == "month"


def test_terms_of_days():
    calendar, _ = read_periods(pd.date_range("2019-04-29", periods=14).strftime("%Y-%m-%d"), "day")
    terms = season_terms(calendar, ("weekday", "holiday", 1))
    assert terms.columns.shape == (14, 9)
    assert terms.columns[:, 6].tolist() == [1.0] * 8 + [0.0] * 6
    assert terms.columns[0, :6].tolist() == [0.0] * 6


@pytest.mark.parametrize(
    ("kind", "season"),
    [("number", "holiday"), ("quarter", "fiscal_year"), ("week", "weekday"), ("day", "days"), ("quarter", "month")],
)
def test_terms_that_a_calendar_does_not_have(kind, season):
    with pytest.raises(DesignError) as caught:
        season_terms(Calendar(kind, 8000, 20), season)
    assert caught.value.code == "its_no_season"
    assert season in caught.value.given("ja")


def test_daily_series_with_weekdays_and_holidays():
    rng = np.random.default_rng(1)
    days = pd.date_range("2019-01-01", periods=200)
    free = np.array([day.date() in japanese_holidays(day.year) for day in days])
    y = 50 + 8.0 * free + 5.0 * (days.day_of_week == 5) - 4.0 * (np.arange(200) >= 120) + rng.normal(size=200)
    table = pd.DataFrame({"day": days, "y": y})
    found = its.segmented(
        table, "y", time="day", intervention="2019-05-01", season=("weekday", "holiday"), errors="ols"
    )
    assert found.estimates.headline.estimate == pytest.approx(-4.0, abs=1.2)
    assert found.coefficients["holidays"].estimate == pytest.approx(8.0, abs=1.0)
    assert found.coefficients["weekday_6"].estimate == pytest.approx(5.0, abs=1.0)


def test_shapes_of_an_effect():
    one = Intervention(start=3, effect=("level", "slope", "pulse"), lag=1, phase_in=2, periods=2)
    columns = one.columns(np.arange(9.0))
    np.testing.assert_allclose(columns[:, 0], [0, 0, 0, 0, 1 / 3, 2 / 3, 1, 1, 1])
    assert columns[:, 1].tolist() == [0, 0, 0, 0, 0, 1, 2, 3, 4]
    assert columns[:, 2].tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0]
    assert one.columns(np.array([20.0]))[0].tolist() == [1.0, 16.0, 0.0]


@pytest.mark.parametrize("given", [
    {"effect": "level"}, {"start": "2019-06", "lags": 1}, {"start": "2019-06", "lag": -1}, {"start": "2019-06", "effect": []}, [],
    {"start": "2019-06", "effect": ["level", "level"]}, {"start": "2019-06", "periods": 0},
])  # fmt: skip
def test_declarations_that_are_refused(given):
    with pytest.raises(DataError) as caught:
        read_interventions(given, MONTHS)
    assert caught.value.code == "its_bad_intervention"
    assert "effect" in caught.value.remedy("en")


def test_unknown_shape_and_further_intervention_outside():
    with pytest.raises(DataError, match="ramp"):
        read_interventions({"start": "2019-06", "effect": "ramp"}, MONTHS)
    table = pd.DataFrame({"t": range(30), "y": np.arange(30.0) ** 0.5})
    with pytest.raises(DesignError, match="40"):
        its.segmented(table, "y", time="t", intervention=[15, {"start": 40, "effect": "level"}])


def test_a_lag_moves_the_effect_and_not_the_start(made, month):
    table = made()
    lagged = its.segmented(table, "rate", time="month", intervention={"start": month(57), "lag": 3}, errors="ols")
    plain = its.segmented(table, "rate", time="month", intervention=month(60), errors="ols")
    assert lagged.estimates.headline.estimate == plain.estimates.headline.estimate
    assert (lagged.observed.start, lagged.observed.onset) == (57, 60)


def test_covariates_must_be_shared_by_both_series(made, month):
    table = made(comparison=True)
    table = table.assign(shared=np.tile(np.sin(np.arange(96)), 2), own=np.arange(192.0) % 7)
    given = {"time": "month", "intervention": month(60), "comparison": "city", "errors": "ols"}
    assert "exposed_shared" in its.segmented(table, "rate", covariates=["shared"], **given).coefficients.terms
    with pytest.raises(DesignError, match="own"):
        its.segmented(table, "rate", covariates=["own"], **given)


def test_shares_need_a_denominator_that_is_large_enough(made, month):
    given = {"time": "month", "intervention": month(60), "family": "binomial"}
    with pytest.raises(DesignError, match="denominator"):
        its.segmented(made(), "cases", **given)
    with pytest.raises(DesignError, match="exceeds"):
        its.segmented(made().assign(few=1.0), "cases", exposure="few", **given)
