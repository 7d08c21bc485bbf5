"""The test of the positive orthant: collapses, its distance by another algorithm, its size."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import nnls

from ebpm.stats.normal.orthant import orthant_test


def spread(seed, k):
    root = np.random.default_rng(seed).normal(size=(k, k + 2))
    return root @ root.T


@pytest.mark.parametrize("seed", range(8))
def test_the_distance_by_non_negative_least_squares(seed):
    covariance = spread(seed, 4)
    x = np.random.default_rng(seed + 100).normal(size=4)
    whitening = np.linalg.inv(np.linalg.cholesky(covariance))
    _, distance = nnls(whitening, whitening @ x)
    assert orthant_test(x, covariance).statistic == pytest.approx(distance**2, abs=1e-9)


@pytest.mark.parametrize("x", [-0.3, -1.5, -2.8])
def test_one_dimension_is_the_one_sided_normal_test(x):
    assert orthant_test(np.array([x]), np.eye(1)).p_value == pytest.approx(stats.norm.cdf(x), rel=0.02)


def test_independent_means_mix_chi_squares_binomially():
    x = np.array([-1.2, -0.4, 0.7])
    distance = 1.2**2 + 0.4**2
    exact = sum(stats.binom.pmf(j, 3, 0.5) * stats.chi2.sf(distance, j) for j in (1, 2, 3))
    assert orthant_test(x, np.eye(3)).p_value == pytest.approx(exact, rel=0.02)


def test_inside_it_is_never_rejected():
    assert orthant_test(np.array([0.0, 2.0]), spread(1, 2)) == orthant_test(np.array([1.0, 2.0]), spread(2, 2))


def test_scale_does_not_matter():
    covariance, x = spread(3, 3), np.array([-1.0, 0.5, -0.2])
    assert orthant_test(7 * x, 49 * covariance).p_value == pytest.approx(orthant_test(x, covariance).p_value, rel=1e-12)


def test_size_at_the_corner():
    covariance = spread(5, 3)
    draws = np.random.default_rng(9).multivariate_normal(np.zeros(3), covariance, size=400)
    rejected = np.mean([orthant_test(x, covariance).p_value < 0.05 for x in draws])
    assert 0.02 <= rejected <= 0.085
