"""Spillovers: unbiased by enumeration, chances exact, tests that hold their level, distances on the plane and the earth."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DesignError
from ebpm.rct.threats.neighbours import shares_nearby
from ebpm.rct.trial import read_trial
from ebpm.stats.redrawn.exposure import Exposed, contrast


def blocks(seed, spill=0.0, direct=0.5, groups=40):
    rng = np.random.default_rng(seed)
    group, n = np.repeat(np.arange(groups), 5), 5 * groups
    arm = rng.permutation(np.arange(n) % 2)
    share = (np.bincount(group, arm)[group] - arm) / 4
    y = rng.normal(size=n) + 0.3 * rng.normal(size=groups)[group] + direct * arm + spill * (share >= 0.5)
    return pd.DataFrame({"y": y, "arm": arm, "group": group, "east": rng.normal(size=n), "north": rng.normal(size=n)})


def found(data, **what):
    return rct.spillover(data, "y", treatment="arm", **({"group": "group"} | what))


def test_contrasts_are_unbiased_and_their_variance_conservative_over_all_assignments_of_a_design():
    """The design has 400 assignments, equally likely, so that chances are exact."""
    rng = np.random.default_rng(4)
    group, base = np.repeat(np.arange(20), 4), rng.normal(size=80)
    arms = np.array([rng.permutation(np.arange(80) % 2) for _ in range(400)])
    near = (group[:, None] == group) & ~np.eye(80, dtype=bool)
    exposed = arms @ near.T.astype(float) >= 2
    both = [(arms == 0) & exposed, (arms == 0) & ~exposed]
    found = []
    for place in range(0, 400, 4):
        order = np.r_[place, np.delete(np.arange(400), place)]
        one, other = (Exposed.of(each[order]) for each in both)
        outcome = base + 0.8 * exposed[place]
        found.append(contrast(outcome - outcome.mean(), np.ones(80), one=one, other=other))
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(0.8, abs=4 * values.std() / 10)
    assert np.mean([one.variance for one in found]) > 0.9 * values.var()


def test_estimates_are_near_the_truth():
    every = [found(blocks(seed, spill=0.6), draws=300).estimates for seed in range(60)]
    means = np.array([[one.estimate for one in each] for each in every]).mean(axis=0)
    assert means == pytest.approx([0.6, 0.6, 0.5], abs=0.12)


def test_r126_and_the_level_of_the_test():
    assert "R126" in found(blocks(1, spill=1.5)).notices
    assert "R126" not in found(blocks(2)).notices
    p_values = np.array([found(blocks(seed), draws=200).p_value for seed in range(120)])
    assert (p_values <= 0.05).mean() <= 0.05 + 3 * (0.05 * 0.95 / 120) ** 0.5


def test_r130_few_units_with_an_exposure():
    assert "R130" in found(blocks(3, groups=4)).notices
    assert "R130" not in found(blocks(2)).notices


def test_neighbours_by_distance():
    data = blocks(5)
    trial = read_trial(data, "y", treatment="arm")
    near = rct_shares(trial, data, within=0.4)
    gaps = np.hypot(*(data[name].to_numpy()[:, None] - data[name].to_numpy() for name in ("east", "north")))
    expected = (gaps <= 0.4) & ~np.eye(len(data), dtype=bool)
    assert ((near > 0) == expected).all()
    assert near[expected.any(axis=1)].sum(axis=1) == pytest.approx(1.0)
    result = found(data, group=None, coordinates=["east", "north"], within=0.4)
    assert result.left_out >= (~expected.any(axis=1)).sum()


def rct_shares(trial, data, *, within, metric="plane", columns=("east", "north")):
    from ebpm.moments.frame import Frame

    return shares_nearby(trial, Frame.of(data), group=None, coordinates=columns, within=within, metric=metric)


def test_distances_on_the_earth():
    cities = pd.DataFrame({"lon": [139.638, 139.6917, 135.5022, 139.6], "lat": [35.4437, 35.6895, 34.6937, 35.5],
                           "y": [1.0, 2, 3, 4], "arm": [0, 1, 0, 1]})  # fmt: skip
    trial = read_trial(cities, "y", treatment="arm")
    near = rct_shares(trial, cities, within=30.0, metric="earth", columns=("lon", "lat"))
    assert (near[0] > 0).tolist() == [False, True, False, True]  # Yokohama and Tokyo are 28 km apart, Osaka 400
    assert (near[2] > 0).sum() == 0


def test_clusters_are_the_units():
    data = blocks(6, groups=40).assign(school=lambda d: d.group, ward=lambda d: d.group // 5)
    data["arm"] = data.school.map(dict(enumerate(np.random.default_rng(1).permutation(np.arange(40) % 2))))
    result = found(data, group="ward", cluster="school", exposed_from=0.4)
    assert (result.focal, sum(map(sum, result.exposure))) == (20, 40)
    assert result.estimates.headline.clusters <= 40


def test_what_it_cannot_do_it_says():
    data = blocks(7)
    for what in ({"group": None}, {"coordinates": ["east", "north"], "within": 1.0},
                 {"group": None, "coordinates": ["east", "north"]}):  # fmt: skip
        with pytest.raises(DesignError, match="near whom"):
            found(data, **what)
    pairs = data.assign(pair=np.arange(len(data)) // 2, arm=np.arange(len(data)) % 2)
    with pytest.raises(DesignError, match="spillovers cannot be told"):
        found(pairs, group="pair", strata="pair")
    with pytest.raises(DesignError, match="two arms"):
        found(data.assign(arm=np.arange(len(data)) % 3))
    with pytest.raises(DesignError, match="more than one group"):
        found(data.assign(school=data.index // 7, arm=(data.index // 7) % 2), cluster="school")


def test_a_declaration_says_the_same_as_its_columns_and_row_order_does_not_matter():
    data = blocks(8, spill=0.5).assign(ward=lambda d: d.group % 2)
    lot = rct.Assignment(strata="ward", shares=(0.5, 0.5))
    declared = found(data.assign(arm=lot.draw(data, seed=3)), assignment=lot, control="0")
    assert declared.p_value <= 1.0
    mixed = found(data.assign(row=range(len(data))).sample(frac=1, random_state=1), cluster="row")
    kept = found(data.assign(row=range(len(data))), cluster="row")
    assert mixed.estimates.headline.estimate == pytest.approx(kept.estimates.headline.estimate, rel=1e-9)
    assert mixed.p_value == pytest.approx(kept.p_value)


@pytest.mark.parametrize(("lang", "word"), [("ja", "波及"), ("en", "spillover")])
def test_words_and_figure(lang, word):
    result = found(blocks(9, spill=1.0))
    assert word in result.summary(lang)
    assert any(word in text.get_text() for text in result.plot(lang=lang).get_yticklabels())
