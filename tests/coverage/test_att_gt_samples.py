"""Simulations of group-time effects with gaps, as cross-sections, and in clusters above the unit: intervals and bands cover."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from tests.did.panels import COLUMNS

pytestmark = pytest.mark.slow

DRAWS, PERIODS = 300, 5
FIRST = np.repeat([0, 3, 4], [120, 60, 60])
TIME = np.arange(1, PERIODS + 1)
SINCE = np.where(FIRST[:, None] > 0, TIME - FIRST[:, None], -99)
EFFECT = np.where(SINCE >= 0, 1.0 + 0.5 * SINCE + 0.4 * (FIRST[:, None] == 4), 0.0)
TOWNS = np.arange(len(FIRST)) // 4  # sixty towns of four units, each of one cohort


def draw(seed, *, shared=0.0, missing=0.0, fresh=False):
    """Draw units whose trend depends on a covariate, whose effects differ, and whose towns move together."""
    rng = np.random.default_rng(seed)
    n = len(FIRST)
    x = rng.normal(size=(n, 1)) + 0.4 * (FIRST[:, None] > 0)
    if fresh:  # other people every period
        x = rng.normal(size=(n, PERIODS)) + 0.4 * (FIRST[:, None] > 0)
    town = shared * rng.normal(size=(TOWNS.max() + 1, PERIODS)).cumsum(axis=1)[TOWNS]
    y = rng.normal(size=(n, 1 if not fresh else PERIODS)) + 0.4 * x * TIME + town + rng.normal(size=(n, PERIODS))
    y = y + EFFECT * (1 + 0.3 * rng.normal(size=(n, 1)))
    data = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), PERIODS), "time": np.tile(TIME, n), "first": np.repeat(FIRST, PERIODS),
            "town": np.repeat(TOWNS, PERIODS), "y": y.ravel(), "x": np.broadcast_to(x, y.shape).ravel(),
        }
    )  # fmt: skip
    return data[rng.random(len(data)) >= missing]


SAMPLES = {
    "gaps, pairs": ({"missing": 0.1}, {"gaps": "pairs"}),
    "gaps, all rows": ({"missing": 0.1}, {"gaps": "all_rows"}),
    "gaps, improved": ({"missing": 0.1}, {"gaps": "pairs", "method": "dr_improved"}),
    "cross-sections": ({"fresh": True}, {"unit": None}),
    "cross-sections, regression": ({"fresh": True}, {"unit": None, "method": "reg"}),
    "cross-sections, improved": ({"fresh": True}, {"unit": None, "method": "dr_improved"}),
    "towns": ({"shared": 0.6}, {"cluster": "town"}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_intervals_and_bands_cover(name):
    how, choices = SAMPLES[name]
    points, bands, overall = [], [], []
    for seed in range(DRAWS):
        event = did.att_gt(draw(seed, **how), "y", **{**COLUMNS, "covariates": ["x"], **choices}).aggregate("event")
        true = [EFFECT[place == SINCE].mean() if place >= 0 else 0.0 for place in event.positions]
        items = list(event)[:-1]
        points.append([one.conf_low <= value <= one.conf_high for one, value in zip(items, true, strict=True)])
        bands.append(all(low <= value <= high for (low, high), value in zip(event.bands(), true, strict=False)))
        target = np.mean([value for place, value in zip(event.positions, true, strict=True) if place >= 0])
        overall.append(event.headline.conf_low <= target <= event.headline.conf_high)
    # 300 draws: a standard error of 1.3 points
    assert 0.92 <= np.mean(points) <= 0.975
    assert 0.90 <= np.mean(bands) <= 0.985
    assert 0.90 <= np.mean(overall) <= 0.985


def test_units_in_towns_taken_for_independent_do_not_cover():
    missed = []
    for seed in range(150):
        event = did.att_gt(draw(seed, shared=0.6), "y", **COLUMNS, covariates=["x"]).aggregate("event")
        missed.append(not event["0"].conf_low <= EFFECT[SINCE == 0].mean() <= event["0"].conf_high)
    assert np.mean(missed) > 0.09
