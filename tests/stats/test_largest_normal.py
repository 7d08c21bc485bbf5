"""The quantile of the largest of correlated normals: exact values, and the accuracy that is promised."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from ebpm.stats.normal.largest_normal import largest_normal

POINTS, STEP = np.linspace(-9.0, 9.0, 3601, retstep=True)
WEIGHTS = STEP * np.exp(-(POINTS**2) / 2) / np.sqrt(2 * np.pi)


def equally_correlated(size: int, correlation: float, probability: float) -> float:
    """The exact quantile, from one integral over the factor that all share."""
    shared, own = np.sqrt(correlation) * POINTS, np.sqrt(1 - correlation)

    def tail(c: float) -> float:
        inside = ndtr((c - shared) / own) - ndtr((-c - shared) / own)
        return float(1 - WEIGHTS @ inside**size)

    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > probability else (low, middle)
    return low


@pytest.mark.parametrize("probability", [0.2, 0.05, 0.01])
@pytest.mark.parametrize(("size", "correlation"), [(2, 0.5), (6, 0.3), (20, 0.9), (60, 0.5), (171, 0.1)])
def test_the_error_is_the_one_that_is_promised(size: int, correlation: float, probability: float) -> None:
    matrix = correlation + (1 - correlation) * np.eye(size)
    exact = equally_correlated(size, correlation, probability)
    errors = np.array([largest_normal(matrix, probability, seed=seed) - exact for seed in range(12)])
    assert np.sqrt((errors**2).mean()) < 0.006
    assert abs(errors.mean()) < 0.004


def test_more_accuracy_can_be_asked_for() -> None:
    matrix = 0.9 + 0.1 * np.eye(20)
    exact = equally_correlated(20, 0.9, 0.05)
    assert largest_normal(matrix, 0.05, accuracy=0.0005) == pytest.approx(exact, abs=0.006)


def test_many_alike_stop_at_the_limit_and_copies_are_one() -> None:
    assert largest_normal(np.ones((400, 400)), 0.05) == pytest.approx(float(-ndtri(0.025)), abs=0.02)


def test_more_variables_than_pairs_of_draws() -> None:
    size = 700
    exact = float(-ndtri((1 - 0.95 ** (1 / size)) / 2))
    assert largest_normal(np.eye(size), 0.05) == pytest.approx(exact, abs=0.003)


def test_the_seed_fixes_the_value() -> None:
    matrix = 0.4 + 0.6 * np.eye(7)
    assert largest_normal(matrix, 0.05, seed=1) == largest_normal(matrix, 0.05, seed=1)
    assert largest_normal(matrix, 0.05, seed=1) != largest_normal(matrix, 0.05, seed=2)
