"""Lee's bounds: collapses, mirror, clusters, simulated coverage; bad input, words, figure."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from tests.rct.test_difference import trial


def lossy(clusters=24, kept=(0.7, 0.9), seed=3):
    data = trial(clusters=clusters)
    chance = np.random.default_rng(seed).random(len(data))
    return data.assign(kwh=data.kwh.where(chance < np.where(data.arm == 1, kept[1], kept[0])))


def bounds(data, **what):
    return rct.lee_bounds(data, "kwh", treatment="arm", **what).headline


@pytest.mark.parametrize("ties", ["fraction", "count", "quantile"])
def test_nobody_missing_leaves_a_point(ties):
    data = trial()
    found = bounds(data, ties=ties)
    alone = rct.difference_in_means(data, "kwh", treatment="arm").headline
    assert (found.low, found.high, found.difference) == pytest.approx((alone.estimate,) * 3, rel=1e-10)
    assert found.trimmed_share == 0.0
    assert found.std_error_low == pytest.approx(alone.std_error, rel=0.02)
    assert (found.conf_low, found.conf_high) == pytest.approx((alone.conf_low, alone.conf_high), abs=0.02)


@pytest.mark.parametrize("design", [{}, {"cluster": "school"}])
@pytest.mark.parametrize("ties", ["fraction", "count", "quantile"])
def test_mirror_images(design, ties):
    data = lossy()
    ours = bounds(data, ties=ties, **design)
    flipped = bounds(data.assign(arm=1 - data.arm), ties=ties, **design)
    assert (flipped.low, flipped.high) == pytest.approx((-ours.high, -ours.low), rel=1e-10)
    assert (flipped.std_error_low, flipped.conf_low) == pytest.approx((ours.std_error_high, -ours.conf_high), rel=1e-9)
    negative = bounds(data.assign(kwh=-2 * data.kwh), ties=ties, **design)
    assert (negative.low, negative.high) == pytest.approx((-2 * ours.high, -2 * ours.low), rel=1e-9)
    assert ours.low <= ours.difference <= ours.high


def test_the_arm_of_which_more_are_observed_is_trimmed():
    assert bounds(lossy()).trimmed_arm == "1"
    assert bounds(lossy(kept=(0.9, 0.6))).trimmed_arm == "0"


def test_clusters_of_one_row_have_the_errors_of_rows():
    data = lossy()
    rows, clusters = bounds(data), bounds(data.assign(row=range(len(data))), cluster="row")
    factor = (len(data) / (len(data) - 1)) ** 0.5
    assert clusters.std_error_low == pytest.approx(factor * rows.std_error_low, rel=1e-9)
    assert clusters.std_error_high == pytest.approx(factor * rows.std_error_high, rel=1e-9)
    assert bounds(data, cluster="school").std_error_low > rows.std_error_low


def test_row_order_does_not_matter():
    data = lossy().round({"kwh": 0})
    assert bounds(data.sample(frac=1, random_state=2), cluster="school").low == pytest.approx(
        bounds(data, cluster="school").low, rel=1e-12
    )


def test_the_interval_covers_the_effect_on_those_observed_in_either_arm():
    rng, hits = np.random.default_rng(1), []
    for _ in range(400):
        ability, arm = rng.normal(size=400), rng.permutation(np.arange(400) % 2)
        seen = (ability > -0.5) | ((arm == 1) & (ability > -0.9))
        data = pd.DataFrame({"kwh": np.where(seen, ability + 0.3 * arm, np.nan), "arm": arm})
        found = bounds(data)
        hits.append(found.conf_low <= 0.3 <= found.conf_high)
    assert np.mean(hits) >= 0.93


def test_notices_of_attrition_come_with_the_bounds():
    assert "R106" in rct.lee_bounds(lossy(), "kwh", treatment="arm").notices
    assert len(rct.lee_bounds(trial(), "kwh", treatment="arm").notices) == 0


def test_bad_input():
    with pytest.raises(DataError, match="fraction, count, quantile"):
        bounds(lossy(), ties="some")
    with pytest.raises(DesignError, match="1 rows of arm 1"):
        bounds(trial().assign(kwh=lambda d: d.kwh.where((d.arm == 0) | (d.index == d.index[d.arm == 1][0]))))
    with pytest.raises(DataError, match="not numeric"):
        bounds(trial().assign(kwh="many"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_table_and_figure(lang):
    found = rct.lee_bounds(lossy(), "kwh", treatment="arm", cluster="school")
    assert "22." in found.summary(lang) or "%" in found.summary(lang)
    assert found.tidy().shape == (1, 9)
    assert "<table" in found._repr_html_()
    assert len(found.plot(lang=lang).get_lines()) == 4
    assert found.estimates.headline.conf_low == found.headline.conf_low
