"""Intervals cover at their level over many samples: designs, raking under non-response, bounds, families of comparisons."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.rct.means.pairwise import pairwise

pytestmark = pytest.mark.slow
DRAWS = 2000


def share(covers, draws=DRAWS):
    return np.mean([covers(np.random.default_rng((20190819, draw))) for draw in range(draws)])


def holds(one, truth):
    return one.conf_low <= truth <= one.conf_high


def test_stratified_clusters_without_replacement():
    """Two strata of 60 parking lots, 15 lots drawn in each, sizes and lot effects unequal."""
    rng = np.random.default_rng(7)
    lots = pd.DataFrame(
        {
            "lot": np.arange(120),
            "ward": np.repeat(["a", "b"], 60),
            "size": rng.integers(3, 12, 120),
            "effect": rng.normal(size=120),
        }
    )
    people = lots.loc[lots.index.repeat(lots["size"])].reset_index(drop=True)
    people["y"] = people["effect"] + 0.1 * people["size"] + rng.normal(size=len(people))
    truth, people["lots"] = people["y"].mean(), 60

    def covers(rng):
        chosen = np.concatenate([rng.choice(60, 15, replace=False), 60 + rng.choice(60, 15, replace=False)])
        sample = people[people["lot"].isin(chosen)]
        return holds(survey.mean(sample, "y", strata="ward", cluster="lot", population="lots").headline, truth)

    assert 0.93 <= share(covers) <= 0.965


@pytest.mark.parametrize("bounds", [None, (0.2, 5.0)])
def test_raking_under_nonresponse(bounds):
    """Response depends on ward and age multiplicatively: raking removes the bias, the residuals give the interval."""
    rate = {"a": 0.9, "b": 0.5, "old": 0.9, "young": 0.4}
    margins = {"ward": {"a": 0.5, "b": 0.5}, "age": {"old": 0.3, "young": 0.7}}
    naive = []

    def covers(rng):
        data = pd.DataFrame(
            {"ward": rng.choice(["a", "b"], 600), "age": rng.choice(["old", "young"], 600, p=[0.3, 0.7])}
        )
        data["y"] = 2.0 * (data["ward"] == "a") + 3.0 * (data["age"] == "old") + rng.normal(size=600)
        sample = data[rng.random(600) < data["ward"].map(rate) * data["age"].map(rate)]
        naive.append(holds(survey.mean(sample, "y").headline, 1.9))
        raked = survey.rake(sample, margins, bounds=bounds)
        return holds(survey.mean(sample, "y", weights=raked).headline, 1.9)

    assert 0.935 <= share(covers) <= 0.965
    assert np.mean(naive) < 0.2


def test_logit_interval_of_a_rare_share():
    def covers(rng):
        data = pd.DataFrame({"rare": (rng.random(300) < 0.04).astype(int)})
        return holds(survey.proportion(data, "rare")["1"], 0.04)

    assert 0.935 <= share(covers) <= 0.975


@pytest.mark.parametrize("truth_of_the_silent", [0.0, 0.5, 1.0])
def test_bounds_cover_whatever_the_silent_would_say(truth_of_the_silent):
    truth = 0.3 * 0.6 + 0.7 * truth_of_the_silent

    def covers(rng):
        answers = np.where(rng.random(400) < 0.3, (rng.random(400) < 0.6).astype(float), np.nan)
        return holds(survey.bounds(pd.DataFrame({"y": answers}), "y").headline, truth)

    found = share(covers)
    assert found >= 0.935
    assert truth_of_the_silent == 0.5 or found <= 0.965


@pytest.mark.parametrize("against", [None, "0"])
def test_max_t_holds_the_family_wise_error(against):
    """Five arms of unequal size and spread, no effect: some interval misses zero in five of a hundred samples."""
    sizes, spreads = np.array([80, 40, 60, 30, 50]), np.array([1.0, 2.0, 1.0, 1.5, 0.5])

    def covers(rng):
        arm = np.repeat(np.arange(5), sizes)
        data = pd.DataFrame({"y": spreads[arm] * rng.normal(size=len(arm)), "arm": arm.astype(str)})
        return all(holds(one, 0.0) for one in pairwise(data, "y", treatment="arm", against=against))

    assert 0.93 <= share(covers, draws=1000) <= 0.97  # three standard errors of 1,000 samples
