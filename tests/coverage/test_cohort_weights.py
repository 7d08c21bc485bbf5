"""How often 95 % intervals of weighting, standardisation and emulated trials hold the truth, by simulation.

The full table, also for poor overlap, where normal intervals of `iptw` fail and C408 and C409 say so, is docs/coverage.csv.
"""

import numpy as np
import pytest

from ebpm import cohort
from tests.cohort.cohorts import COVARIATES, cohort_of, records, trial

DRAWS = 200  # the standard error of a coverage of 0.95 is 0.015
ROUTINES = {"iptw": cohort.iptw, "aipw": cohort.aipw, "g_computation": cohort.g_computation}


def held(found, truth):
    return found.conf_low <= truth <= found.conf_high


@pytest.mark.slow
@pytest.mark.parametrize("routine", ROUTINES)
def test_effects_on_means(routine):
    hits = [
        held(
            ROUTINES[routine](cohort_of(seed, 400), "y", treatment="treated", covariates=COVARIATES).estimates[
                "difference"
            ],
            1.0,
        )
        for seed in range(DRAWS)
    ]
    assert 0.9 <= np.mean(hits) <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("handling", ["landmark", "clone_censor_weight", "time_varying"])
def test_emulated_trials_without_an_effect(handling):
    declared = trial(handling, 0 if handling == "time_varying" else 90)
    hits = [
        held(cohort.emulate(records(seed, 500), "back", trial=declared, covariates=["x"]).estimates.headline, 0.0)
        for seed in range(80)
    ]
    assert np.mean(hits) >= 0.87


@pytest.mark.slow
def test_the_naive_analysis_does_not_cover():
    hits = [
        held(
            cohort.emulate(records(seed, 500), "back", trial=trial("naive", 0), covariates=["x"]).estimates.headline,
            0.0,
        )
        for seed in range(30)
    ]
    assert np.mean(hits) < 0.7
