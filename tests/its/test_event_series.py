"""Events to regular series: months and weeks with zeros, denominators, the same from every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import its, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.asking import Recorder

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")


def falls(seed: int = 1, rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2018-04-01") + pd.to_timedelta(rng.integers(0, 1400, rows), unit="D")
    return pd.DataFrame({
        "day": days.date, "at": days + pd.to_timedelta(rng.integers(0, 86399, rows), unit="s"), "text": days.strftime("%Y-%m-%d"),
        "ward": rng.integers(0, 2, rows), "cost": rng.integers(100, 99999, rows),
    })  # fmt: skip


def people() -> pd.DataFrame:
    months = pd.period_range("2018-04", "2022-03", freq="M").astype(str)
    return pd.DataFrame(
        {"day": np.tile(months, 4), "ward": np.repeat([0, 0, 1, 1], 48), "insured": np.repeat([500, 100, 300, 50], 48)}
    )


@pytest.mark.parametrize("column", ["day", "at", "text"])
@pytest.mark.parametrize("every", ["month", "quarter", "week", "day"])
def test_counts_are_those_of_pandas_from_every_engine(column, every, tmp_path):
    data = falls()
    pl.from_pandas(data).write_parquet(tmp_path / "falls.parquet")
    tables = [
        data,
        tmp_path,
        moments.scan(tmp_path, engine="polars"),
        pl.from_pandas(data),
        pl.from_pandas(data[::-1]).lazy(),
    ]
    found = [its.event_series(table, column, every=every) for table in tables]
    assert len({(one.calendar, tuple(one.values.ravel())) for one in found}) == 1
    freq = {"month": "M", "quarter": "Q", "week": "W-SUN", "day": "D"}[every]
    held = pd.to_datetime(data["text"]).dt.to_period(freq).value_counts()
    whole = held.reindex(pd.period_range(held.index.min(), held.index.max(), freq=freq), fill_value=0)
    assert found[0].frame["events"].tolist() == whole.tolist()
    first = {"month": str, "quarter": lambda p: f"{p.year}-Q{p.quarter}"}.get(every, lambda p: str(p.start_time.date()))
    assert found[0].frame[column].tolist() == [first(period) for period in whole.index]


def test_amounts_series_and_denominators():
    data = falls()
    found = its.event_series(
        pl.from_pandas(data).lazy(), "day", amount="cost", by="ward", denominators=people(), exposure="insured"
    )
    frame = found.frame
    assert frame.columns.tolist() == ["day", "ward", "cost", "insured"]
    assert len(frame) == 96
    assert set(frame.loc[frame["ward"] == 0, "insured"]) == {600.0}
    month = data["text"].str[:7]
    held = data.groupby([data["ward"], month])["cost"].sum()
    shown = frame.set_index(["ward", "day"])["cost"]
    pd.testing.assert_series_equal(shown[shown > 0].astype(int), held, check_names=False)


def test_the_series_is_what_routines_take():
    data = falls(2, rows=4000)
    found = its.event_series(data, "day", first="2018-04", last="2022-01")
    fit = its.segmented(found.frame, "events", time="day", intervention="2020-04", family="poisson")
    assert fit.estimates.headline.n == 46
    both = its.event_series(data, "day", by="ward", denominators=people(), exposure="insured", last="2022-01-15")
    fit = its.segmented(
        both.frame,
        "events",
        time="day",
        intervention="2020-04",
        exposure="insured",
        comparison="ward",
        family="poisson",
    )
    assert fit.estimates.headline.n == 92


def test_holes_and_events_outside_are_told():
    found = its.event_series(pd.DataFrame({"day": ["2019-04-03", "2019-04-20", "2019-06-01"]}), "day")
    assert found.notices.codes == ("I340",)
    assert found.notices.items[0].facts["periods"] == "2019-05"
    window = its.event_series(falls(), "day", first="2019-01", last="2019-12-31")
    assert "I341" in window.notices.codes
    assert window.outside == 400 - int(window.counts.sum())
    full = its.event_series(pd.DataFrame({"year": [2019, 2020, 2021]}), "year", every="number")
    assert full.notices.codes == ()
    assert full.frame["year"].tolist() == ["2019", "2020", "2021"]


def test_what_cannot_be_is_refused():
    data = falls()
    with pytest.raises(DesignError, match="exposure"):
        its.event_series(data, "day", denominators=people())
    with pytest.raises(DesignError, match="insured") as refused:
        its.event_series(data, "day", by="ward", denominators=people()[1:48], exposure="insured")
    assert refused.value.code == "its_no_exposure"
    with pytest.raises(DesignError) as refused:
        its.event_series(data, "day", first="2020-01", last="2019-01")
    assert refused.value.code == "its_empty_window"
    with pytest.raises(DataError, match="spring"):
        its.event_series(data.assign(text="spring"), "text")
    with pytest.raises(DataError) as refused:
        its.event_series(data.assign(text=data["text"].str[:7]), "text", every="week")
    assert refused.value.code == "its_other_calendar"
    with pytest.raises(DataError, match="year"):
        its.event_series(data, "day", every="year")
    with pytest.raises(DataError) as refused:
        its.event_series(data.assign(text=data["text"].where(data.index > 3)), "text")
    assert refused.value.facts["count"] == 4


def test_sums_of_two_offices_answer_like_the_whole():
    data = falls()
    recorders = [Recorder(moments.scan(pl.from_pandas(part).lazy())) for part in (data[:150], data[150:])]
    for recorder in recorders:
        its.event_series(recorder, "day", by="ward")
    (first,), (second,) = (recorder.found for recorder in recorders)
    assert its.event_series(first + second, "day", by="ward") == its.event_series(data, "day", by="ward")
    assert {label.day for label in first.labels("day")} == {1}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_and_draws_itself(lang):
    found = its.event_series(falls(), "day", by="ward", denominators=people(), exposure="insured")
    assert "400" in found.summary(lang)
    axes = found.plot(lang=lang)
    assert len(axes.lines) == 2
    assert found.tidy().shape == (96, 3)


def test_time_zones_do_not_move_events():
    at = pd.Series(pd.to_datetime(["2019-03-31 23:30", "2019-04-01 00:30"]))
    local = at.dt.tz_localize("Asia/Tokyo")
    for times in (at, local):
        assert its.event_series(pl.from_pandas(pd.DataFrame({"at": times})), "at").frame["events"].tolist() == [1, 1]
