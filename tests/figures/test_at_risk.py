"""Curves of many groups, and of groups with long labels, stay readable."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

LONG = {
    0: "通常のリハビリテーションのみを受けた入院患者(対照)",
    1: "退院後に集中的な在宅リハビリテーションを受けた入院患者",
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def stays(groups):
    rng = np.random.default_rng(4)
    n = 30 * groups
    days = np.ceil(rng.exponential(100, n))
    return pd.DataFrame(
        {
            "days": np.minimum(days, 200),
            "how": np.where(days > 200, 0, rng.integers(1, 3, n)),
            "g": np.arange(n) % groups,
        }
    )


def drawn(axes):
    figure = axes.figure
    figure.canvas.draw()
    return figure, axes.get_window_extent(), figure.bbox


@pytest.mark.parametrize("labels", [LONG, {0: "usual care " * 12, 1: "rehabilitation at home " * 6}])
def test_long_labels_leave_the_axes_their_width(labels):
    data = stays(2).assign(g=lambda d: d.g.map(labels), back=lambda d: (d.how > 0).astype(int))
    axes = cohort.kaplan_meier(data, "days", event="back", by="g").plot(lang="ja")
    _, area, whole = drawn(axes)
    assert area.width > 0.6 * whole.width
    assert area.height > 0.3 * whole.height
    if labels is LONG:
        for text in (*axes.texts, *axes.get_legend().get_texts()):
            found = text.get_window_extent()
            assert whole.x0 - 1 <= found.x0 <= found.x1 <= whole.x1 + 1, text.get_text()
        assert [text.get_text() for text in axes.texts].count(LONG[0]) == 1


def test_numbers_at_risk_stand_beside_short_labels_and_below_long_ones():
    data = stays(2).assign(back=1)
    for short, labels in ((True, {0: "対照", 1: "介入"}), (False, LONG)):
        axes = cohort.kaplan_meier(data.assign(g=data.g.map(labels)), "days", event="back", by="g").plot(lang="ja")
        where = {text.get_text(): text.xyann for text in axes.texts}
        assert all((where[name][0] < 0) == short for name in labels.values())
        heights = [text.xyann[1] for text in axes.texts if text.get_text() == "30"]
        assert (where[labels[0]][1] in heights) == short


def test_ten_groups_have_ten_colours_and_more_have_dashes():
    for groups in (10, 12):
        axes = cohort.kaplan_meier(stays(groups).assign(back=1), "days", event="back", by="g").plot(lang="en")
        steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
        assert len({(line.get_color(), str(line._unscaled_dash_pattern)) for line in steps}) == groups


def test_colours_are_groups_and_dashes_are_events():
    found = cohort.cumulative_incidence(stays(8), "days", event="how", events={1: "readmitted", 2: "died"}, by="g")
    axes = found.plot(lang="en")
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == [*map(str, range(8)), "readmitted", "died"]
    _, _, whole = drawn(axes)
    assert axes.get_legend().get_window_extent().x1 <= whole.x1


def test_the_title_of_residuals_stays_inside():
    data = stays(2).assign(g=lambda d: d.g.map(LONG), back=lambda d: (d.how > 0).astype(int))
    found = cohort.cox(data, "days", event="back", treatment="g", control=LONG[0]).proportional()
    axes = found.plot(lang="ja")
    drawn(axes)
    assert axes._left_title.get_window_extent().x1 <= axes.figure.bbox.x1
