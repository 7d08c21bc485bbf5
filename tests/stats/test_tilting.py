"""Exponential tilting: balance, collapse to known weights, refusal where there is none."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.stats.tilting import tilt


def design(n=200, k=3, seed=0):
    return np.column_stack([np.ones(n), np.random.default_rng(seed).normal(size=(n, k - 1))])


def test_the_totals_are_reached():
    X, w = design(), np.random.default_rng(1).uniform(0.5, 2.0, 200)
    totals = np.array([50.0, 20.0, -15.0])
    np.testing.assert_allclose((w * np.exp(X @ tilt(X, w, totals))) @ X, totals, rtol=1e-11)


def test_with_the_constant_alone_it_is_a_ratio():
    w = np.array([1.0, 2.0, 3.0])
    assert np.exp(tilt(np.ones((3, 1)), w, np.array([12.0])))[0] == pytest.approx(2.0, rel=1e-12)


def test_groups_of_a_binary_covariate_get_their_own_ratio():
    X = np.column_stack([np.ones(5), [0, 0, 0, 1, 1]])
    found = tilt(X, np.ones(5), np.array([7.0, 4.0]))
    np.testing.assert_allclose(np.exp(X @ found), [1, 1, 1, 2, 2], rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_unit_of_a_covariate_does_not_matter(scale):
    X, totals = design(), np.array([50.0, 20.0, -15.0])
    units = np.array([1.0, scale, 1.0])
    odds = [np.exp(one @ tilt(one, np.ones(200), sums)) for one, sums in ((X, totals), (X * units, totals * units))]
    np.testing.assert_allclose(odds[1], odds[0], rtol=1e-9)


def test_totals_outside_what_the_rows_span_are_refused():
    X = design()
    with pytest.raises(DesignError):
        tilt(X, np.ones(200), 100 * np.array([1.0, X[:, 1].max() + 1.0, 0.0]))


def test_collinear_columns_are_refused():
    X = np.column_stack([design(), design()[:, 1] * 2])
    with pytest.raises(DesignError):
        tilt(X, np.ones(200), X[:50].sum(axis=0))
