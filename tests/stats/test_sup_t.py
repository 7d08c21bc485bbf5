"""The critical value of the simultaneous band: closed forms, plain simulation, invariances."""

import numpy as np
import pytest
from scipy.stats import norm

from ebpm.stats.inference import largest_normals, sup_t

ACCURACY = 0.012  # three to four standard errors of 4,096 draws


def pointwise(level=0.95):
    return norm.ppf(0.5 + level / 2)


@pytest.mark.parametrize("size", [2, 5, 40, 150])
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_independent_effects_have_sidaks_value(size, level):
    expected = norm.ppf(0.5 + level ** (1 / size) / 2)
    assert sup_t(np.eye(size), conf_level=level) == pytest.approx(expected, abs=2 * ACCURACY)


@pytest.mark.parametrize("correlation", [0.3, 0.8, 0.99])
def test_correlated_effects_have_the_value_of_plain_simulation(correlation):
    matrix = correlation + (1 - correlation) * np.eye(12)
    expected = np.quantile(largest_normals(matrix, draws=400_000, seed=3), 0.95)
    assert sup_t(matrix) == pytest.approx(expected, abs=2 * ACCURACY)


def test_one_effect_and_copies_of_one_effect_have_the_pointwise_value():
    assert sup_t(np.array([[4.0]])) == pointwise()
    assert sup_t(np.ones((7, 7))) == pytest.approx(pointwise(), abs=ACCURACY)
    assert sup_t(np.zeros((3, 3))) == pointwise()


def test_the_scale_of_effects_does_not_matter():
    root = np.random.default_rng(0).normal(size=(9, 5))
    covariance, units = root @ root.T, np.diag(np.arange(1.0, 10.0))
    assert sup_t(units @ covariance @ units) == pytest.approx(sup_t(covariance), abs=1e-6)


def test_it_is_never_below_the_pointwise_value_and_rises_with_the_level():
    covariance = np.diag([1.0, 2.0, 3.0])
    values = [sup_t(covariance, conf_level=level) for level in (0.5, 0.8, 0.95, 0.999)]
    assert values == sorted(values)
    assert all(value >= pointwise(level) for value, level in zip(values, (0.5, 0.8, 0.95, 0.999), strict=True))


def test_seeds_differ_by_no_more_than_their_accuracy():
    values = [sup_t(np.eye(30), seed=seed) for seed in range(20)]
    assert np.std(values) < 0.005
