"""At the simulated truth the primary analysis finds it: its 95 % interval holds it in at least 93 of 100 samples."""

from __future__ import annotations

import pytest

from ebpm import spec
from ebpm.pilot.prepare import derived, rows_of
from ebpm.pilot.routines import routines
from ebpm.pilot.spec import PilotSpec
from tests.pilots.simulations import PILOTS, SLUGS, simulation

SEEDS = 100


def under_contract(frame, dataset):
    """Return the rows that the contract's ranges accept, as the reader would."""
    for column in dataset.columns:
        if column.range and column.type in {"integer", "number"}:
            low, high = column.range
            values = frame[column.name].astype(float)
            refused = (values < (float("-inf") if low is None else low)) | (
                values > (float("inf") if high is None else high)
            )
            frame = frame[~refused]
    return frame.reset_index(drop=True)


def estimates(declared, analysis, sample):
    """Return the estimates of one analysis of the plan on a simulated sample, without files."""
    tables = {dataset.id: under_contract(getattr(sample, dataset.id), dataset) for dataset in declared.data}
    rows = rows_of(derived(tables, declared.derive), analysis)
    found = routines()[analysis.routine](rows, analysis.outcome, **analysis.arguments)
    return found.aggregate(analysis.aggregate) if analysis.aggregate else getattr(found, "estimates", found)


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_the_primary_analysis_recovers_the_truth(slug):
    module, declared = simulation(slug), spec.read(PILOTS / slug / "pilot.yaml", PilotSpec)
    (analysis,) = declared.primary
    truth = next(value for value in module.truth().values if value.analysis == analysis.id)
    covered = 0
    for seed in range(SEEDS):
        found = estimates(declared, analysis, module.simulate(seed))[truth.term]
        covered += found.conf_low <= truth.value <= found.conf_high
    assert covered >= 93


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_no_true_value_is_far_off_on_average(slug):
    """The mean over 40 samples lies within four standard errors (of the mean) of each true value."""
    module, declared = simulation(slug), spec.read(PILOTS / slug / "pilot.yaml", PilotSpec)
    plan = {analysis.id: analysis for analysis in declared.plan}
    errors = {}
    for seed in range(40):
        sample, truth = module.simulate(seed), module.truth(seed)
        for name in dict.fromkeys(value.analysis for value in truth.values):
            found = estimates(declared, plan[name], sample)
            for value in truth.values:
                if value.analysis == name:
                    one = found[value.term]
                    errors.setdefault((name, value.term), []).append(((one.estimate - value.value), one.std_error))
    for where, pairs in errors.items():
        mean = sum(error for error, _ in pairs) / len(pairs)
        spread = (sum(std_error**2 for _, std_error in pairs) / len(pairs) / len(pairs)) ** 0.5
        assert abs(mean) < 4 * spread, where
