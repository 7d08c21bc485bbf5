"""How often 95 % intervals cover: clusters of unequal size, few and fewer; strata; Lin's adjustment."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct

pytestmark = pytest.mark.slow
DRAWS = 2000  # Monte Carlo standard error 0.5 points
EFFECT = -0.3


def trial(rng, clusters, *, icc=0.1):
    sizes = rng.integers(5, 60, clusters)
    school = np.repeat(np.arange(clusters), sizes)
    arm = rng.permutation(np.arange(clusters) % 2)[school]
    shared = rng.normal(0, icc**0.5, clusters)[school]
    before = 0.7 * shared + rng.normal(size=len(school))
    kwh = EFFECT * arm + shared + 0.8 * before + rng.normal(0, (1 - icc) ** 0.5, len(school))
    return pd.DataFrame({"kwh": kwh, "before": before, "arm": arm, "school": school})


def covered(routine, clusters, seed=20190401):
    rng = np.random.default_rng(seed)
    found = (routine(trial(rng, clusters)).headline for _ in range(DRAWS))
    return np.mean([one.conf_low <= EFFECT <= one.conf_high for one in found])


def difference(data):
    return rct.difference_in_means(data, "kwh", treatment="arm", cluster="school")


def lin(data):
    return rct.lin(data, "kwh", treatment="arm", covariates=["before"], cluster="school")


@pytest.mark.parametrize("routine", [difference, lin])
def test_twenty_clusters(routine):
    assert 0.935 <= covered(routine, 20) <= 0.965


@pytest.mark.parametrize("routine", [difference, lin])
def test_eight_clusters(routine, capsys):
    share = covered(routine, 8)
    with capsys.disabled():
        print(f"\n{routine.__name__}, 8 clusters: {share:.3f}")
    assert 0.925 <= share <= 0.985


def test_rows_with_unequal_variances():
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(DRAWS):
        arm = np.repeat([0, 1], [40, 12])
        data = pd.DataFrame({"arm": arm, "y": EFFECT * arm + rng.normal(0, 1 + 2 * arm)})
        one = rct.difference_in_means(data, "y", treatment="arm").headline
        hits.append(one.conf_low <= EFFECT <= one.conf_high)
    assert 0.935 <= np.mean(hits) <= 0.965


def test_strata_of_clusters():
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(DRAWS):
        data = trial(rng, 24)
        data["ward"] = data.school // 8
        drawn = np.concatenate([rng.permutation(np.arange(8) % 2) for _ in range(3)])[data.school]
        data = data.assign(kwh=data.kwh + data.ward + EFFECT * (drawn - data.arm), arm=drawn)
        one = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", strata="ward").headline
        hits.append(one.conf_low <= EFFECT <= one.conf_high)
    assert 0.93 <= np.mean(hits) <= 0.965  # 6,000 draws gave 0.944; with 24 - 6 degrees of freedom 0.938
