"""Estimating equations against statsmodels and against the matrices written out; collapses; bad input."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.gee import gee
from ebpm.stats.regression.least_squares import least_squares

FAMILIES = ["gaussian", "binomial", "poisson"]


def rows(family="gaussian", seed=3, clusters=14):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(clusters), rng.integers(2, 9, clusters))
    design = np.column_stack([np.ones(len(codes)), (codes % 2), rng.normal(size=len(codes))])
    eta = design @ [0.2, 0.5, 0.3] + rng.normal(0, 0.6, clusters)[codes]
    draw = {
        "gaussian": lambda: eta + rng.normal(size=len(eta)), "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
        "binomial": lambda: (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float),
    }  # fmt: skip
    return design, draw[family](), codes


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("errors", "theirs"), [("LZ", "robust"), ("MD", "bias_reduced")])
def test_independence_is_statsmodels(family, errors, theirs):
    import statsmodels.api as sm

    design, y, codes = rows(family)
    known = {"gaussian": sm.families.Gaussian, "binomial": sm.families.Binomial, "poisson": sm.families.Poisson}
    other = sm.GEE(y, design, codes, family=known[family](), cov_struct=sm.cov_struct.Independence()).fit(
        cov_type=theirs
    )
    fit = gee(design, y, codes=codes, contrasts=np.eye(3), family=family, correlation="independence", errors=errors)
    assert fit.coefficients == pytest.approx(other.params, rel=1e-6)  # their iterations stop at 1e-6
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(other.bse, rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("errors", ["LZ", "KC", "MD"])
def test_exchangeable_is_the_matrices_written_out(family, errors):
    design, y, codes = rows(family)
    fit = gee(design, y, codes=codes, contrasts=np.eye(3), family=family, errors=errors)
    eta = design @ fit.coefficients
    mean = {"gaussian": eta, "binomial": 1 / (1 + np.exp(-eta)), "poisson": np.exp(eta)}[family]
    spread = {"gaussian": np.ones_like(mean), "binomial": mean * (1 - mean), "poisson": mean}[family]
    parts, total = [], 0.0
    for g in range(codes.max() + 1):
        own = codes == g
        slope, root = spread[own, None] * design[own], np.sqrt(spread[own])
        work = (1 - fit.correlation) * np.eye(own.sum()) + fit.correlation
        inverse = np.linalg.inv(root[:, None] * work * root)
        parts.append((slope, inverse, (y - mean)[own]))
        total = total + slope.T @ inverse @ slope
    bread, meat, score = np.linalg.inv(total), 0.0, 0.0
    for slope, inverse, residual in parts:
        hat = np.eye(len(residual)) - slope @ bread @ slope.T @ inverse
        values, vectors = np.linalg.eig(hat)
        power = {"LZ": 0.0, "KC": -0.5, "MD": -1.0}[errors]
        adjusted = np.real(vectors @ np.diag(values.astype(complex) ** power) @ np.linalg.inv(vectors)) @ residual
        part = slope.T @ inverse @ adjusted
        meat, score = meat + np.outer(part, part), score + slope.T @ inverse @ residual
    assert score == pytest.approx(np.zeros(3), abs=1e-9)
    assert fit.covariance == pytest.approx(bread @ meat @ bread, rel=1e-8, abs=1e-14)


def test_gaussian_independence_is_least_squares_with_cr0_and_cr3():
    design, y, codes = rows()
    fit, ols = (
        gee(design, y, codes=codes, contrasts=np.eye(3), correlation="independence", errors="LZ"),
        least_squares(design, y),
    )
    assert fit.covariance == pytest.approx(clustered(ols, codes, kind="CR0").matrix, rel=1e-10)
    for ours, kind in (("KC", "CR2"), ("MD", "CR3")):
        found = gee(design, y, codes=codes, contrasts=np.eye(3), correlation="independence", errors=ours)
        assert found.covariance == pytest.approx(clustered(ols, codes, kind=kind).matrix, rel=1e-9)


def test_clusters_of_one_row_have_no_correlation():
    design, y, _ = rows()
    fit = gee(design, y, codes=np.arange(len(y)), contrasts=np.eye(3))
    assert fit.correlation == 0.0
    assert fit.coefficients == pytest.approx(least_squares(design, y).coefficients, rel=1e-10)


def test_exposure_turns_counts_into_rates():
    design, y, codes = rows("poisson")
    months = np.random.default_rng(0).integers(1, 13, len(y)).astype(float)
    one = gee(design, y, codes=codes, contrasts=np.eye(3), family="poisson", exposure=months)
    other = gee(design, y, codes=codes, contrasts=np.eye(3), family="poisson", exposure=12 * months)
    assert other.coefficients == pytest.approx(one.coefficients - [np.log(12), 0, 0], rel=1e-9)


def test_bad_input():
    design, y, codes = rows()
    with pytest.raises(DesignError):
        gee(design, y, codes=np.zeros(len(y), dtype=int), contrasts=np.eye(3))
    with pytest.raises(DesignError, match="outcome"):
        gee(design, y, codes=codes, contrasts=np.eye(3), family="binomial")
    with pytest.raises(DesignError, match="linear"):
        gee(np.column_stack([design, design[:, 1]]), y, codes=codes, contrasts=np.eye(4))


def test_a_correlation_below_its_range_is_independence():
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(4), [2, 2, 2, 14])
    y = np.r_[np.tile([1.0, -1.0], 3), rng.normal(size=14) / 9]  # pairs mirror each other
    one = gee(np.ones((20, 1)), y, codes=codes, contrasts=np.eye(1))
    other = gee(np.ones((20, 1)), y, codes=codes, contrasts=np.eye(1), correlation="independence")
    assert one.correlation == 0.0
    assert (one.coefficients, one.covariance) == (other.coefficients, other.covariance)


def test_a_correlation_of_one_is_refused():
    codes = np.repeat(np.arange(12), [6, 6, *[1] * 10])
    y = np.where(codes == 0, 1.0, np.where(codes == 1, -1.0, 0.0))
    with pytest.raises(DesignError, match="one or more"):
        gee(np.ones((22, 1)), y, codes=codes, contrasts=np.eye(1))
