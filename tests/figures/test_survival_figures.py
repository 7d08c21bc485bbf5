"""Figures of time to event: what they hold, in both languages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ebpm import cohort


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def persons():
    rng = np.random.default_rng(1)
    time, end = rng.exponential(10, 120), rng.uniform(5, 25, 120)
    how = np.where(time <= end, 1 + (rng.random(120) < 0.3), 0)
    return pd.DataFrame(
        {
            "日数": np.minimum(time, end),
            "how": how,
            "back": how > 0,
            "arm": np.arange(120) % 2,
            "id": np.arange(120),
            "from": 0.0,
        }
    )


EVENTS = {"event": "how", "events": {1: "a", 2: "b"}}
FIGURES = {
    "survival": lambda d: cohort.kaplan_meier(d, "日数", event="back", by="arm"),
    "restricted": lambda d: cohort.rmst(d, "日数", event="back", treatment="arm", horizon=4),
    "risk": lambda d: cohort.risk(d, "日数", treatment="arm", cause="a", horizon=4, **EVENTS),
    "incidence": lambda d: cohort.cumulative_incidence(d, "日数", by="arm", **EVENTS),
    "frequency": lambda d: cohort.recurrent(
        d, "日数", person="id", entry="from", by="arm", cause="a", terminal="b", **EVENTS
    ),
    "difference": lambda d: cohort.mean_frequency(
        d, "日数", person="id", entry="from", treatment="arm", horizon=4, terminal="b", **EVENTS
    ),
    "hazards": lambda d: cohort.cox(d, "日数", event="back", treatment="arm"),
    "proportional": lambda d: cohort.cox(d, "日数", event="back", treatment="arm").proportional(),
    "log_rank": lambda d: cohort.log_rank(d, "日数", event="back", treatment="arm"),
}


@pytest.mark.parametrize(
    ("name", "lang"), [*((name, "en") for name in FIGURES), ("survival", "ja"), ("proportional", "ja")]
)
def test_drawn_in_both_languages(persons, name, lang):
    ax = FIGURES[name](persons).plot(lang=lang)
    if lang == "ja":
        ax.figure.canvas.draw()
    legend = ax.get_legend()
    said = [
        ax.get_xlabel(),
        ax.get_ylabel(),
        ax.get_title(loc="left"),
        *(one.get_text() for one in (legend.get_texts() if legend else [])),
    ]
    assert any(said)
    assert all(text.replace("日数", "").isascii() for text in said) or lang == "ja"


def test_numbers_at_risk_stand_below(persons):
    found = cohort.kaplan_meier(persons.assign(arm="arm " + persons.arm.astype(str)), "日数", event="back", by="arm")
    ax = found.plot(lang="en")
    words = [note.get_text() for note in ax.texts]
    assert words[0] == "At risk"
    for curve in found.curves:
        at = words.index(curve.label)
        counts = words[at + 1 : at + 1 + len(ax.get_xticks())]
        expected = [
            60,
            *(
                int((persons.loc[persons.arm == int(curve.label[-1]), "日数"] >= tick).sum())
                for tick in ax.get_xticks()[1:]
            ),
        ]
        assert counts == [str(count) for count in expected]


def test_marks_are_where_follow_up_ended(persons):
    found = FIGURES["survival"](persons)
    ax = found.plot(lang="en")
    marks = [line for line in ax.lines if line.get_marker() == "|"]
    ended = persons[~persons.back]
    assert sum(len(line.get_xdata()) for line in marks) == len(ended)


def test_the_area_is_the_restricted_mean(persons):
    found = FIGURES["restricted"](persons)
    ax = found.plot(lang="en")
    area = ax.collections[0].get_paths()[0].vertices
    x, y = area[:, 0], area[:, 1]
    shoelace = abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2
    np.testing.assert_allclose(shoelace, found.estimates["0, rmst"].estimate, rtol=1e-9)
