"""Estimates say what they are, print themselves in two languages, and never change."""

from __future__ import annotations

import dataclasses
import math
import warnings

import pytest

from ebpm.errors import DataError, DesignError
from ebpm.estimate import TIDY, Estimates, Unavailable
from ebpm.notices import Notice, Notices
from ebpm.stats.inference import t_estimate
from ebpm.texts import entries

METHOD = next(iter(entries("method")))


def estimate(term="treatment", value=-1.5, error=0.5, **what):
    given = {"n": 400, "clusters": 20, "estimand": "itt", "unit": "kWh/day", "method": METHOD, "df": 18.0}
    return t_estimate(value, error, term=term, **{**given, **what})


@pytest.fixture
def pair():
    items = (estimate("letter"), estimate("visit", value=0.25))
    return Estimates(items=items, headline_term="letter", notices=Notices((Notice("P502", "primary"),)))


@pytest.fixture
def events():
    items = tuple(estimate(f"{time:+d}", value=0.1 * time) for time in range(-3, 4))
    places = tuple(float(time) for time in range(-3, 4))
    return Estimates(items=items, headline_term="+0", kind="event", positions=places, critical_value=2.7)


def test_an_estimate_has_the_interval_of_its_level():
    wide, narrow = estimate(conf_level=0.95), estimate(conf_level=0.9)
    assert (wide.conf_low, wide.conf_high) == pytest.approx((-1.5 - 2.10092204024 * 0.5, -1.5 + 2.10092204024 * 0.5))
    assert wide.conf_low < narrow.conf_low < narrow.conf_high < wide.conf_high
    assert narrow.conf_level == 0.9


def test_infinite_degrees_of_freedom_are_the_normal():
    item = estimate(value=1.959963984540054, error=1.0, df=math.inf)
    assert item.p_value == pytest.approx(0.05, rel=1e-12)
    assert item.conf_low == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.1])
def test_a_level_outside_zero_to_one_is_refused(level):
    with pytest.raises(DesignError, match="strictly between 0 and 1") as caught:
        estimate(conf_level=level)
    assert caught.value.code == "bad_level"


@pytest.mark.parametrize(("error", "df"), [(math.nan, 18.0), (math.inf, 18.0), (0.5, 0.0)])
def test_what_cannot_be_computed_is_a_reason(error, df):
    item = estimate(error=error, df=df)
    parts = (item.std_error, item.df, item.p_value, item.conf_low, item.conf_high)
    assert all(isinstance(part, Unavailable) for part in parts)
    assert "no standard error" in str(item.std_error)
    assert not item.std_error


def test_no_variation_leaves_the_value_and_says_so():
    item = estimate(error=0.0)
    assert item.statistic == item.p_value == Unavailable("no_variation")


def test_tidy_has_the_columns_of_the_glossary(pair):
    frame = pair.tidy()
    assert tuple(frame.columns) == TIDY
    assert list(frame["term"]) == ["letter", "visit"]
    assert frame["statistic"].tolist() == [-3.0, 0.5]
    assert estimate().tidy().shape == (1, len(TIDY))


def test_an_unknown_term_is_met_with_the_nearest(pair):
    with pytest.raises(DataError, match="Did you mean: letter") as caught:
        pair["leter"]
    assert caught.value.facts["terms"] == "letter, visit"


def test_the_unit_can_be_named_afterwards(pair):
    assert {item.unit for item in pair.in_unit("yen/month")} == {"yen/month"}
    assert pair.headline.unit == "kWh/day"


@pytest.mark.parametrize("change", ["items", "headline_term", "covariance"])
def test_estimates_are_frozen(pair, change):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(pair, change, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        pair.headline.estimate = 0.0


def test_notices_are_added_to_a_copy(pair):
    more = pair.with_notices(Notices((Notice("P501", "april"),)))
    assert more.notices.codes == ("P502", "P501")
    assert pair.notices.codes == ("P502",)


def test_the_summary_states_estimand_unit_level_and_notices(pair):
    text = pair.summary("en")
    assert all(part in text for part in ("Intention-to-treat", "-1.5 kWh/day", "95 %", "20 clusters", "P502 warning"))
    assert "*" not in text


def test_the_summary_is_in_japanese_throughout(pair):
    text = pair.summary("ja")
    assert all(part in text for part in ("割付けに基づく効果", "信頼区間", "推定値", "警告"))
    assert "Estimate" not in text


def test_a_reason_in_a_summary_is_in_the_language_of_the_summary():
    assert "標準誤差を計算できません" in estimate(error=math.nan).summary("ja")
    assert "no standard error" in estimate(error=math.nan).summary("en")


def test_printing_is_in_the_language_of_the_reader(pair):
    assert str(pair) == pair.summary("en")


def test_html_has_the_sentence_the_table_and_the_notices(pair):
    html = pair._repr_html_()
    assert all(part in html for part in ("<p>", "<caption>", 'scope="col"', "P502"))


def test_references_are_those_of_the_method():
    assert estimate().references


def test_bands_are_simultaneous_where_there_is_a_critical_value(events, pair):
    assert events.bands()[3] == pytest.approx((-1.35, 1.35))
    assert pair.bands()[0] == (pair.headline.conf_low, pair.headline.conf_high)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("which", ["pair", "events"])
def test_a_plot_has_every_glyph_and_names_its_axes(request, which, lang):
    estimates = request.getfixturevalue(which)
    axes = estimates.plot(lang=lang, margin=0.3)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        axes.figure.canvas.draw()
    assert [str(warning.message) for warning in raised] == []
    assert "kWh/day" in axes.get_xlabel() + axes.get_ylabel()


def test_a_plot_draws_on_the_axes_it_is_given(pair):
    from matplotlib import pyplot as plt

    axes = plt.subplots()[1]
    assert pair.plot(axes) is axes


def test_plotting_leaves_the_settings_of_the_caller(pair):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    pair.plot()
    assert dict(mpl.rcParams) == before


def test_a_name_for_readers_changes_no_term(pair):
    named = pair.named({"letter": {"ja": "手紙", "en": "a letter"}})
    assert named.terms == pair.terms
    assert named.tidy()["term"].tolist() == list(pair.terms)
    assert "手紙" in named.items[0].sentence("ja")
    assert "a letter" in named.table().to_text("en")
