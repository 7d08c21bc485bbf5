"""Intervals of risks and of equations with a correlation in time hold the truth as often as they say."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct

pytestmark = pytest.mark.slow
BAND = (0.925, 0.975)  # 600 draws: three Monte Carlo errors, and what a t approximation may miss


def holds(one, truth):
    return one.conf_low <= truth <= one.conf_high


def test_risk_difference_of_clusters():
    covers, rng = [], np.random.default_rng(20190401)
    for _ in range(600):
        school = np.repeat(np.arange(24), rng.integers(10, 40, 24))
        arm = rng.permutation(np.arange(24) % 2)[school]
        shared = 0.05 * rng.choice([-1.0, 1.0], 24)[school]
        age = rng.uniform(-1.0, 1.0, len(school))
        yes = (rng.random(len(school)) < 0.4 + 0.15 * arm + shared + 0.2 * age).astype(int)
        data = pd.DataFrame({"yes": yes, "arm": arm, "age": age, "school": school})
        found = rct.risks(data, "yes", treatment="arm", covariates=["age"], cluster="school")
        covers.append(holds(found.estimates.headline, 0.15))
    assert BAND[0] <= np.mean(covers) <= BAND[1]


@pytest.mark.parametrize("correlation", ["ar1", "independence"])
def test_correlation_in_time(correlation):
    covers, rng = [], np.random.default_rng(20190402)
    for _ in range(600):
        person, visit = np.repeat(np.arange(30), 4), np.tile(np.arange(4), 30)
        noise = rng.normal(size=(30, 4))
        for at in range(1, 4):
            noise[:, at] = 0.6 * noise[:, at - 1] + 0.8 * noise[:, at]
        arm = rng.permutation(np.arange(30) % 2)[person]
        data = pd.DataFrame({"y": 0.3 * arm + noise.ravel(), "arm": arm, "person": person, "visit": visit})
        kept = data[(visit == 0) | (rng.random(120) < 0.8)]
        one = rct.gee(kept, "y", treatment="arm", cluster="person", correlation=correlation, time="visit")["1"]
        covers.append(holds(one, 0.3))
    assert BAND[0] <= np.mean(covers) <= BAND[1]
