"""Each guard rail of surveys: a case that fires, one that must not, and words in both languages."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError
from ebpm.notices import Notices

N = 200


def frame(**columns):
    return pd.DataFrame({"y": np.tile([0.0, 1.0], N // 2), **columns})


def weighted(heavy):
    return survey.mean(frame(w=np.r_[np.ones(N - 1), heavy]), "y", weights="w").notices


def raked(rare):
    data = frame(ward=np.repeat(["a", "b"], [N - rare, rare]))
    return survey.rake(data, {"ward": {"a": (N - rare) / N, "b": rare / N}}).notices


def with_unknown(count):
    answers = np.repeat(["yes", "no", "unknown"], [100, 100, count])
    return survey.bounds(pd.DataFrame({"a": answers}), "a", code="yes", unknown=["unknown"]).notices


def clustered(lots):
    return survey.mean(frame(lot=np.arange(N) % lots), "y", cluster="lot").notices


def dated(event):
    days = pd.date_range("2019-08-19", periods=N, freq="h").strftime("%Y-%m-%d")
    return survey.events_in_window(frame(day=days), "day", events={event: "ordinance"})


def reported(share, compared=N):
    said = frame()["y"].to_numpy()
    record = np.where(np.arange(N) < share * N, 1 - said, said)
    return survey.self_report(frame(record=np.where(np.arange(N) < compared, record, np.nan)), "y", record="record")


CASES = {
    "S101": (lambda: survey.response(frame(), "y", minimum=0.6), lambda: survey.response(frame(), "y")),
    "S102": (lambda: weighted(30.0), lambda: weighted(2.0)),
    "S103": (lambda: raked(9), lambda: raked(10)),
    "S104": (lambda: with_unknown(60), lambda: with_unknown(10)),
    "S105": (lambda: clustered(8), lambda: clustered(9)),
    "S106": (lambda: dated("2019-08-25"), lambda: dated("2019-10-01")),
    "S107": (lambda: survey.self_report(frame(), "y"), lambda: reported(0.05)),
    "S108": (lambda: reported(0.2), lambda: reported(0.05)),
}


@pytest.mark.parametrize("code", CASES)
def test_it_fires(code):
    found = CASES[code][0]()
    assert isinstance(found, Notices)
    assert found.codes == (code,)
    for notice in found:
        texts = [
            [part(lang) for part in (notice.title, notice.message, notice.why, notice.remedy)] for lang in ("ja", "en")
        ]
        assert all(ours != theirs for ours, theirs in zip(*texts, strict=True))


@pytest.mark.parametrize("code", CASES)
def test_it_does_not_fire(code):
    assert code not in CASES[code][1]()


def test_response_is_looked_at_in_each_group():
    data = frame(arm=np.repeat(["a", "b"], N // 2), answered=np.repeat([1, 0, 1], [100, 60, 40]))
    found = survey.response(data, "answered", by="arm")
    assert [notice.about for notice in found] == ["arm = b"]
    assert "40.0%" in found.items[0].message("en")


def test_response_must_be_zero_or_one():
    with pytest.raises(DataError) as caught:
        survey.response(frame(answered=2), "answered")
    assert caught.value.code == "survey_not_zero_one"


def test_low_response_reaches_bounds():
    assert "S101" in survey.bounds_from(mean=0.599, response_rate=0.264).notices
    assert "S101" not in survey.bounds_from(mean=0.599, response_rate=0.7).notices


@pytest.mark.parametrize(
    ("event", "fires"),
    [("2019-08", True), ("2019", True), ("2019-07", False), ("2019-08-19", True), ("2019-08-18", False)],
)
def test_an_event_may_be_a_day_a_month_or_a_year(event, fires):
    assert ("S106" in dated(event)) is fires


def test_an_event_tells_how_many_answers_came_before():
    message = dated("2019-08-20").items[0].message("en")
    assert "24 answers before, 176 from then on" in message


def test_dates_of_a_frame_are_read():
    days = pd.to_datetime(["2019-09-20", "2019-10-05"])
    assert "S106" in survey.events_in_window(pd.DataFrame({"day": days}), "day", events={"2019-10": "ordinance"})


@pytest.mark.parametrize(("column", "event"), [("soon", "2019-10"), ("2019-10-01", "next month")])
def test_what_is_no_date_is_refused(column, event):
    with pytest.raises(DataError) as caught:
        survey.events_in_window(pd.DataFrame({"day": [column]}), "day", events={event: "ordinance"})
    assert caught.value.code == "survey_not_a_date"


def test_nothing_compared_is_as_no_record():
    assert reported(0.0, compared=0).codes == ("S107",)


def test_equal_weights_have_no_design_effect():
    assert survey.design_effect(np.full(7, 3.0)) == pytest.approx(1.0, rel=1e-15)
    assert survey.effective_size(np.full(7, 3.0)) == pytest.approx(7.0, rel=1e-15)
