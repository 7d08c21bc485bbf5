"""Least squares: exact fits, weights, many blocks of rows, collinear columns named."""

import numpy as np
import pytest

from ebpm.errors import DataError, DesignError
from ebpm.stats.groups import group_products, group_sums
from ebpm.stats.regression.covariance import robust
from ebpm.stats.regression.least_squares import ROWS_AT_A_TIME, least_squares, solve

rng = np.random.default_rng(11)


def sample(n, k=3):
    return np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))]), rng.normal(size=n)


@pytest.mark.parametrize("n", [10, ROWS_AT_A_TIME + 1, 3 * ROWS_AT_A_TIME])
def test_equals_lstsq(n):
    X, y = sample(n)
    fit = least_squares(X, y)
    np.testing.assert_allclose(fit.coefficients, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fit.bread, np.linalg.inv(X.T @ X), rtol=1e-10, atol=1e-15)
    assert fit.leverages.sum() == pytest.approx(3.0)
    np.testing.assert_allclose(fit.fitted + fit.residuals, y, atol=1e-12)


def test_integer_weights_repeat_rows():
    X, y = sample(30)
    times = rng.integers(1, 4, 30)
    weighted, repeated = (
        least_squares(X, y, weights=times.astype(float)),
        least_squares(np.repeat(X, times, 0), np.repeat(y, times)),
    )
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=1e-10)
    np.testing.assert_allclose(weighted.bread, repeated.bread, rtol=1e-10)


def test_moments_give_the_same():
    X, y = sample(200)
    fit, solution = least_squares(X, y), solve(X.T @ X, X.T @ y)
    np.testing.assert_allclose(solution.coefficients, fit.coefficients, rtol=1e-10)
    np.testing.assert_allclose(solution.bread, fit.bread, rtol=1e-10)


def test_a_hard_problem_keeps_its_digits():
    t = np.arange(2000.0, 2020.0)
    X = np.column_stack([np.ones(20), t, t**2])
    fit = least_squares(X, 3.0 + 0.5 * t - 1e-3 * t**2)
    np.testing.assert_allclose(fit.residuals, 0.0, atol=1e-8)


def test_collinear_columns_are_named_and_others_are_not():
    X, y = sample(30, 4)
    X = np.column_stack([X, X[:, 1] - 2 * X[:, 2]])
    names = ("one", "a", "b", "c", "d")
    for call in (lambda: least_squares(X, y, names=names), lambda: solve(X.T @ X, X.T @ y, names=names)):
        with pytest.raises(DesignError) as error:
            call()
        assert error.value.facts["columns"] == "a, b, d"


def test_a_column_of_zeros_is_named():
    X, y = sample(30)
    with pytest.raises(DesignError, match="x4"):
        least_squares(np.column_stack([X, np.zeros(30)]), y)


def test_too_few_rows_are_refused():
    with pytest.raises(DesignError, match="3 rows for 3"):
        least_squares(np.eye(3), np.arange(3.0))


def test_names_must_be_as_many_as_columns():
    with pytest.raises(DataError, match="1 names for 3"):
        least_squares(*sample(30), names=("a",))


def test_a_row_of_leverage_one_adds_nothing():
    X = np.column_stack([np.ones(6), np.eye(6)[0]])
    matrix = robust(least_squares(X, np.array([9.0, 1, 2, 3, 4, 5])), "HC2").matrix
    assert matrix[0, 0] == pytest.approx(2.5 / 5)  # s^2 / n of the five others


@pytest.mark.parametrize("groups", [3, 200, 1200])
def test_group_products_equal_loops(groups):
    A, codes = rng.normal(size=(1000, 3)), rng.integers(0, groups, 1000)
    found, sums = group_products(A, codes, groups=groups), group_sums(A, codes, groups=groups)
    for g in (0, groups // 2, groups - 1):
        np.testing.assert_allclose(found[g], A[codes == g].T @ A[codes == g], atol=1e-12)
        np.testing.assert_allclose(sums[g], A[codes == g].sum(axis=0), atol=1e-12)
