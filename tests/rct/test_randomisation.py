"""Randomisation tests: the statistic of difference_in_means, its level, its interval; bad input; words and figure."""

import itertools

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.stats.redrawn.permutation import Redraws
from tests.rct.test_difference import trial

DESIGNS = [{}, {"strata": "ward"}, {"cluster": "school"}, {"cluster": "school", "strata": "ward"}]


def pairs(clusters=12):
    data = trial(clusters=clusters)
    return data.assign(pair=data.school // 2)


@pytest.mark.parametrize("design", [*DESIGNS, {"cluster": "school", "strata": "pair"}])
def test_estimate_and_statistic_are_those_of_difference_in_means(design):
    data = pairs(24).assign(ward=lambda d: d.school // 8)
    found = rct.randomisation_test(data, "kwh", treatment="arm", draws=200, **design).headline
    alone = rct.difference_in_means(data, "kwh", treatment="arm", **design).headline
    assert found.estimate.estimate == pytest.approx(alone.estimate, rel=1e-10)
    assert found.estimate.std_error == pytest.approx(alone.std_error, rel=1e-10)
    assert found.statistic == pytest.approx(alone.statistic, rel=1e-10)


def test_each_redrawn_statistic_is_the_one_of_the_redrawn_data():
    data = trial(clusters=8)
    found = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school").headline
    by_hand = []
    for treated in itertools.combinations(range(8), 4):
        redrawn = data.assign(arm=data.school.isin(treated).astype(int))
        by_hand.append(rct.difference_in_means(redrawn, "kwh", treatment="arm", cluster="school").headline.statistic)
    assert sorted(found.distribution) == pytest.approx(sorted(by_hand), rel=1e-9, abs=1e-10)
    far = np.abs(by_hand) >= abs(found.statistic) * (1 - 1e-9)
    assert found.estimate.p_value == pytest.approx(far.mean(), abs=1e-12)


@pytest.mark.parametrize("statistic", ["studentised", "difference"])
@pytest.mark.parametrize("design", [{}, {"cluster": "school"}])
def test_the_ends_of_the_interval_are_where_the_test_turns(statistic, design):
    data = trial(clusters=14)
    what = {"treatment": "arm", "statistic": statistic, "draws": 999, **design}
    one = rct.randomisation_test(data, "kwh", **what).headline.estimate
    for end, inward in ((one.conf_low, 1), (one.conf_high, -1)):
        step = 1e-6 * one.std_error * inward
        assert rct.randomisation_test(data, "kwh", null=end + step, **what).headline.estimate.p_value > 0.05
        assert rct.randomisation_test(data, "kwh", null=end - step, **what).headline.estimate.p_value <= 0.05


def test_a_shifted_null_is_the_null_of_shifted_outcomes():
    data = trial(clusters=14)
    ours = rct.randomisation_test(data, "kwh", treatment="arm", null=-0.4, cluster="school").headline
    moved = data.assign(kwh=data.kwh + 0.4 * data.arm)
    theirs = rct.randomisation_test(moved, "kwh", treatment="arm", cluster="school").headline
    assert ours.estimate.p_value == theirs.estimate.p_value
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9)


def test_too_few_units_for_any_rejection_leave_the_interval_open():
    data = pd.DataFrame({"y": [1.0, 2.0, 8.0, 9.0], "arm": [0, 0, 1, 1]})
    one = rct.randomisation_test(data, "y", treatment="arm").headline
    assert one.estimate.p_value == pytest.approx(2 / 6)
    assert (one.estimate.conf_low, one.estimate.conf_high) == (-np.inf, np.inf)
    assert "∞" in one.sentence("en")


def test_drawn_p_values_are_near_the_exact_ones_and_never_zero(monkeypatch):
    data = trial(clusters=12)
    exact = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school").headline
    monkeypatch.setattr("ebpm.stats.redrawn.permutation.ENUMERABLE", 10)
    drawn = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school", draws=5000).headline
    assert exact.exact
    assert not drawn.exact
    assert drawn.estimate.p_value == pytest.approx(exact.estimate.p_value, abs=4 * drawn.monte_carlo_error + 1e-3)
    strong = data.assign(kwh=data.kwh + 100 * data.arm)
    least = rct.randomisation_test(strong, "kwh", treatment="arm", draws=99).headline.estimate.p_value
    assert least == pytest.approx(0.01)


def test_arms_are_tested_against_control_one_by_one():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.normal(size=90), "arm": np.tile(["control", "a", "b"], 30), "s": np.arange(90) // 45})
    found = rct.randomisation_test(data, "y", treatment="arm", strata="s", draws=500)
    assert found.estimates.terms == ("a", "b")
    alone = rct.difference_in_means(data, "y", treatment="arm", strata="s")
    for one in found.items:
        assert one.estimate.estimate == pytest.approx(alone[one.estimate.term].estimate, rel=1e-10)


def test_large_arms_are_drawn_evenly():
    redraws = Redraws(np.repeat([0, 1], [900, 300]), np.zeros(1200, dtype=np.int64))
    drawn = np.concatenate(list(redraws.blocks(4000, 1)))
    assert (drawn.sum(axis=1) == 300).all()
    assert drawn.mean(axis=0) == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 4000) ** 0.5)


def test_the_declaration_names_the_columns_and_is_checked():
    data = trial(clusters=12).assign(ward=lambda d: d.school // 4)
    lot = rct.Assignment(cluster="school", strata="ward")
    declared = rct.randomisation_test(data, "kwh", treatment="arm", assignment=lot)
    named = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school", strata="ward")
    assert declared.headline == named.headline
    assert "R112" not in declared.notices
    off = rct.randomisation_test(
        data, "kwh", treatment="arm", assignment=rct.Assignment(cluster="school", shares=(0.75, 0.25))
    )
    assert "R112" in off.notices


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"draws": 5}, "too few draws"), ({"assignment": rct.Assignment(), "cluster": "school"}, "given twice"),
     ({"assignment": rct.Assignment(scheme="simple", probability="weight")}, "unequal probabilities"),
     ({"conf_level": 1.5}, "confidence level")],
)  # fmt: skip
def test_bad_input(wrong, said):
    with pytest.raises(DesignError, match=said):
        rct.randomisation_test(trial(), "kwh", treatment="arm", **wrong)


def test_an_unknown_statistic_is_refused():
    with pytest.raises(DataError, match="studentised, difference"):
        rct.randomisation_test(trial(), "kwh", treatment="arm", statistic="median")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_table_and_figure(lang):
    found = rct.randomisation_test(trial(clusters=12), "kwh", treatment="arm", cluster="school")
    assert "924" in found.summary(lang)
    assert found.tidy().shape == (1, 12)
    assert "<table" in found._repr_html_()
    axes = found.plot(lang=lang)
    assert sum(len(bars) for bars in axes.containers) > 20
    assert axes.get_xlabel().startswith("1: ")


def test_the_title_on_axes_of_ones_own_has_japanese_glyphs():
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    ax = plt.figure().subplots()
    rct.randomisation_test(trial(clusters=8), "kwh", treatment="arm", cluster="school").plot(ax=ax, lang="ja")
    written = [one for one in ax.findobj(Text) if any(ord(sign) > 0x3000 for sign in one.get_text())]
    assert any(one in ax.get_children() for one in written)
    assert all(one.get_fontfamily() != ["sans-serif"] for one in written)
    plt.close("all")
