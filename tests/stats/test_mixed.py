"""Random intercepts against the likelihood written out, statsmodels, and their collapses; bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime, minimize

from ebpm.errors import DesignError
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.regression.mixed import random_intercept


def rows(seed=3, clusters=12, sd=1.0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(clusters), rng.integers(1, 9, clusters))
    design = np.column_stack([np.ones(len(codes)), (codes % 2), rng.normal(size=len(codes))])
    y = design @ [10.0, 0.5, 0.3] + rng.normal(0, sd, clusters)[codes] + rng.normal(size=len(codes))
    return design, y, codes


def deviance(a, s, design, y, codes, *, restricted):
    """-2 log likelihood with the n x n covariance."""
    v = s * np.eye(len(y)) + a * (codes[:, None] == codes)
    inverse = np.linalg.inv(v)
    information = design.T @ inverse @ design
    residual = y - design @ np.linalg.solve(information, design.T @ inverse @ y)
    value = np.linalg.slogdet(v)[1] + residual @ inverse @ residual
    n = len(y) - restricted * design.shape[1]
    return value + n * np.log(2 * np.pi) + restricted * np.linalg.slogdet(information)[1]


@pytest.mark.parametrize("restricted", [True, False])
def test_it_is_the_summit_of_the_likelihood_written_out(restricted):
    design, y, codes = rows()
    fit = random_intercept(design, y, codes=codes, contrasts=np.eye(3), restricted=restricted)

    def by_logs(theta):
        return deviance(*np.exp(theta), design, y, codes, restricted=restricted)

    best = minimize(by_logs, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert -2 * fit.log_likelihood == pytest.approx(best.fun, abs=1e-8)
    assert [fit.between, fit.within] == pytest.approx(np.exp(best.x), rel=1e-5)


@pytest.mark.parametrize("restricted", [True, False])
def test_satterthwaite_by_numerical_derivatives(restricted):
    design, y, codes = rows()
    fit = random_intercept(design, y, codes=codes, contrasts=np.eye(3), restricted=restricted)
    theta = np.array([fit.between, fit.within])

    def slope(point):
        return approx_fprime(point, lambda p: deviance(*p, design, y, codes, restricted=restricted), 1e-5)

    curvature = np.array([(slope(theta + h) - slope(theta - h)) / 2e-3 for h in 1e-3 * np.eye(2)])

    def variances(point):
        v = point[1] * np.eye(len(y)) + point[0] * (codes[:, None] == codes)
        return np.diag(np.linalg.inv(design.T @ np.linalg.solve(v, design)))

    spread = 2 * np.linalg.inv((curvature + curvature.T) / 2)
    gradients = np.array([approx_fprime(theta, lambda p, j=j: variances(p)[j], 1e-6) for j in range(3)])
    expected = 2 * variances(theta) ** 2 / np.einsum("ji,ik,jk->j", gradients, spread, gradients)
    assert np.diag(fit.covariance) == pytest.approx(variances(theta), rel=1e-9)
    assert fit.df == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("restricted", [True, False])
def test_it_is_statsmodels_mixed_model(restricted):
    from statsmodels.regression.mixed_linear_model import MixedLM

    design, y, codes = rows(seed=5, clusters=20)
    fit = random_intercept(design, y, codes=codes, contrasts=np.eye(3), restricted=restricted)
    theirs = MixedLM(y, design, groups=codes).fit(reml=restricted, method="bfgs", gtol=1e-10)
    assert fit.coefficients == pytest.approx(theirs.fe_params, rel=1e-5)  # their optimiser stops earlier
    assert fit.between == pytest.approx(float(np.asarray(theirs.cov_re).ravel()[0]), rel=1e-3)
    assert fit.log_likelihood >= theirs.llf - 1e-8


def test_balanced_one_way_is_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    codes = np.repeat(np.arange(8), 5)
    y = rng.normal(0, 1, 8)[codes] + rng.normal(size=40)
    fit = random_intercept(np.ones((40, 1)), y, codes=codes, contrasts=np.eye(1))
    means = pd.Series(y).groupby(codes).mean()
    within = ((y - means[codes].to_numpy()) ** 2).sum() / 32
    assert fit.within == pytest.approx(within, rel=1e-10)
    assert fit.between == pytest.approx(means.var() - within / 5, rel=1e-8)
    assert (fit.covariance[0, 0], fit.df[0]) == pytest.approx((means.var() / 8, 7.0), rel=1e-8)


def test_no_variance_between_is_least_squares():
    rng = np.random.default_rng(1)
    codes = np.tile(np.arange(6), 5)
    y = rng.normal(size=30)
    y -= pd.Series(y).groupby(codes).transform("mean").to_numpy()  # clusters alike: less than chance between them
    design = np.column_stack([np.ones(30), codes % 2])
    fit = random_intercept(design, y, codes=codes, contrasts=np.eye(2))
    ols = least_squares(design, y)
    assert (fit.between, fit.icc) == (0.0, 0.0)
    assert fit.df.tolist() == [28.0, 28.0]
    assert fit.covariance == pytest.approx(ols.bread * (ols.residuals**2).sum() / 28, rel=1e-10)


@pytest.mark.parametrize("ratio", [1e-4, 1e4])
def test_extreme_shares_between_are_found(ratio):
    design, y, codes = rows(sd=ratio**0.5, clusters=60, seed=8)
    fit = random_intercept(design, y, codes=codes, contrasts=np.eye(3))
    assert fit.between == 0.0 or 0.0 < fit.icc < 1.0
    if ratio > 1:
        assert fit.between == pytest.approx(ratio, rel=0.5)


def test_shift_scale_and_order():
    design, y, codes = rows()
    order = np.random.default_rng(0).permutation(len(y))
    one = random_intercept(design, y, codes=codes, contrasts=np.eye(3))
    other = random_intercept(design[order], 1e6 + 1e3 * y[order], codes=codes[order], contrasts=np.eye(3))
    assert other.coefficients[1:] == pytest.approx(1e3 * one.coefficients[1:], rel=1e-7)
    assert other.within == pytest.approx(1e6 * one.within, rel=1e-7)
    assert other.df == pytest.approx(one.df, rel=1e-6)


def test_bad_input():
    design, y, codes = rows()
    with pytest.raises(DesignError, match="cannot be told apart"):
        random_intercept(design, y, codes=np.zeros(len(y), dtype=int), contrasts=np.eye(3))
    with pytest.raises(DesignError, match="cannot be told apart"):
        random_intercept(design, y, codes=np.arange(len(y)), contrasts=np.eye(3))
    with pytest.raises(DesignError, match="fit the outcome exactly"):
        random_intercept(design, design @ [1.0, 2.0, 3.0], codes=codes, contrasts=np.eye(3))
    with pytest.raises(DesignError, match="linear"):
        random_intercept(np.column_stack([design, design[:, 1]]), y, codes=codes, contrasts=np.eye(4))
