"""Event studies and group-time figures: what is drawn, said in the legend, and readable in both languages."""

import matplotlib.pyplot as plt
import pytest

from ebpm import did
from ebpm.figures.intervals import ticks
from ebpm.figures.style import BLUE, GREY, ORANGE
from tests.did.panels import COLUMNS, LARGE, NEVER, panel


@pytest.fixture(scope="module", params=["varying", "universal"])
def result(request):
    return did.att_gt(panel(LARGE), "y", **COLUMNS, base=request.param)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def marks(ax):
    return [line for line in ax.lines if line.get_marker() in {"o", "s", "D"}]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_event_study_says_what_its_marks_mean(result, lang):
    ax = result.aggregate("event").in_unit("kWh").plot(lang=lang, margin=0.2)
    ax.figure.draw_without_rendering()  # a missing glyph would be a warning, hence an error
    said = legend(ax)
    expected = {
        "ja": ["処置前(点検)", "処置後(効果)", "95 % 信頼区間(各点)", "95 % 同時信頼帯", "全体の平均"],
        "en": ["before treatment (a check)", "after treatment (the effect)", "95 % interval, pointwise",
               "95 % simultaneous band", "overall average"],
    }[lang]  # fmt: skip
    assert set(expected) <= set(said)
    assert ("基準の期" in said or "reference period" in said) == (result.design.base == "universal")
    assert "kWh" in ax.get_ylabel()


def test_before_after_and_reference_have_marks_of_their_own(result):
    event = result.aggregate("event")
    colours = {line.get_xdata()[0]: line.get_color() for line in marks(event.plot())}
    assert {colours[place] for place in colours if place >= 0} == {BLUE}
    assert {colours[place] for place in colours if place < -1} == {ORANGE}
    assert colours[-1] == (GREY if result.design.base == "universal" else ORANGE)
    assert set(colours) == set(event.positions)


def test_the_band_is_drawn_as_wide_as_it_is(result):
    event = result.aggregate("event")
    drawn = [tuple(line.get_ydata()) for line in event.plot().lines if line.get_linewidth() == 1]
    assert {band for band in event.bands()[:-1] if band[0] < band[1]} <= set(drawn)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_one_panel_a_cohort_on_common_axes(result, lang):
    host = result.plot(lang=lang)
    host.figure.draw_without_rendering()
    panels = host.child_axes
    assert [panel.get_title(loc="left") for panel in panels] == {
        "en": [f"First treated in {cohort} ({LARGE[cohort]} units)" for cohort in (4, 5, 7)],
        "ja": [f"処置開始 {cohort}({LARGE[cohort]} 単位)" for cohort in (4, 5, 7)],
    }[lang]
    assert len({panel.get_ylim() for panel in panels}) == len({panel.get_xlim() for panel in panels}) == 1
    assert sum(len(marks(panel)) for panel in panels) == len(result.cells)


def test_axes_made_outside_take_japanese_words(result):
    figure, axes = plt.subplots(1, 2, figsize=(13, 6), layout="constrained")
    assert result.aggregate("event").plot(axes[0], lang="ja") is axes[0]
    result.plot(axes[1], lang="ja")
    figure.draw_without_rendering()


@pytest.mark.parametrize("kind", ["group", "calendar", "simple"])
def test_other_averages_are_drawn(result, kind):
    result.aggregate(kind).plot(lang="ja").figure.draw_without_rendering()


def test_many_cohorts_and_periods_are_named_as_far_as_there_is_room():
    places = [float(year) for year in range(2012, 2062, 2)]
    shown, named = ticks(places, 2012.0)
    assert (shown[0], named[0], len(shown)) == (2012.0, "2012", 9)
    events, _ = ticks([float(one) for one in range(-48, 60)])
    assert 0.0 in events
    assert len(events) <= 16
    assert ticks([-2.0, -1.0, 0.0])[1] == ["-2", "-1", "0"]


@pytest.mark.parametrize(("lang", "words", "title"), [
    ("ja", "区間なし", "処置開始 5(1 単位)"), ("en", "no interval", "First treated in 5 (1 unit)"),
])  # fmt: skip
def test_a_point_without_an_interval_is_hollow_and_said(lang, words, title):
    found = did.att_gt(panel({NEVER: 20, 4: 12, 5: 1}), "y", **COLUMNS)
    ax = found.aggregate("group").plot(lang=lang)
    assert words in legend(ax)
    assert [line.get_markerfacecolor() for line in marks(ax) if line.get_xdata()[0] == 5] == ["white"]
    assert title in [one.get_title(loc="left") for one in found.plot(lang=lang).child_axes]
    assert words not in legend(did.att_gt(panel(LARGE), "y", **COLUMNS).aggregate("group").plot(lang=lang))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_legend_of_pretrends_lies_within_the_figure(lang):
    found = did.att_gt(panel(LARGE), "y", **COLUMNS, base="universal")
    ax = did.pretrends(found.aggregate("event")).plot(lang=lang)
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= ax.figure.bbox.x1
    assert not {"95 % 同時信頼帯", "95 % simultaneous band"} & set(legend(ax))
