"""The small-sample factor and degrees of freedom of Newey-West: special cases, brute force, and simulation."""

import numpy as np
import pytest

from ebpm.stats.series.hac import newey_west
from ebpm.stats.series.hac_small_sample import reference

N, START = 40, 24


@pytest.fixture(scope="module", name="X")
def design():
    t = np.arange(N)
    after = (t >= START) * 1.0
    return np.column_stack([np.ones(N), t + 1.0, after, (t - START) * after])


@pytest.fixture(scope="module")
def bread(X):
    return np.linalg.inv(X.T @ X)


def autoregression(rng, rho, rows, length):
    shocks = rng.normal(size=(rows, length + 60))
    for i in range(1, length + 60):
        shocks[:, i] = rho * shocks[:, i - 1] + np.sqrt(1 - rho**2) * shocks[:, i]
    return shocks[:, 60:]


def disturbed(X, bread, seed, rho=0.5):
    u = autoregression(np.random.default_rng(seed), rho, 1, len(X))[0]
    return u - X @ (bread @ (X.T @ u))


def test_without_lags_and_autocorrelation_it_corrects_hc0(X, bread):
    alternating = np.where(np.arange(N) % 2, 1.0, -1.0)
    found = reference(X, bread, alternating, lags=0, times=np.arange(N))
    assert found.autocorrelation == 0.0
    leverage = np.einsum("ij,jk,ik->i", X, bread, X)
    for weights in np.eye(4):
        w = X @ bread @ weights
        factor, df = found.correct(weights)
        assert factor == pytest.approx(w @ w / (w**2 @ (1 - leverage)), rel=1e-12)
        form = np.sqrt(np.outer(w**2, w**2)) * (np.eye(N) - X @ bread @ X.T)
        assert df == pytest.approx(np.trace(form) ** 2 / np.sum(form**2), rel=1e-10)


def test_expected_autocorrelation_at_the_root_is_the_observed_one(X, bread):
    residuals = disturbed(X, bread, 4)
    found = reference(X, bread, residuals, lags=2, times=np.arange(N))
    assert 0 < found.autocorrelation < 0.99
    covariance = found.residuals
    expected = 0.5 * (np.trace(covariance, 1) + np.trace(covariance, -1)) / np.trace(covariance)
    observed = residuals[1:] @ residuals[:-1] / (residuals @ residuals)
    assert expected == pytest.approx(observed, rel=1e-9)


@pytest.mark.parametrize("lags", [0, 2, 5])
def test_corrected_estimator_has_the_mean_and_variance_it_says(X, bread, lags):
    rho, draws = 0.5, 3_000
    frame = reference(X, bread, disturbed(X, bread, 4), lags=lags, times=np.arange(N))
    exact = np.array([[rho ** abs(i - j) for j in range(N)] for i in range(N)])
    M = np.eye(N) - X @ bread @ X.T
    frame = type(frame)(
        influence=frame.influence, kernel=frame.kernel, disturbances=exact, residuals=M @ exact @ M, autocorrelation=rho
    )
    weights = np.array([0.0, 0, 1, 0])
    factor, df = frame.correct(weights)
    truth = (X @ bread @ weights) @ exact @ (X @ bread @ weights)
    u = autoregression(np.random.default_rng(9), rho, draws, N)
    estimates = [weights @ bread @ newey_west(X * e[:, None], lags).meat @ bread @ weights for e in u @ M]
    corrected = factor * np.array(estimates)
    assert corrected.mean() == pytest.approx(truth, rel=0.04)  # four standard errors of the simulation
    assert 2 * corrected.mean() ** 2 / corrected.var() == pytest.approx(df, rel=0.15)


def test_units_do_not_matter(X, bread):
    residuals = disturbed(X, bread, 1)
    plain = reference(X, bread, residuals, lags=3, times=np.arange(N))
    scale = np.array([1.0, 0.01, 5.0, 3.0])
    other = reference(
        X * scale, np.linalg.inv((X * scale).T @ (X * scale)), 100 * residuals, lags=3, times=np.arange(N) + 7
    )
    assert other.autocorrelation == pytest.approx(plain.autocorrelation, rel=1e-9)
    np.testing.assert_allclose(
        other.correct(np.array([0.0, 0, 5, 0])), plain.correct(np.array([0.0, 0, 1, 0])), rtol=1e-8
    )


def test_difference_of_two_equal_designs_is_judged_as_the_differenced_series(X, bread):
    alternating = np.where(np.arange(N) % 2, 1.0, -1.0)
    single = reference(X, bread, alternating, lags=0, times=np.arange(N)).correct(np.array([0.0, 0, 1, 0]))
    both = reference(
        np.kron(np.eye(2), X), np.kron(np.eye(2), bread), np.tile(alternating, 2), lags=0,
        times=np.tile(np.arange(N), 2), series=np.repeat([0, 1], N),
    ).correct(np.array([0.0, 0, 1, 0, 0, 0, -1, 0]))  # fmt: skip
    assert both[0] == pytest.approx(single[0], rel=1e-10)
    assert both[1] == pytest.approx(single[1], rel=1e-10)


def test_long_series_without_autocorrelation_need_little_correction():
    t = np.arange(2_000.0)
    X = np.column_stack([np.ones(2_000), t])
    found = reference(
        X, np.linalg.inv(X.T @ X), np.random.default_rng(2).normal(size=2_000), lags=7, times=t.astype(np.int64)
    )
    factor, df = found.correct(np.array([0.0, 1.0]))
    assert factor == pytest.approx(1.0, abs=0.1)
    assert df > 150


def test_coefficient_of_a_single_row_has_no_degrees_of_freedom():
    only = np.column_stack([np.arange(N) == 30, np.arange(N) < 30]).astype(float)
    found = reference(
        only, np.linalg.inv(only.T @ only), disturbed(only, np.linalg.inv(only.T @ only), 2), lags=0, times=np.arange(N)
    )
    assert found.correct(np.array([1.0, 0])) == (1.0, 0.0)
