"""Forest plots: long terms fold, the headline stands out, the margin zone is named."""

import pytest

from ebpm import Estimates
from ebpm.figures.linebreak import folded
from tests.test_estimate import estimate

LONG = {
    "ja": "実施前の使用量で調整せず、自己検針の世帯と返送の遅れた世帯とを除いた場合",
    "en": "without adjustment for use before the programme and without late homes",
}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_long_terms_fold_and_nothing_leaves_the_figure(lang):
    items = (estimate("headline"), estimate(LONG[lang]))
    ax = Estimates(items=items, headline_term="headline").plot(lang=lang, margin=0.2)
    ax.figure.draw_without_rendering()
    rows = [text.get_text() for text in ax.get_yticklabels()]
    assert rows[0] == "headline"
    assert "\n" in rows[1]
    assert rows[1] == folded(LONG[lang])
    box, page = ax.get_legend().get_window_extent(), ax.figure.bbox
    assert page.x0 <= box.x0
    assert box.x1 <= page.x1
    assert page.y0 <= box.y0


def test_the_headline_is_filled_and_the_legend_names_the_zone():
    ax = Estimates(items=(estimate("a"), estimate("b")), headline_term="b").plot(lang="en", margin=0.2)
    marks = {line.get_ydata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_marker() in {"o", "D"}}
    assert (marks[1], marks[0]) == ("white", "#0b5394")
    said = {text.get_text() for text in ax.get_legend().get_texts()}
    assert said == {"headline", "other estimates", "smaller than the smallest effect that matters"}


def test_one_row_needs_no_legend():
    assert Estimates(items=(estimate("a"),), headline_term="a").plot(lang="en").get_legend() is None
