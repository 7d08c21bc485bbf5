"""The Newey-West meat: by hand, against statsmodels, and collapses of the version for several series and for gaps."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.stats.series.hac import default_lags, newey_west, newey_west_automatic


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(3)
    return rng.normal(size=(60, 3)).cumsum(axis=0) * 0.1 + rng.normal(size=(60, 3))


def brute_force(scores, lags):
    n, k = scores.shape
    meat = np.zeros((k, k))
    for t in range(n):
        for s in range(n):
            if abs(t - s) <= lags:
                meat += (1 - abs(t - s) / (lags + 1)) * np.outer(scores[t], scores[s])
    return meat


def test_three_points_by_hand():
    # 1 + 4 + 9 + 2 * (1/2) * (1*2 + 2*3) = 22
    assert newey_west(np.array([[1.0], [2.0], [3.0]]), 1).meat.item() == 22.0


@pytest.mark.parametrize("lags", [0, 1, 5, 59])
def test_equals_the_double_sum(scores, lags):
    np.testing.assert_allclose(newey_west(scores, lags).meat, brute_force(scores, lags), rtol=1e-11, atol=1e-11)


def test_lag_zero_is_the_sum_of_squares(scores):
    np.testing.assert_allclose(newey_west(scores, 0).meat, scores.T @ scores, rtol=1e-14)


@pytest.mark.parametrize("lags", [0, 4, 12])
def test_equals_statsmodels(scores, lags):
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    np.testing.assert_allclose(newey_west(scores, lags).meat, S_hac_simple(scores, nlags=lags), rtol=1e-11)


def test_series_are_summed_within_periods(scores):
    from statsmodels.stats.sandwich_covariance import S_nw_panel  # its panel version sums nothing across series

    both = np.vstack([scores, 2 * scores])
    times = np.r_[np.arange(60), np.arange(60)]
    np.testing.assert_allclose(newey_west(both, 4, times=times).meat, 9 * newey_west(scores, 4).meat, rtol=1e-12)
    within = S_nw_panel(both, weights=1 - np.arange(5) / 5, groupidx=[(0, 60), (60, 120)])
    np.testing.assert_allclose(within, 5 * newey_west(scores, 4).meat, rtol=1e-11)


def test_separate_columns_give_each_series_its_own_meat_and_their_covariance(scores):
    # one regressor block a series: diagonal blocks are the single-series meats, whatever the other series does
    first, second = scores[:, :1], scores[:, 1:2]
    none = np.zeros_like(first)
    stacked = np.vstack([np.hstack([first, none]), np.hstack([none, second])])
    times = np.r_[np.arange(60), np.arange(60)]
    meat = newey_west(stacked, 3, times=times).meat
    assert meat[0, 0] == pytest.approx(newey_west(first, 3).meat.item(), rel=1e-12)
    assert meat[1, 1] == pytest.approx(newey_west(second, 3).meat.item(), rel=1e-12)
    assert meat[0, 1] == pytest.approx(brute_force(scores[:, :2], 3)[0, 1], rel=1e-10)


def test_row_order_within_times_does_not_matter(scores):
    order = np.random.default_rng(0).permutation(60)
    shuffled = newey_west(scores[order], 4, times=order.astype(np.int64)).meat
    np.testing.assert_allclose(shuffled, newey_west(scores, 4).meat, rtol=1e-12)


def test_gap_breaks_the_pairs_across_it():
    scores = np.array([[1.0], [2.0], [3.0]])
    # periods 0, 1, 3: only (0, 1) are one apart: 1 + 4 + 9 + 2 * (1/2) * 2 = 16
    assert newey_west(scores, 1, times=np.array([0, 1, 3])).meat.item() == 16.0


def test_meat_is_positive_semidefinite(scores):
    assert np.linalg.eigvalsh(newey_west(scores, 7).meat)[0] > 0


def test_default_lags():
    assert [default_lags(n) for n in (12, 48, 96, 100, 192)] == [2, 3, 3, 4, 4]


def test_automatic_records_its_choice(scores):
    chosen = newey_west_automatic(scores, np.array([0.0, 1.0, 1.0]))
    assert chosen.rule == "newey_west_1994"
    assert 0 <= chosen.lags < 60


@pytest.mark.parametrize("lags", [-1, 60])
def test_impossible_lags(scores, lags):
    with pytest.raises(DesignError, match="lags for 60 periods"):
        newey_west(scores, lags)


def test_too_short_to_prewhiten(scores):
    with pytest.raises(DesignError, match="too short"):
        newey_west_automatic(scores[:7], np.ones(3))
