"""How often 95 % intervals cover where outcomes are missing, and for subgroups: weights for non-response, Lee's bounds, differences."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct

pytestmark = pytest.mark.slow
EFFECT, DRAWS = 0.5, 1500  # Monte Carlo standard error 0.6 points


def persons(rng, n=300, tails=0):
    x, arm = rng.normal(size=n), rng.permutation(np.arange(n) % 2)
    noise = rng.standard_t(tails, n) if tails else rng.normal(size=n)
    answered = rng.random(n) < 1 / (1 + np.exp(-1.0 - 0.7 * x * (2 * arm - 1)))
    y = x + EFFECT * arm + noise
    return pd.DataFrame({"x": x, "arm": arm, "y": np.where(answered, y, np.nan), "full": y, "old": (x > 0).astype(int)})


def clusters(rng, groups=24):
    school = np.repeat(np.arange(groups), rng.integers(12, 25, groups))
    arm = rng.permutation(np.arange(groups) % 2)[school]
    x = rng.normal(size=len(school))
    y = x + EFFECT * arm + 0.4 * rng.normal(size=groups)[school] + rng.normal(size=len(school))
    answered = rng.random(len(school)) < 1 / (1 + np.exp(-1.0 - 0.7 * x * (2 * arm - 1)))
    return pd.DataFrame({"x": x, "arm": arm, "school": school, "y": np.where(answered, y, np.nan), "full": y,
                         "old": (x > 0).astype(int)})  # fmt: skip


def share(make, estimate, truth, draws=DRAWS):
    rng = np.random.default_rng(20190401)
    found = (estimate(make(rng)) for _ in range(draws))
    return np.mean([one.conf_low <= truth <= one.conf_high for one in found])


@pytest.mark.parametrize("tails", [0, 3])
def test_weights_for_nonresponse(tails):
    assert 0.925 <= share(lambda rng: persons(rng, tails=tails), weighted, EFFECT, 600) <= 0.975


def weighted(data, **design):
    return rct.nonresponse_weighted(data, "y", treatment="arm", covariates=["x"], **design).headline


def test_weights_for_nonresponse_in_clusters():
    assert 0.92 <= share(clusters, lambda data: weighted(data, cluster="school"), EFFECT, 300) <= 0.975


def test_differences_between_subgroups():
    def difference(data):
        return rct.subgroups(data, "full", treatment="arm", by="old", planned="old").differences.headline

    assert 0.935 <= share(persons, difference, 0.0) <= 0.965


def test_differences_between_subgroups_within_clusters():
    def difference(data):
        found = rct.subgroups(data, "full", treatment="arm", by="old", planned="old", cluster="school")
        return found.differences.headline

    assert 0.93 <= share(clusters, difference, 0.0, 800) <= 0.97


@pytest.mark.parametrize("cells", [(), "old"])
def test_lees_interval_covers_the_effect_on_those_always_observed(cells):
    """The effect is the same for everybody; answering rises with the arm for some, so that bounds have a width."""

    def lossy(rng):
        data = persons(rng, 600)
        kept = rng.random(600) < 0.6 + 0.2 * data.arm
        return data.assign(y=data.full.where(kept))

    def interval(data):
        return rct.lee_bounds(data, "y", treatment="arm", cells=cells).headline

    assert share(lossy, interval, EFFECT, 500) >= 0.94
