"""Influences that count the fit of weights, and covariances from influences."""

import numpy as np
import pytest

from ebpm import DesignError
from ebpm.stats.regression.stacked import Nuisance, Weights, influence_covariance


def estimated(n=6, persons=None):
    rng = np.random.default_rng(1)
    units = n if persons is None else int(persons.max()) + 1
    return Weights(np.ones(n), (Nuisance(rng.normal(size=(n, 2)), rng.normal(size=(units, 2))),), persons)


def test_known_weights_add_nothing():
    u = np.arange(6.0)[:, None]
    assert (estimated().known().stacked(u) == u).all()


def test_the_fit_adds_its_influence_times_the_sensitivity():
    u, weights = np.arange(6.0)[:, None], estimated()
    part = weights.parts[0]
    assert weights.stacked(u) == pytest.approx(u + part.influence @ (part.sensitivity.T @ u))


def test_rows_of_a_person_are_summed():
    persons = np.array([0, 0, 1, 1, 2, 2])
    u = np.arange(6.0)[:, None]
    assert estimated(persons=persons).known().stacked(u)[:, 0].tolist() == [1.0, 5.0, 9.0]
    assert estimated(persons=persons).stacked(u).shape == (3, 1)


def test_products_and_reciprocals():
    one, other = estimated(), estimated()
    u = np.arange(6.0)[:, None]
    both = one.times(other)
    assert both.stacked(u) - u == pytest.approx(2 * (one.stacked(u) - u))
    assert one.times(one.inverted()).stacked(u) == pytest.approx(u)


def test_covariances():
    u = np.array([[1.0, 0.0], [-1.0, 2.0], [0.0, -2.0]])
    matrix, df = influence_covariance(u)
    assert matrix.tolist() == (u.T @ u).tolist()
    assert df == np.inf
    matrix, df = influence_covariance(u, np.array([0, 0, 1]))
    assert matrix.tolist() == [[0.0, 0.0], [0.0, 16.0]]
    assert df == 1.0
    with pytest.raises(DesignError) as caught:
        influence_covariance(u, np.zeros(3, dtype=int))
    assert caught.value.code == "stats_one_cluster"
