"""Figures of synthetic comparisons: what they hold, in both languages, without a glyph missing."""

import matplotlib.pyplot as plt
import pytest

from ebpm import did
from tests.did.factors import COLUMNS, ONE, STAGGERED, factors


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(ax):
    legend = ax.get_legend()
    return [ax.get_xlabel(), ax.get_ylabel(), *(one.get_text() for one in (legend.get_texts() if legend else []))]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("starts", [ONE, STAGGERED])
def test_paths_gaps_and_weights(lang, starts):
    data = factors(starts, effect=2.0).rename(columns={"y": "売上"})
    found = did.synthetic_did(data, "売上", **COLUMNS, draws=25)
    for ax in (found.plot(lang=lang), found.plot_gaps(lang=lang), found.plot_weights(lang=lang)):
        ax.figure.canvas.draw()
        assert all(text.isascii() == (lang == "en") for text in texts(ax) if text not in {"", "売上"})
        assert texts(ax)[0]


def test_lines_bars_and_marks():
    found = did.synthetic_did(factors(ONE, effect=2.0), "y", **COLUMNS)
    ax = found.plot(lang="en")
    assert [len(line.get_xdata()) for line in ax.lines[:2]] == [20, 20]
    assert sum(patch.get_height() > 0 for patch in ax.containers[0]) == (found.fit.time_weights > 0).sum()
    assert ax.lines[2].get_xdata()[0] == 2014.5
    assert len(found.plot_gaps(lang="en").lines) == 19 + 3
    control = did.synthetic_control(factors(ONE, effect=2.0), "y", **COLUMNS, inference="none")
    assert control.plot(lang="en").containers == []
    assert len(control.plot_gaps(lang="en").lines) == 3


def test_the_rest_of_many_donors_is_one_bar():
    found = did.synthetic_did(factors([2015] + [0] * 60, noise=2.0), "y", **COLUMNS, inference="none")
    labels = [one.get_text() for one in found.plot_weights(lang="en").get_yticklabels()]
    assert len(labels) == 16
    assert labels[-1].endswith("more units")


def test_given_axes_are_used():
    ax = plt.subplots()[1]
    found = did.synthetic_control(factors(ONE), "y", **COLUMNS)
    assert found.plot(ax) is ax
