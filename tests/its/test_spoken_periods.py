"""Periods and terms are said in the language of the reader; wrong periods and margins are refused in it."""

import re

import numpy as np
import pandas as pd
import pytest

import ebpm
from ebpm import its
from ebpm.errors import DataError
from ebpm.its.periods.names import NUMBERED, PLAIN, Period, term_words

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.fixture(scope="module")
def years():
    rng = np.random.default_rng(1)
    t = np.arange(30)
    y = 50 + t - 5 * (t >= 18) + rng.standard_normal(30)
    return pd.DataFrame({"y": y, "year": [f"{1994 + place}年度" for place in t]})


def fitted(years, **choices):
    return its.segmented(years, "y", time="year", intervention="2012年度", **choices)


def test_fiscal_years_in_words_tables_notices_and_pictures(years):
    result = fitted(years, transition=1, events=[("2015年度", {"ja": "改正", "en": "reform"})])
    shown = "".join((
        result.summary("ja"), result.effect_at("2014年度").summary("ja"), result.impact().summary("ja"),
        its.change_point(years, "y", time="year", intervention="2012年度", draws=19).summary("ja"),
        its.placebo_dates(years, "y", time="year", intervention="2012年度").summary("ja"),
    ))  # fmt: skip
    assert "FY" not in shown
    assert "2012年度" in shown
    assert "effect_at" not in shown
    english = result.summary("en")
    assert "年度" not in english
    assert "FY2012" in english
    for axes in (result.plot(lang="ja"), result.impact().plot(lang="ja")):
        words = [
            text.get_text()
            for panel in axes.figure.axes
            for text in panel.findobj(lambda one: hasattr(one, "get_text"))
        ]
        assert not any("FY" in text for text in words)
        assert any("2012年度" in text for text in words)


def test_codes_stay_what_they_are(years):
    result = fitted(years)
    assert result.effect_at("2014年度").term == "effect_at_FY2014"
    assert "FY2019" in set(result.impact().pointwise.tidy().term)


def test_kinds_of_periods_are_said(years):
    with ebpm.texts.speaking("ja"):
        with pytest.raises(DataError) as other:
            its.segmented(years, "y", time="year", intervention="2012Q2")
        with pytest.raises(DataError) as mixed:
            its.segmented(years.replace("1996年度", "2003-05"), "y", time="year", intervention="2012年度")
        assert "四半期" in str(other.value)
        assert "年度" in str(mixed.value)
        assert not re.search("quarter|fiscal|month", f"{other.value}{mixed.value}")
    assert "quarters" in str(other.value)


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf"), "1", True])
def test_impossible_margins(years, margin):
    with pytest.raises(DataError, match="margin"):
        fitted(years, margin=margin)


def test_every_term_of_the_library_has_words():
    terms = [
        *PLAIN,
        *(f"{one}_2" for one in NUMBERED),
        "exposed_month_3",
        "comparison_level_change",
        "pulse_change_2014-03",
    ]
    for term in terms:
        words = term_words(term)
        assert JAPANESE.search(words["ja"]), term
        assert not JAPANESE.search(words["en"]), term
    assert term_words("my_column") == ""
    assert term_words("month") == term_words("days_2") == ""
    assert Period("FY2012, FY2013, …").words("ja") == "2012年度, 2013年度, …"


@pytest.mark.parametrize(("times", "start", "same"), [
    ([f"平成{27 + t // 12}年{t % 12 + 1}月" for t in range(48)], "平成29年1月", [f"{2015 + t // 12}-{t % 12 + 1:02d}" for t in range(48)]),
    ([f"{2010 + t // 4}年度第{t % 4 + 1}四半期" for t in range(48)], "2016年度第1四半期", [f"{2010 + (t + 1) // 4}Q{(t + 1) % 4 + 1}" for t in range(48)]),
    ([f"{2017 + t // 52}-W{t % 52 + 1:02d}" for t in range(48)], "2017-W25", [f"2017-01-{2:02d}"] * 0),
    ([float(f"{2015 + t // 12}{t % 12 + 1:02d}") for t in range(48)], 201701, [f"{2015 + t // 12}-{t % 12 + 1:02d}" for t in range(48)]),
    ([f"２０１５年{t + 1}月" if t < 12 else f"{2015 + t // 12}年{t % 12 + 1}月" for t in range(48)], "２０１７年１月", []),
    ([*(f"平成{t}年度" for t in range(1, 31)), "令和元年度", "令和2年度"], "平成20年度", [f"{1988 + t}年度" for t in range(1, 33)]),
])  # fmt: skip
def test_ways_to_write_periods(times, start, same):
    y = np.random.default_rng(4).standard_normal(len(times))
    found = its.segmented(pd.DataFrame({"t": times, "y": y}), "y", time="t", intervention=start, errors="ols")
    assert found.observed.calendar.length == len(times)
    if same:
        other = its.segmented(
            pd.DataFrame({"t": same, "y": y}), "y", time="t", intervention=same[found.observed.start], errors="ols"
        )
        assert other.observed.calendar == found.observed.calendar
        assert other.estimates.headline.estimate == found.estimates.headline.estimate


@pytest.mark.parametrize("name", ["intercept", "trend", "level_change", "slope_change", "cos_1"])
def test_covariates_called_as_terms_are_refused(name):
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "t": pd.period_range("2015-01", periods=48, freq="M"),
            "y": rng.standard_normal(48),
            name: rng.standard_normal(48),
        }
    )
    given = {"time": "t", "intervention": {"start": "2017-01", "effect": ["level", "slope"]}, "season": 1}
    for routine in (its.segmented, its.arima):
        with pytest.raises(ebpm.errors.DesignError, match="called as a term"):
            routine(table, "y", covariates=[name], **given)


def test_a_covariate_called_as_a_coefficient_of_the_errors():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"t": range(48), "y": rng.standard_normal(48), "ar_1": rng.standard_normal(48)})
    with pytest.raises(ebpm.errors.DesignError, match="ar_1"):
        its.arima(table, "y", time="t", intervention=24, covariates=["ar_1"])
    renamed = table.rename(columns={"ar_1": "level_change"})
    with pytest.raises(ebpm.errors.DesignError, match="level_change"):
        its.structural(renamed, "y", time="t", intervention=24, controls=["level_change"], fit="whole")
    alone = its.structural(table, "y", time="t", intervention=24)
    with pytest.raises(ebpm.errors.DesignError, match="no coefficients"):
        _ = alone.coefficients
