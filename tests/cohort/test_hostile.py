"""What offices hand in: dates where times are meant, outcomes that the covariates explain to the last digit."""

import numpy as np
import pandas as pd
import pytest

from ebpm import DataError, DesignError, cohort, moments
from ebpm.estimate import Unavailable
from tests.cohort.cohorts import COVARIATES, cohort_of, followed, records, trial


@pytest.mark.parametrize("kind", ["date", "duration"])
def test_dates_are_no_times(kind):
    data = followed()
    day = pd.to_timedelta(data["days"], unit="D")
    data = data.assign(days=pd.Timestamp("2020-01-01") + day if kind == "date" else day)
    with pytest.raises(DataError, match="days"):
        cohort.kaplan_meier(data, "days", event="back")


@pytest.mark.parametrize("routine", [cohort.aipw, cohort.g_computation])
def test_an_outcome_without_residuals_has_an_error_of_nothing(routine):
    data = cohort_of()
    found = routine(data.assign(y=data["x"] + data["treated"]), "y", treatment="treated", covariates=COVARIATES)
    head = found.estimates.headline
    assert head.estimate == pytest.approx(1.0, abs=1e-12)
    assert not isinstance(head.std_error, float) or head.std_error == pytest.approx(0.0, abs=1e-7)
    assert np.isfinite(found.estimates.covariance).all()


@pytest.mark.parametrize("routine", [cohort.iptw, cohort.aipw, cohort.g_computation])
def test_an_outcome_is_no_covariate(routine):
    with pytest.raises(DataError, match="among the covariates"):
        routine(cohort_of(), "y", treatment="treated", covariates=[*COVARIATES, "y"])


def test_nor_is_it_where_the_table_lies():
    polars = pytest.importorskip("polars")
    data = moments.scan(polars.from_pandas(cohort_of()).lazy(), engine="polars", memory=1_000)
    with pytest.raises(DataError, match="among the covariates"):
        cohort.iptw(data, "y", treatment="treated", covariates=[*COVARIATES, "y"])


def test_an_arm_without_events_has_no_interval_of_width_nothing():
    data = followed()
    back = np.zeros(len(data), dtype=int)
    back[int(data["days"].argmax())] = 1
    found = cohort.iptw_survival(
        data.assign(back=back), "days", event="back", treatment="treated", covariates=COVARIATES, horizon=100
    ).estimates
    assert found["risk_difference"].estimate == 0.0
    assert isinstance(found["risk_difference"].conf_low, Unavailable)


@pytest.mark.parametrize(
    ("form", "end"), [("%Y/%m/%d", ""), ("%Y.%m.%d", ""), ("%Y-%m-%d", "T13:30:00+09:00"), ("short", " ")]
)
def test_dates_with_strokes_are_dates(form, end):
    def written(days):
        when = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
        short = when.map(lambda day: f"{day.year}/{day.month}/{day.day}", na_action="ignore")
        return (short if form == "short" else when.dt.strftime(form)) + end

    data = records()
    dates = [name for name in ("zero", "started", "back", "left") if name in data]
    same = cohort.emulate(data, "back", trial=trial("landmark", 90), covariates=["x"]).estimates
    found = cohort.emulate(
        data.assign(**{name: written(data[name]) for name in dates}),
        "back",
        trial=trial("landmark", 90),
        covariates=["x"],
    )
    assert [one.estimate for one in found.estimates] == [one.estimate for one in same]


@pytest.mark.parametrize("value", ["2020/13/01", "2020/1-2", "20/1/2", "2020/1/234", "令和2年1月2日"])
def test_what_is_no_date_is_refused(value):
    data = records().astype({"zero": object})
    data.loc[3, "zero"] = value
    with pytest.raises(DataError, match="not a date"):
        cohort.emulate(data, "back", trial=trial("landmark", 90), covariates=["x"])


def test_messages_name_the_strategies():
    declared = trial("clone_censor_weight", 90)
    declared["treatment"] |= {"treated": "begun", "untreated": "waiting"}
    declared["follow_up"] |= {"days": 3000}
    for handling in ("clone_censor_weight", "naive"):
        declared["treatment"] |= {"handling": handling, "days": 90 if handling != "naive" else 0}
        with pytest.raises(DesignError, match=r"group (begun|waiting)"):
            cohort.emulate(records().assign(left=800.0), "back", trial=declared, covariates=["x"])


@pytest.mark.parametrize("at", ["30", [-1], [float("nan")], ["x"], [None], float("inf"), {"a"}])
def test_times_are_numbers(at):
    with pytest.raises(DesignError, match="at holds"):
        cohort.kaplan_meier(followed(), "days", event="back", at=at)


def test_one_time_may_stand_alone():
    for at in (30, [30], (30.0,), np.array([30]), pd.Series([30])):
        (found,) = cohort.kaplan_meier(followed(), "days", event="back", at=at).estimates
        assert found.term == "30"


@pytest.mark.parametrize("horizon", ["1y", "30", None, 0, float("nan"), [30]])
def test_a_horizon_is_a_number(horizon):
    with pytest.raises(DesignError, match="horizon="):
        cohort.rmst(followed(), "days", event="back", treatment="treated", horizon=horizon)


def test_shares_and_groups_that_are_none():
    found = cohort.kaplan_meier(followed(), "days", event="back", by="treated")
    assert found[1].label == found["1"].label == "1"
    with pytest.raises(DesignError, match="between 0 and 1"):
        found.quantiles(2)
    with pytest.raises(DataError, match="no such group"):
        found["2"]
