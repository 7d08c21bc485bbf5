"""Permuted residuals: hand-counted shares, and levels that hold."""

import numpy as np
import pytest

from ebpm.stats.redrawn.conformal import moving_block_p, permuted_p


def by_hand(residuals, last):
    shifts = [np.roll(np.abs(residuals), shift)[-last:].sum() for shift in range(len(residuals))]
    return np.mean([one >= shifts[0] * (1 - 1e-11) for one in shifts])


@pytest.mark.parametrize("last", [1, 2, 5])
def test_all_shifts(last):
    rng = np.random.default_rng(last)
    for _ in range(30):
        residuals = rng.normal(size=11)
        assert moving_block_p(residuals, last) == pytest.approx(by_hand(residuals, last))


def test_the_largest_residual_is_one_of_all():
    assert moving_block_p(np.array([1.0, 2.0, -3.0, 9.0]), 1) == 0.25
    assert moving_block_p(np.zeros(6), 2) == 1.0


def test_random_order():
    residuals = np.append(np.zeros(18), [5.0, 5.0])
    p_value = permuted_p(residuals, 2, draws=4000, seed=1)
    assert p_value == pytest.approx(1 / 190, abs=0.004)
    assert p_value == permuted_p(residuals, 2, draws=4000, seed=1)


def test_the_level_holds_under_exchangeable_residuals():
    rng = np.random.default_rng(7)
    shares = [moving_block_p(rng.normal(size=20), 3) for _ in range(4000)]
    assert np.mean(np.array(shares) <= 0.1) == pytest.approx(0.1, abs=0.015)
