"""The trend figure: what is drawn is what was observed, in both languages."""

from __future__ import annotations

import pytest

from ebpm.logic import read_logic_model, trend
from ebpm.texts import label
from tests.logic.test_indicators import COUNT, SHARE, count, model, share
from tests.logic.test_plan import FILE


def texts(ax) -> set[str]:
    return {text.get_text() for text in ax.texts}


@pytest.mark.parametrize(
    ("lang", "years"),
    [("ja", ["平成30年度", "令和元年度", "令和2年度", "令和3年度"]), ("en", ["FY2018", "FY2019", "FY2020", "FY2021"])],
)
def test_the_survey_of_the_plan(lang, years):
    ax = trend(read_logic_model(FILE), "in_1_1").plot(lang=lang)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == years
    assert {"59.9", "15.8", "89.4", label("trend_empty", lang)} <= texts(ax)
    assert ax.get_ylim() == (0.0, 100.0)
    named = {text.get_text() for text in ax.get_legend().get_texts()}
    assert named == {label("trend_value", lang), label("trend_bounds", lang)}


def test_interval_and_target_are_named_where_they_are_drawn():
    rows = (share(2018, 50.0, n=100, response_rate=0.8), share(2019, 60.0, n=100, response_rate=0.8))
    ax = trend(model(SHARE, *rows), "s").plot(lang="en")
    named = {text.get_text() for text in ax.get_legend().get_texts()}
    assert {label("trend_target", "en"), label("trend_interval", "en", level="95")} <= named
    assert label("trend_empty", "en") not in texts(ax)


def test_counts_start_at_zero_and_fit():
    ax = trend(model(COUNT, count(2018, 51), count(2019, 2360)), "c").plot(lang="ja")
    low, high = ax.get_ylim()
    assert low == 0
    assert high > 2360
    assert {"51", "2,360"} <= texts(ax)


def test_it_draws_on_axes_that_are_given():
    import matplotlib.pyplot as plt

    ax = plt.subplots()[1]
    assert trend(read_logic_model(FILE), "in_6_2").plot(ax) is ax
