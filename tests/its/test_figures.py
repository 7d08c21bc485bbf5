"""The figures say what they show, in both languages, and change no setting."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from ebpm import its

EVENTS = [("2020-04", {"ja": "緊急事態宣言", "en": "state of emergency"}), ("2035-01", "outside")]


@pytest.fixture
def series(made, month):
    return its.segmented(
        made(comparison=True), "cases", time="month", intervention=month(60), exposure="people", comparison="city",
        family="poisson", transition=3, events=EVENTS,
    )  # fmt: skip


@pytest.mark.parametrize(("lang", "words"), [
    ("ja", ("介入がなかった場合", "介入開始 2019-01", "緊急事態宣言", "cases ÷ people")),
    ("en", ("without the intervention", "intervention 2019-01", "state of emergency", "cases / people")),
])  # fmt: skip
def test_words(series, lang, words):
    ax = series.plot(lang=lang)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    seen = [*legend, *(text.get_text() for text in ax.texts), ax.get_ylabel()]
    assert all(one in seen for one in words)
    assert "outside" not in seen


def test_lines_are_the_fit_and_the_counterfactual(series):
    ax = series.plot()
    dashed = next(line for line in ax.lines if line.get_label() == "without the intervention")
    np.testing.assert_allclose(dashed.get_ydata(), series.counterfactual[63:])
    np.testing.assert_array_equal(dashed.get_xdata(), np.arange(63, 96))
    before = next(line for line in ax.lines if line.get_label() == "fitted")
    np.testing.assert_allclose(before.get_ydata(), series.mean[0, :60])


def test_years_on_the_axis(series):
    labels = [label.get_text() for label in series.plot(lang="en").get_xticklabels()]
    assert labels == ["FY2014", "FY2015", "FY2016", "FY2017", "FY2018", "FY2019", "FY2020", "FY2021"]


def test_given_axes_are_used_and_settings_kept(series):
    before = dict(mpl.rcParams)
    _, ax = plt.subplots()
    assert series.plot(ax) is ax
    assert dict(mpl.rcParams) == before


def test_placebo_figure(made, month):
    placebo = its.placebo_dates(made(), "rate", time="month", intervention=month(60))
    ax = placebo.plot(lang="ja")
    assert ax.get_xlabel() == "プラセボ日付"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [one.estimate for one in placebo.estimates])
