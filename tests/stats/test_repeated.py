"""Rows that share their regressors in groups give the errors and degrees of freedom of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm.errors import DesignError
from ebpm.stats.regression.covariance import bell_mccaffrey, robust
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.regression.repeated import repeated_covariance, repeated_least_squares


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["classical", "HC0", "HC1", "HC2", "HC3", "HC2_BM"]))
def test_grouped_rows_are_rows(seed, kind):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(6), np.arange(6) % 2, np.arange(6) // 2])
    counts = rng.integers(1, 9, 6)
    group = np.repeat(np.arange(6), counts)
    outcome = rng.normal(size=len(group)) + group
    means = np.array([outcome[group == g].mean() for g in range(6)])
    squares = np.array([((outcome[group == g] - means[g]) ** 2).sum() for g in range(6)])
    if len(group) <= 3:
        return
    contrasts = np.eye(3)[1:]
    rows = least_squares(design[group], outcome)
    fit = repeated_least_squares(design, means, counts=counts, squares=squares)
    np.testing.assert_allclose(fit.coefficients, rows.coefficients, atol=1e-10)
    found = repeated_covariance(fit, kind, contrasts=contrasts)
    held = robust(rows, kind.removesuffix("_BM"), contrasts=contrasts)
    np.testing.assert_allclose(found.matrix, held.matrix, rtol=1e-9, atol=1e-14)
    df = bell_mccaffrey(rows, contrasts=contrasts) if kind == "HC2_BM" else held.df
    np.testing.assert_allclose(found.df, df, rtol=1e-9)


def test_too_few_rows_and_collinear_columns_are_refused():
    design, one = np.array([[1.0, 0.0], [1.0, 1.0]]), np.ones(2, dtype=np.int64)
    with pytest.raises(DesignError) as refused:
        repeated_least_squares(design, np.zeros(2), counts=one, squares=np.zeros(2))
    assert refused.value.code == "stats_too_few_rows"
    with pytest.raises(DesignError, match="arm"):
        repeated_least_squares(np.ones((2, 2)), np.zeros(2), counts=3 * one, squares=np.ones(2), names=("1", "arm"))


def test_a_row_of_leverage_one_adds_nothing():
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    fit = repeated_least_squares(design, np.array([1.0, 5.0]), counts=np.array([4, 1]), squares=np.array([2.0, 0.0]))
    assert fit.saturated == 1
    assert np.isfinite(repeated_covariance(fit, "HC2_BM", contrasts=np.eye(2)).matrix).all()
