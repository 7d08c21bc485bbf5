"""Weights for non-response: collapses, the stacked sandwich by brute force, clusters and strata, explosive weights."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from ebpm import rct
from ebpm.errors import DataError, DesignError
from tests.rct.test_difference import same, trial


def lossy(seed=2, clusters=24):
    data = trial(clusters=clusters)
    chance = 1 / (1 + np.exp(-1.0 - 0.8 * (data.before - 10) * (2 * data.arm - 1)))
    return data.assign(kwh=data.kwh.where(np.random.default_rng(seed).random(len(data)) < chance))


@pytest.mark.parametrize("design", [{}, {"strata": "ward"}])
def test_with_nobody_missing_it_is_the_difference_in_means(design):
    data = trial(clusters=24)
    weighted = rct.nonresponse_weighted(data, "kwh", treatment="arm", covariates=["before"], **design)
    same(weighted["1"], rct.difference_in_means(data, "kwh", treatment="arm", **design)["1"])
    assert len(weighted.notices) == 0


def test_with_nobody_missing_its_error_of_unequal_clusters_is_cr2():
    data = trial(clusters=24)
    data = data[data.index % 7 > data.school % 5]
    assert data.groupby("school").size().nunique() > 1
    weighted = rct.nonresponse_weighted(data, "kwh", treatment="arm", covariates=["before"], cluster="school")["1"]
    plain = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school")["1"]
    assert (weighted.estimate, weighted.std_error) == pytest.approx((plain.estimate, plain.std_error), rel=1e-10)


def stacked(data, cluster=None):
    """The sandwich of all estimating equations at once, derivatives by finite differences."""
    y, r = data.kwh.fillna(0).to_numpy(), data.kwh.notna().to_numpy(float)
    X, arm = np.column_stack([np.ones(len(data)), data.before - 10]), data.arm.to_numpy()

    def scores(theta):
        parts = []
        for place in (0, 1):
            beta, mean = theta[3 * place : 3 * place + 2], theta[3 * place + 2]
            own, p = (arm == place).astype(float), 1 / (1 + np.exp(-X @ beta))
            parts += [own * (r - p) * X[:, 0], own * (r - p) * X[:, 1], own * r * (y - mean) / p]
        return np.column_stack(parts)

    theta = np.zeros(6)
    for _ in range(60):
        slope = np.array([approx_fprime(theta, lambda t, j=j: scores(t)[:, j].sum(), 1e-7) for j in range(6)])
        theta = theta - np.linalg.solve(slope, scores(theta).sum(axis=0))
    influence = -scores(theta) @ np.linalg.inv(slope).T
    gaps = influence[:, 5] - influence[:, 2]
    groups = np.arange(len(data)) if cluster is None else data[cluster].to_numpy()
    weights = r * np.where(arm == 1, 1 + np.exp(-X @ theta[3:5]), 1 + np.exp(-X @ theta[:2]))
    variance = 0.0
    for place in (0, 1):
        inside = [groups == one for one in np.unique(groups[arm == place])]
        sums, shares = (np.array([one[rows].sum() for rows in inside]) for one in (gaps, weights))
        variance += ((sums - sums.mean()) ** 2 / (1 - shares / shares.sum())).sum()
    return theta[5] - theta[2], variance**0.5


@pytest.mark.parametrize("cluster", [None, "school"])
def test_the_standard_error_counts_the_model_of_answering(cluster):
    data = lossy()
    found = rct.nonresponse_weighted(data, "kwh", treatment="arm", covariates=["before"], cluster=cluster)["1"]
    value, error = stacked(data, cluster)
    assert found.estimate == pytest.approx(value, rel=1e-6)
    assert found.std_error == pytest.approx(error, rel=1e-5)
    assert found.clusters == (24 if cluster else 0)


def test_it_removes_the_bias_of_leaving_people_out():
    gaps = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, arm = rng.normal(size=1500), np.arange(1500) % 2
        y = 2 * x + 0.5 * arm + rng.normal(size=1500)
        kept = rng.random(1500) < 1 / (1 + np.exp(-0.5 - x * (2 * arm - 1)))
        data = pd.DataFrame({"x": x, "arm": arm, "y": np.where(kept, y, np.nan)})
        naive = rct.difference_in_means(data.dropna(), "y", treatment="arm").headline.estimate
        gaps.append((rct.nonresponse_weighted(data, "y", treatment="arm", covariates=["x"]).headline.estimate, naive))
    weighted, naive = np.mean(gaps, axis=0)
    assert weighted == pytest.approx(0.5, abs=0.08)
    assert abs(naive - 0.5) > 1.0


def test_r128_explosive_weights():
    rng = np.random.default_rng(5)
    x, arm = rng.normal(size=400), np.arange(400) % 2
    kept = rng.random(400) < 1 / (1 + np.exp(1 + 3 * x))
    data = pd.DataFrame({"x": x, "arm": arm, "y": np.where(kept, x, np.nan)})
    assert "R128" in rct.nonresponse_weighted(data, "y", treatment="arm", covariates=["x"]).notices
    assert "R128" not in rct.nonresponse_weighted(lossy(), "kwh", treatment="arm", covariates=["before"]).notices


def test_what_it_cannot_do_it_says():
    data = lossy()
    gaps = data.assign(before=data.before.where(data.index > 3))
    nobody, told = data.assign(kwh=data.kwh.where(data.arm == 0)), data.assign(before=data.kwh.notna().astype(int))
    for wrong, kind, match in (
        (gaps, DataError, "before"), (nobody, DesignError, "observed"), (told, DesignError, "not finite"),
    ):  # fmt: skip
        with pytest.raises(kind, match=match):
            rct.nonresponse_weighted(wrong, "kwh", treatment="arm", covariates=["before"])
    pairs = pd.DataFrame({"y": [1.0, 2, 3, 5, 4, 7], "x": range(6), "pair": [0, 0, 1, 1, 2, 2], "arm": [0, 1] * 3})
    with pytest.raises(DesignError, match="Pairs"):
        rct.nonresponse_weighted(pairs, "y", treatment="arm", covariates=["x"], strata="pair")
