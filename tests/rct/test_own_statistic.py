"""Randomisation tests by a statistic of one's own: equal to exact tests of others, the built-in ones, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ebpm import rct
from ebpm.errors import DataError
from ebpm.estimate import Unavailable


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    arm = np.array(["対照", "案内"])[rng.permutation(np.arange(14) % 2)]
    return pd.DataFrame({"y": rng.normal(size=14) + (arm == "案内"), "arm": arm, "school": np.arange(14) // 2})


def ranks(y, arm):
    return stats.rankdata(y)[arm == 1].sum()


def centred_ranks(y, arm):
    return ranks(y, arm) - arm.sum() * (len(y) + 1) / 2


def test_the_rank_sum_is_that_of_mann_whitney(data):
    one = rct.randomisation_test(data, "y", treatment="arm", statistic=centred_ranks).headline
    treated, control = (data.loc[data["arm"] == name, "y"] for name in ("案内", "対照"))
    for ours, side in ((one.estimate.p_value, "two-sided"), (one.p_greater, "greater"), (one.p_less, "less")):
        theirs = stats.mannwhitneyu(treated, control, alternative=side, method="exact").pvalue
        assert ours == pytest.approx(theirs, rel=1e-12)
    assert one.exact
    assert one.estimate.estimate == pytest.approx(treated.mean() - control.mean())


@pytest.mark.parametrize("null", [0.0, 0.7])
def test_the_difference_as_ones_own_statistic_is_the_built_in_one(data, null):
    def difference(y, arm):
        return y[arm == 1].mean() - y[arm == 0].mean()

    own, built = (
        rct.randomisation_test(data, "y", treatment="arm", null=null, statistic=one).headline
        for one in (difference, "difference")
    )
    assert own.estimate.p_value == pytest.approx(built.estimate.p_value, rel=1e-12)
    assert own.statistic == pytest.approx(built.statistic, rel=1e-12)
    assert np.sort(own.distribution) == pytest.approx(np.sort(built.distribution), abs=1e-12)


def test_clusters_and_strata_are_redrawn_whole():
    rng = np.random.default_rng(2)
    school = np.repeat(np.arange(8), 5)
    data = pd.DataFrame({"y": rng.normal(size=40), "school": school, "arm": school % 2, "pair": school // 2})
    seen = []

    def spread(y, arm):
        seen.append([set(arm[school == one]) for one in range(8)])
        return y[arm == 1].std() - y[arm == 0].std()

    one = rct.randomisation_test(data, "y", treatment="arm", cluster="school", strata="pair", statistic=spread).headline
    assert one.draws == 16
    assert all(len(arms) == 1 for draw in seen for arms in draw)
    assert all(len(draw[place] | draw[place + 1]) == 2 for draw in seen for place in range(0, 8, 2))
    shuffled = rct.randomisation_test(
        data,
        "y",
        treatment="arm",
        cluster="school",
        strata="pair",
        statistic=lambda y, arm: y[arm == 1].var() - y[arm == 0].var(),
    ).headline
    assert shuffled.draws == 16


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_has_no_interval_and_says_so(data, lang):
    found = rct.randomisation_test(data, "y", treatment="arm", statistic=ranks)
    assert isinstance(found.headline.estimate.conf_low, Unavailable)
    assert {"ja": "指定された統計量", "en": "given statistic"}[lang] in found.summary(lang)
    assert {"ja": "指定された統計量", "en": "given statistic"}[lang] in found.plot(lang=lang).get_xlabel()
    assert not found.studentised


@pytest.mark.parametrize("wrong", [lambda y, arm: y, lambda y, arm: "0.3", lambda y, arm: np.nan, lambda y, arm: None])
def test_what_is_no_number_is_refused(data, wrong):
    with pytest.raises(DataError, match="no finite number"):
        rct.randomisation_test(data, "y", treatment="arm", statistic=wrong)


def test_the_caller_cannot_change_the_outcomes(data):
    def spoil(y, arm):
        y[0] = 100.0
        return 0.0

    with pytest.raises(ValueError, match="read-only"):
        rct.randomisation_test(data, "y", treatment="arm", statistic=spoil)


def test_drawn_p_values_count_the_observed_assignment():
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"y": rng.normal(size=60), "arm": np.arange(60) % 2})
    one = rct.randomisation_test(
        data, "y", treatment="arm", statistic=lambda y, arm: float(arm.sum()), draws=99
    ).headline
    assert (one.draws, one.estimate.p_value) == (99, 1.0)
    far = rct.randomisation_test(
        data.assign(y=data["y"] + 50 * data["arm"]), "y", treatment="arm", draws=99,
        statistic=lambda y, arm: y[arm == 1].mean() - y[arm == 0].mean(),
    ).headline  # fmt: skip
    assert far.estimate.p_value == pytest.approx(0.01)
