"""What must not move the analysis of clones that makes up for those who leave."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ebpm import cohort
from tests.cohort.cohorts import records, trial

N, GRACE = 300, 90
TERMS = ("risk_difference", "rmst_difference", "log_hazard_ratio")
SEEDS = some.integers(0, 5)
WINDOW = {"days": 365, "interval": 30, "ends": ["left"], "lost": "weighted"}


def effects(data, handling="clone_censor_weight", days=GRACE, **choices):
    declared = trial(handling, days, follow_up=WINDOW)
    found = cohort.emulate(data, "back", trial=declared, covariates=["x"], **choices).estimates
    return {one.term: (one.estimate, one.std_error) for one in found if one.term in TERMS}


@settings(max_examples=3, deadline=None)
@given(seed=SEEDS, shift=some.integers(-5000, 20000), scale=some.floats(0.1, 20.0))
def test_order_names_days_and_scales(seed, shift, scale):
    data = records(seed, N)
    other = data.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    dates = ["zero", "started", "back", "left"]
    other[dates] = other[dates] + shift
    other = other.assign(pid=[f"番号{one}" for one in other["pid"]], x=-scale * other["x"] + 3.0)
    for handling, days in (("clone_censor_weight", GRACE), ("time_varying", 0)):
        plain, moved = effects(data, handling, days), effects(other, handling, days)
        for term, pair in plain.items():
            assert moved[term] == pytest.approx(pair, rel=1e-6, abs=1e-9)


@settings(max_examples=3, deadline=None)
@given(seed=SEEDS)
def test_clusters_of_one_person_are_persons(seed):
    data = records(seed, N)
    plain, alone = effects(data), effects(data.assign(clinic=np.arange(N)), cluster="clinic")
    for term, (value, error) in plain.items():
        assert alone[term][0] == pytest.approx(value, rel=1e-12)
        assert alone[term][1] == pytest.approx(error * np.sqrt(N / (N - 1)), rel=1e-9)
