"""Arguments as callers write them: time zones, one name instead of a list, numbers that are not whole."""

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, its
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Frame

N = 48


def table():
    rng = np.random.default_rng(4)
    months = pd.period_range("2015-04", periods=N, freq="M").astype(str)
    return pd.DataFrame({"month": months, "y": rng.normal(size=N), "warmth": rng.normal(size=N)})


def fitted(data, **choices):
    return its.segmented(data, "y", **({"time": "month", "intervention": "2017-10"} | choices))


def test_times_of_a_zone_are_those_of_its_clocks():
    zoned = table().assign(month=pd.to_datetime(table()["month"]).dt.tz_localize("Asia/Tokyo"))
    assert fitted(zoned).estimates == fitted(table()).estimates
    assert Frame.of(zoned).values("month", "time")[0] == np.datetime64("2015-04-01")


def test_days_of_a_zone_are_those_of_its_clocks():
    days = pd.DataFrame(
        {
            "pid": range(8),
            "zero": ["2020-04-01"] * 8,
            "rehab": ["2020-04-08", None] * 4,
            "back": ["2020-06-20"] * 6 + [None] * 2,
        }
    )
    zoned = days.assign(zero=pd.to_datetime(days["zero"]).dt.tz_localize("Asia/Tokyo"))
    trial = {
        "person": "pid", "time_zero": "zero", "follow_up": {"days": 180}, "outcome": {"date": "back", "text": "readmission"},
        "treatment": {"started": "rehab", "handling": "landmark", "days": 7, "treated": "yes", "untreated": "no"},
    }  # fmt: skip
    plain, found = (cohort.person_time(one, trial).frame for one in (days, zoned))
    assert found["treated"].tolist() == plain["treated"].tolist() == [1, 0] * 4
    assert found["stop"].tolist() == plain["stop"].tolist()


@pytest.mark.parametrize("routine", [its.segmented, its.arima])
def test_one_covariate_may_be_a_name(routine):
    given = {"time": "month", "intervention": "2017-10"}
    one, many = (routine(table(), "y", covariates=names, **given).estimates for names in ("warmth", ["warmth"]))
    assert one == many


def test_one_control_may_be_a_name():
    given = {"time": "month", "intervention": "2017-10"}
    one, many = (its.structural(table(), "y", controls=names, **given).estimates for names in ("warmth", ["warmth"]))
    assert one == many


@pytest.mark.parametrize(("choices", "code"), [
    ({"errors": "newey_west", "lags": 2.5}, "its_bad_lags"), ({"errors": "newey_west", "lags": -1}, "its_bad_lags"),
    ({"errors": "reml", "lags": 0}, "its_bad_lags"), ({"transition": 1.5}, "its_bad_transition"),
    ({"intervention": {"start": "2017-10", "lag": 1.5}}, "its_bad_intervention"),
    ({"intervention": {"start": "2017-10", "delay": 1}}, "its_bad_intervention"),
])  # fmt: skip
def test_numbers_that_cannot_be(choices, code):
    with pytest.raises((DataError, DesignError)) as caught:
        fitted(table(), **choices)
    assert caught.value.code == code
    assert next(str(value) for value in choices.values() if not isinstance(value, str)).strip("{}").split("'")[
        -1
    ].strip(": ") in caught.value.given("ja")


def test_numbers_of_numpy_are_whole_numbers():
    found, plain = (fitted(table(), errors="reml", lags=order) for order in (np.int64(2), 2))
    assert len(found.model.autoregression) == 2
    assert found.estimates == plain.estimates


def test_a_doubled_period_names_the_outcome():
    with pytest.raises(DesignError, match="Series y: 1 periods"):
        fitted(pd.concat([table(), table().iloc[:1]]))


@pytest.mark.parametrize(
    "plan", [{"periods": 24.5}, {"periods": 24, "sd": float("inf")}, {"periods": 24, "before": 11.5}]
)
def test_a_plan_of_whole_periods(plan):
    with pytest.raises(DataError) as caught:
        its.SeriesDesign(**plan)
    assert caught.value.code == "its_bad_plan"
    assert str(plan["periods"]) in caught.value.given("ja")


def test_power_for_an_effect_that_is_a_number():
    with pytest.raises(DataError, match="effect=nan"):
        its.power(its.SeriesDesign(periods=24), float("nan"), draws=10)


def test_a_site_that_never_starts_may_say_so_by_infinity():
    rng = np.random.default_rng(5)
    sites = pd.DataFrame(
        [(s, t, 9.0 + s if s else np.nan, rng.normal()) for s in range(4) for t in range(24)],
        columns=["s", "t", "start", "y"],
    )
    given = {"time": "t", "site": "s", "starts": "start"}
    assert its.sites(sites.fillna(np.inf), "y", **given).estimates == its.sites(sites, "y", **given).estimates
