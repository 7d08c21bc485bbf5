"""Autoregressive errors: the likelihood and the adjusted variance against brute force, special cases, what is recommended."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import toeplitz
from scipy.optimize import minimize_scalar

from ebpm import its
from ebpm.errors import DesignError
from ebpm.stats.series.autocorrelation import autocorrelations
from ebpm.stats.series.autoregression import autoregressive
from ebpm.stats.series.prais_winsten import prais_winsten


def design(periods, start):
    t = np.arange(periods)
    after = (t >= start) * 1.0
    return np.column_stack([np.ones(periods), t + 1.0, after, (t - start) * after])


def noise(periods, rho, seed, series=1):
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(toeplitz(rho ** np.arange(periods, dtype=float)))
    return (root @ rng.normal(size=(periods, series))).T


def table(values):
    return pd.DataFrame({"t": np.arange(len(values)), "y": values})


def fitted(values, start, **choices):
    return its.segmented(table(values), "y", time="t", intervention=start, **choices)


def restricted_loss(rho, X, y):
    n, k = X.shape
    inverse = np.linalg.inv(toeplitz(rho ** np.arange(n, dtype=float)))
    bread = np.linalg.inv(X.T @ inverse @ X)
    left = y - X @ bread @ X.T @ inverse @ y
    sizes = -np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(bread)[1]
    return sizes + (n - k) * np.log(left @ inverse @ left)


def test_the_likelihood_is_maximised():
    X, y = design(40, 20), noise(40, 0.6, 3)[0]
    found = autoregressive(X, y[None], places=np.arange(40))
    peer = minimize_scalar(
        restricted_loss, bounds=(-0.9, 0.95), args=(X, y), method="bounded", options={"xatol": 1e-10}
    )
    assert found.partial[0] == pytest.approx(peer.x, abs=1e-6)


def test_autocorrelations_solve_the_equations_of_yule_and_walker():
    partial = np.array([0.5, -0.3, 0.2])
    values = np.array([one.value for one in autocorrelations(partial, 9)])
    phi = np.linalg.solve(toeplitz(values[:3]), values[1:4])
    assert phi[-1] == pytest.approx(partial[-1], rel=1e-12)
    np.testing.assert_allclose(values[4:], [values[lag - 3 : lag][::-1] @ phi for lag in range(4, 9)], rtol=1e-12)


def test_derivatives_of_the_autocorrelations():
    partial, step = np.array([0.4, -0.2]), 1e-5
    found = autocorrelations(partial, 7)
    for i, own in enumerate(np.eye(2) * step):
        up, down = autocorrelations(partial + own, 7), autocorrelations(partial - own, 7)
        first = [(a.value - b.value) / (2 * step) for a, b in zip(up, down, strict=True)]
        second = [(a.first - b.first) / (2 * step) for a, b in zip(up, down, strict=True)]
        np.testing.assert_allclose([one.first[i] for one in found], first, atol=1e-9)
        np.testing.assert_allclose([one.second[i] for one in found], second, atol=1e-9)


def test_the_adjusted_variance_follows_kenward_and_roger():
    n, X, y = 30, design(30, 15), noise(30, 0.5, 5)[0]
    found = autoregressive(X, y[None], places=np.arange(n))
    rho, variance = found.partial[0], found.spread[0, 0]

    def covariance(theta):
        return theta[0] * toeplitz(theta[1] ** np.arange(n, dtype=float))

    theta, step = np.array([variance, rho]), np.array([1e-4, 1e-4])
    V = covariance(theta)
    moves = np.eye(2) * step
    first = [
        (covariance(theta + one) - covariance(theta - one)) / (2 * size) for one, size in zip(moves, step, strict=True)
    ]
    second = [
        [
            (
                covariance(theta + a + b)
                - covariance(theta + a - b)
                - covariance(theta - a + b)
                + covariance(theta - a - b)
            )
            / (4 * step[i] * step[j])
            for j, b in enumerate(moves)
        ]
        for i, a in enumerate(moves)
    ]
    inverse = np.linalg.inv(V)
    Phi = np.linalg.inv(X.T @ inverse @ X)
    G = inverse - inverse @ X @ Phi @ X.T @ inverse
    information = np.array([[0.5 * np.trace(G @ a @ G @ b) for b in first] for a in first])
    W = np.linalg.inv(information)
    P = [-X.T @ inverse @ one @ inverse @ X for one in first]
    total = sum(
        W[i, j] * (X.T @ inverse @ first[i] @ inverse @ first[j] @ inverse @ X - P[i] @ Phi @ P[j]
                   - 0.25 * X.T @ inverse @ second[i][j] @ inverse @ X)
        for i in range(2) for j in range(2)
    )  # fmt: skip
    adjusted = Phi + 2 * Phi @ total @ Phi
    for place in range(4):
        factor, df = found.correct(np.eye(4)[place])
        gradient = np.array([-(Phi @ one @ Phi)[place, place] for one in P])
        assert factor == pytest.approx(adjusted[place, place] / Phi[place, place], rel=1e-5)
        assert df == pytest.approx(2 * Phi[place, place] ** 2 / (gradient @ W @ gradient), rel=1e-5)


def test_independent_errors_make_it_nearly_ordinary():
    y = noise(400, 0.0, 2)[0]
    reml, ols = fitted(y, 200, errors="reml").estimates.headline, fitted(y, 200, errors="ols").estimates.headline
    assert reml.estimate == pytest.approx(ols.estimate, abs=0.02)
    assert reml.std_error == pytest.approx(ols.std_error, rel=0.1)


def test_two_series_share_the_autoregression_and_each_keeps_its_own_variance():
    X, y = design(60, 30), noise(60, 0.5, 8, series=2) * np.array([[1.0], [3.0]])
    both = autoregressive(X, y, places=np.arange(60))
    alone = prais_winsten(X, y[:1], places=np.arange(60))
    assert both.coefficients.shape == (2, 4)
    assert both.spread[1, 1] > 4 * both.spread[0, 0]
    assert alone.coefficients.shape == (1, 4)
    inverse = np.linalg.inv(toeplitz(both.partial[0] ** np.arange(60.0)))
    np.testing.assert_allclose(both.coefficients.T, np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ y.T), rtol=1e-9)


def test_a_series_beside_an_unrelated_one_keeps_its_contrast_within_it():
    X, y = design(60, 30), noise(60, 0.5, 8, series=2)
    both = autoregressive(X, y, places=np.arange(60))
    own = np.concatenate([np.eye(4)[2], np.zeros(4)])
    factor, df = both.correct(own)
    assert (factor, df) == pytest.approx(both.correct(2.0 * own))
    single = autoregressive(X, y[:1], places=np.arange(60)).correct(np.eye(4)[2])[1]
    assert df > single


def test_common_shocks_cancel_in_the_difference():
    base, shared = noise(60, 0.4, 1, series=2), 5 * noise(60, 0.4, 9)[0]
    rows = pd.DataFrame({"t": np.tile(np.arange(60), 2), "city": np.repeat([1, 0], 60)})
    quiet, loud = (
        its.segmented(
            rows.assign(y=values.ravel()), "y", time="t", intervention=30, comparison="city", errors="reml"
        ).estimates.headline
        for values in (base, base + shared)
    )
    assert loud.std_error == pytest.approx(quiet.std_error, rel=0.15)


def test_gaps_keep_their_length():
    X, y, kept = design(50, 25), noise(50, 0.6, 4), np.delete(np.arange(50), [24, 25, 26])
    found = autoregressive(X[kept], y[:, kept], places=kept)
    whole = toeplitz(found.partial[0] ** np.arange(50.0))[np.ix_(kept, kept)]
    inverse = np.linalg.inv(whole)
    expected = np.linalg.solve(X[kept].T @ inverse @ X[kept], X[kept].T @ inverse @ y[0, kept])
    np.testing.assert_allclose(found.coefficients[0], expected, rtol=1e-9)
    moved = prais_winsten(X[kept], y[:, kept], places=kept)
    other = toeplitz(moved.autocorrelation ** np.arange(50.0))[np.ix_(kept, kept)]
    inverse = np.linalg.inv(other)
    expected = np.linalg.solve(X[kept].T @ inverse @ X[kept], X[kept].T @ inverse @ y[0, kept])
    np.testing.assert_allclose(moved.coefficients[0], expected, rtol=1e-9)


@pytest.mark.parametrize(("periods", "family", "chosen"), [
    (11, "gaussian", "ols"), (12, "gaussian", "reml_averaged"), (23, "log_gaussian", "reml_averaged"), (24, "gaussian", "reml"), (30, "log_gaussian", "reml"), (30, "poisson", "newey_west_satterthwaite"),
])  # fmt: skip
def test_the_errors_that_are_recommended(periods, family, chosen):
    values = 50 + np.round(5 * noise(periods, 0.2, 7)[0])
    found = fitted(values, periods // 2, family=family)
    assert found.settings.errors == chosen
    assert found.estimates.headline.method == f"its.{family}.{chosen}"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_autocorrelation_is_said(lang):
    found = fitted(noise(40, 0.6, 3)[0], 20)
    said = {"ja": "自己回帰する誤差(偏自己相関", "en": "Autoregressive errors (partial autocorrelations"}[lang]
    assert said in found.summary(lang)


def test_a_copy_as_comparison_is_refused():
    values = noise(30, 0.3, 3)[0]
    rows = pd.concat([table(values).assign(city=1), table(values).assign(city=0)])
    with pytest.raises(DesignError) as caught:
        its.segmented(rows, "y", time="t", intervention=15, comparison="city", errors="reml")
    assert caught.value.code == "stats_no_residuals"
    assert "copy" in str(caught.value)


def test_too_high_an_order_is_refused():
    with pytest.raises(DesignError) as caught:
        fitted(noise(8, 0.3, 3)[0], 4, errors="reml", lags=4)
    assert caught.value.code == "stats_too_few_rows"


def test_an_exploding_autocorrelation_is_refused():
    with pytest.raises(DesignError) as caught:
        prais_winsten(np.ones((12, 1)), 2.0 ** np.arange(12)[None], places=np.arange(12))
    assert caught.value.code == "stats_no_stationary"
    assert "reaches one" in str(caught.value)
