"""CR0-CR3 from moments equal the definition on n x n matrices, weighted or not; degrees of freedom likewise."""

import numpy as np
import pytest

from ebpm.errors import DataError, DesignError
from ebpm.stats.regression.covariance import bell_mccaffrey, clustered, robust
from ebpm.stats.regression.least_squares import least_squares

RTOL = 1e-9  # two routes in double precision


def power(matrix, exponent):
    values, vectors = np.linalg.eigh(matrix)
    raised = np.where(values > 1e-10, np.abs(values) ** exponent, 0.0)
    return (vectors * raised) @ vectors.T


def by_definition(X, y, codes, kind, weights=None):
    """The formulas of Pustejovsky and Tipton (2018) with working model identity, as they stand."""
    n, k = X.shape
    W = np.diag(np.ones(n) if weights is None else weights)
    M = np.linalg.inv(X.T @ W @ X)
    annihilator = np.eye(n) - X @ M @ X.T @ W
    expected = annihilator @ annihilator.T
    residuals = annihilator @ y
    influence = np.zeros((codes.max() + 1, n, k))
    for g in range(codes.max() + 1):
        own = np.ix_(codes == g, codes == g)
        adjust = {
            "CR0": lambda own: np.eye(own[0].size),
            "CR2": lambda own: power(expected[own], -0.5),
            "CR3": lambda own: np.linalg.inv(annihilator[own]),
        }[kind](own)
        influence[g, codes == g] = adjust.T @ (W @ X)[codes == g] @ M
    scores = influence.transpose(0, 2, 1) @ residuals
    P = np.einsum("gnk,nm,hmk->kgh", influence, expected, influence)
    df = np.trace(P, axis1=1, axis2=2) ** 2 / (P**2).sum(axis=(1, 2))
    return scores.T @ scores, df


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "weighted"])
def sample(request):
    rng = np.random.default_rng(7)
    codes = np.repeat(np.arange(9), [3, 5, 7, 4, 9, 6, 2, 8, 10])
    n = len(codes)
    X = np.column_stack([np.ones(n), rng.normal(size=n), codes % 2, rng.normal(size=9)[codes]])
    order = rng.permutation(n)
    return X[order], rng.normal(size=n), codes[order], rng.uniform(0.3, 3.0, n) if request.param else None


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
def test_from_moments_as_by_definition(sample, kind):
    X, y, codes, weights = sample
    found = clustered(least_squares(X, y, weights=weights), codes, kind=kind)
    matrix, df = by_definition(X, y, codes, kind, weights)
    np.testing.assert_allclose(found.matrix, matrix, rtol=RTOL)
    np.testing.assert_allclose(found.df, np.full(4, 8.0) if kind == "CR0" else df, rtol=RTOL)


def test_a_cluster_that_alone_determines_a_coefficient_gets_the_pseudo_inverse(sample):
    X, y, codes, weights = sample
    X = np.column_stack([X, codes == 4])
    found = clustered(least_squares(X, y, weights=weights), codes)
    matrix, df = by_definition(X, y, codes, "CR2", weights)
    np.testing.assert_allclose(found.matrix[:4, :4], matrix[:4, :4], rtol=1e-7)  # the pseudo-inverse costs digits
    np.testing.assert_allclose(found.df[:4], df[:4], rtol=1e-7)


def test_contrasts_are_linear_combinations(sample):
    X, y, codes, weights = sample
    fit = least_squares(X, y, weights=weights)
    contrasts = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 2.0, 0.0, -1.0]])
    whole = clustered(fit, codes).matrix
    np.testing.assert_allclose(
        clustered(fit, codes, contrasts=contrasts).matrix, contrasts @ whole @ contrasts.T, rtol=RTOL
    )


def test_singleton_clusters_are_hc2_with_bell_and_mccaffrey():
    rng = np.random.default_rng(3)
    X, y = np.column_stack([np.ones(40), rng.normal(size=(40, 2))]), rng.normal(size=40)
    fit = least_squares(X, y)
    found = clustered(fit, np.arange(40))
    np.testing.assert_allclose(found.matrix, robust(fit, "HC2").matrix, rtol=RTOL)
    np.testing.assert_allclose(found.df, bell_mccaffrey(fit), rtol=RTOL)
    np.testing.assert_allclose(clustered(fit, np.arange(40), kind="CR3").matrix, robust(fit, "HC3").matrix, rtol=RTOL)


def test_weights_of_one_size_are_no_weights(sample):
    X, y, codes, _ = sample
    plain, scaled = least_squares(X, y), least_squares(X, y, weights=np.full(len(y), 4.0))
    for kind in ("CR0", "CR2", "CR3"):
        ours, theirs = clustered(plain, codes, kind=kind), clustered(scaled, codes, kind=kind)
        np.testing.assert_allclose(ours.matrix, theirs.matrix, rtol=RTOL)
        np.testing.assert_allclose(ours.df, theirs.df, rtol=RTOL)


def test_columns_far_from_zero_do_not_matter():
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(12), 10)
    year = rng.integers(0, 8, 120).astype(float)
    y = rng.normal(size=120) + year
    near = np.column_stack([np.ones(120), year, year**2])
    far = np.column_stack([np.ones(120), year + 2012, (year + 2012) ** 2])
    ours, theirs = (clustered(least_squares(X, y), codes) for X in (near, far))
    np.testing.assert_allclose(ours.std_errors[2], theirs.std_errors[2], rtol=1e-5)  # condition number 1e11
    np.testing.assert_allclose(ours.df[2], theirs.df[2], rtol=1e-5)


def test_one_cluster_is_refused():
    fit = least_squares(np.ones((5, 1)), np.arange(5.0))
    with pytest.raises(DesignError, match="only one cluster"):
        clustered(fit, np.zeros(5, dtype=np.int64))


def test_an_unknown_kind_is_refused():
    fit = least_squares(np.ones((5, 1)), np.arange(5.0))
    with pytest.raises(DataError, match="CR2"):
        clustered(fit, np.arange(5), kind="CR9")
    with pytest.raises(DataError, match="HC2"):
        robust(fit, "HC9")
