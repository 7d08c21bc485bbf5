"""Cluster moments: merging, mapping, and the same regression as from rows."""

import numpy as np
import pytest

from ebpm.moments.regression import ClusterMoments, regress
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.least_squares import least_squares

G, N = 14, 400


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "weighted"])
def rows(request):
    rng = np.random.default_rng(2)
    codes = rng.integers(0, G, N)
    x = rng.normal(size=(N, 2)) + 1.0
    weights = rng.uniform(0.5, 3.0, N) if request.param else None
    return np.column_stack([np.ones(N), x]), rng.normal(size=N) + codes % 2, codes, weights


def moments(rows, keep=slice(None)):
    basis, y, codes, weights = rows
    weights = None if weights is None else weights[keep]
    return ClusterMoments.of(basis[keep], y[keep], codes=codes[keep], clusters=G, weights=weights)


def test_moments_add(rows):
    whole, parts = moments(rows), moments(rows, slice(0, 150)) + moments(rows, slice(150, None))
    for name in ("rows", "products", "cross", "squares"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)


@pytest.mark.parametrize("kind", ["CR0", "CR1S", "CR2", "CR3"])
def test_lin_as_a_map_of_the_moments(rows, kind):
    basis, y, codes, weights = rows
    centre = np.eye(3)
    centre[0, 1:] = -np.average(basis[:, 1:], axis=0, weights=weights)
    arms = (np.arange(G) % 2)[:, None, None]
    maps = np.concatenate([np.broadcast_to(centre, (G, 3, 3)), arms * centre], axis=2)
    found = regress(moments(rows).mapped(maps), kind=kind)
    design = np.hstack([basis @ centre, (codes % 2)[:, None] * (basis @ centre)])
    fit = least_squares(design, y, weights=weights)
    expected = clustered(fit, codes, kind=kind)
    np.testing.assert_allclose(found.coefficients, fit.coefficients, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.covariance.matrix, expected.matrix, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.covariance.df, expected.df, rtol=1e-8)


def test_maps_compose(rows):
    first, second = np.diag([1.0, 2.0, 3.0]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    ours, theirs = regress(moments(rows).mapped(first).mapped(second)), regress(moments(rows).mapped(first @ second))
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients)
    np.testing.assert_allclose(ours.covariance.matrix, theirs.covariance.matrix)
