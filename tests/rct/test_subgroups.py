"""Subgroups: each is the trial within it; differences add up; p values adjusted over all; what was not planned."""

import numpy as np
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.stats.multiple import ADJUSTMENTS
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.least_squares import least_squares
from tests.rct.test_difference import same, trial


def divided(clusters=36, arms=2):
    data = trial(clusters=clusters, arms=arms)
    rng = np.random.default_rng(8)
    return data.assign(girl=rng.integers(0, 2, len(data)), level=np.where(data.school < 18, "middle", "primary"))


@pytest.mark.parametrize("design", [{}, {"cluster": "school"}, {"cluster": "school", "weights": "weight"}])
def test_an_effect_is_the_trial_within_the_subgroup(design):
    data = divided()
    found = rct.subgroups(data, "kwh", treatment="arm", by=["girl", "level"], planned=["girl", "level"], **design)
    for term, rows in (("girl = 1", data.girl == 1), ("level = primary", data.level == "primary")):
        same(found.effects[term], rct.difference_in_means(data[rows], "kwh", treatment="arm", **design)["1"])
    same(found.effects["1"], rct.difference_in_means(data, "kwh", treatment="arm", **design)["1"])
    gap = found.effects["girl = 1"].estimate - found.effects["girl = 0"].estimate
    assert found.differences["girl: 1 - 0"].estimate == pytest.approx(gap, rel=1e-12)
    assert "R123" not in found.notices


def test_differences_across_clusters_are_the_interaction_with_cr2():
    data = divided()
    found = rct.subgroups(data, "kwh", treatment="arm", by="girl", cluster="school", adjust="none").differences.headline
    X = np.column_stack([np.ones(len(data)), data.arm, data.girl, data.arm * data.girl])
    cells = np.column_stack([(data.arm == a) & (data.girl == g) for g in (0, 1) for a in (0, 1)]).astype(float)
    fit = least_squares(cells, data.kwh.to_numpy())
    expected = clustered(fit, data.school.to_numpy(), kind="CR2", contrasts=np.array([[1.0, -1, -1, 1]]))
    assert found.estimate == pytest.approx(least_squares(X, data.kwh.to_numpy()).coefficients[3], rel=1e-9)
    assert found.std_error == pytest.approx(expected.std_errors[0], rel=1e-9)
    assert found.df == pytest.approx(expected.df[0], rel=1e-9)
    assert found.clusters == 36


def test_differences_between_independent_subgroups_add_their_variances():
    data = divided()
    found = rct.subgroups(data, "kwh", treatment="arm", by="level", cluster="school", adjust="none")
    one, other = found.effects["level = primary"], found.effects["level = middle"]
    assert found.differences.headline.std_error == pytest.approx((one.std_error**2 + other.std_error**2) ** 0.5)


def test_strata_that_a_subgroup_divides():
    data = divided()
    found = rct.subgroups(data, "kwh", treatment="arm", by="girl", cluster="school", strata="ward", planned="girl")
    inside = data[data.girl == 1]
    alone = rct.difference_in_means(inside, "kwh", treatment="arm", cluster="school", strata="ward")["1"]
    same(found.effects["girl = 1"], alone)
    parts = [found.effects[f"girl = {one}"].std_error ** 2 for one in (0, 1)]
    assert 0 < found.differences.headline.std_error < 2 * sum(parts) ** 0.5


@pytest.mark.parametrize("adjust", ["holm", "hommel", "hochberg", "bonferroni", "sidak", "none"])
def test_p_values_are_adjusted_over_all_differences(adjust):
    data = divided(arms=3, clusters=45)
    raw = rct.subgroups(data, "kwh", treatment="arm", by=["girl", "level"], cluster="school", adjust="none")
    found = rct.subgroups(data, "kwh", treatment="arm", by=["girl", "level"], cluster="school", adjust=adjust)
    expected = ADJUSTMENTS[adjust]([one.p_value for one in raw.differences])
    assert [one.p_value for one in found.differences] == pytest.approx(expected.tolist())
    assert len(found.differences) == 4
    assert found.differences.terms[0] == "1: girl: 1 - 0"


def test_r123_a_subgroup_that_was_not_planned():
    data = divided()
    found = rct.subgroups(data, "kwh", treatment="arm", by=["girl", "level"], planned="girl", cluster="school")
    assert [one.about for one in found.notices if one.code == "R123"] == ["level"]
    assert [one.about for one in rct.subgroups(data, "kwh", treatment="arm", by="girl").notices] == ["girl"]


def test_what_it_cannot_do_it_says():
    data = divided()
    with pytest.raises(DataError, match="one subgroup"):
        rct.subgroups(data.assign(one=1), "kwh", treatment="arm", by="one")
    with pytest.raises(DesignError, match="alone = 1"):
        rct.subgroups(data.assign(alone=(data.school == 3).astype(int)), "kwh", treatment="arm", by="alone")
    with pytest.raises(DataError, match="adjust"):
        rct.subgroups(data, "kwh", treatment="arm", by="girl", adjust="tukey")


@pytest.mark.parametrize(("lang", "word"), [("ja", "サブグループ"), ("en", "subgroups")])
def test_words_and_figure(lang, word):
    found = rct.subgroups(divided(), "kwh", treatment="arm", by="girl", planned="girl", cluster="school")
    assert word in found.summary(lang)
    assert ("全体" if lang == "ja" else "everybody") in found.plot(lang=lang).get_yticklabels()[0].get_text() + str(
        [text.get_text() for text in found.plot(lang=lang).get_yticklabels()]
    )
    assert found.estimates.headline.term == "girl: 1 - 0"
