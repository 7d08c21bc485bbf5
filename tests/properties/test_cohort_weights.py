"""What must not change an estimate of a cohort, and what must change it in a known way."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import cohort
from tests.cohort.cohorts import COVARIATES, cohort_of, followed, records, trial

seeds = st.integers(0, 10_000)
quick = settings(max_examples=8, deadline=None)
ROUTINES = {"iptw": cohort.iptw, "aipw": cohort.aipw, "g_computation": cohort.g_computation}
routines = pytest.mark.parametrize("routine", ROUTINES)


def run(routine, data, outcome="y", **options):
    return ROUTINES[routine](data, outcome, treatment="treated", covariates=COVARIATES, **options).estimates


def numbers(found):
    return np.array([[one.estimate, one.std_error] for one in found])


def close(ours, theirs, **tolerance):
    np.testing.assert_allclose(ours, theirs, **({"rtol": 1e-7, "atol": 1e-9} | tolerance))


@routines
@given(seed=seeds)
@quick
def test_row_order_and_the_index(routine, seed):
    data = cohort_of(seed, 150)
    turned = data.sample(frac=1, random_state=seed)
    close(
        numbers(run(routine, turned, weights="w", cluster="clinic")),
        numbers(run(routine, data, weights="w", cluster="clinic")),
    )


@routines
@given(seed=seeds, shift=st.floats(-50, 50), scale=st.floats(0.1, 20))
@quick
def test_shift_and_scale_of_the_outcome(routine, seed, shift, scale):
    data = cohort_of(seed, 150)
    moved = run(routine, data.assign(y=shift + scale * data["y"]))["difference"]
    plain = run(routine, data)["difference"]
    close([moved.estimate, moved.std_error], [scale * plain.estimate, scale * plain.std_error], rtol=1e-6)


@routines
@given(seed=seeds, shift=st.floats(-10, 10), scale=st.floats(0.1, 20))
@quick
def test_shift_and_scale_of_a_covariate(routine, seed, shift, scale):
    data = cohort_of(seed, 150)
    close(numbers(run(routine, data.assign(x=shift + scale * data["x"]))), numbers(run(routine, data)), rtol=1e-5)


@routines
@given(seed=seeds)
@quick
def test_arms_exchanged(routine, seed):
    data = cohort_of(seed, 150)
    plain, turned = run(routine, data), run(routine, data.assign(treated=1 - data["treated"]))
    close(turned["difference"].estimate, -plain["difference"].estimate)
    close(turned["difference"].std_error, plain["difference"].std_error)


@routines
@given(seed=seeds)
@quick
def test_other_labels(routine, seed):
    data = cohort_of(seed, 150)
    named = data.assign(
        clinic=data["clinic"].map(lambda code: f"clinic {99 - code}"), treated=data["treated"].astype(bool)
    )
    close(numbers(run(routine, named, cluster="clinic")), numbers(run(routine, data, cluster="clinic")))


@routines
@given(seed=seeds, factor=st.floats(0.01, 100))
@quick
def test_the_scale_of_the_weights(routine, seed, factor):
    data = cohort_of(seed, 150)
    close(
        numbers(run(routine, data.assign(w=factor * data["w"]), weights="w")),
        numbers(run(routine, data, weights="w")),
        rtol=1e-6,
    )


@routines
@given(seed=seeds)
@quick
def test_the_caller_keeps_his_table(routine, seed):
    data = cohort_of(seed, 100)
    before = data.copy(deep=True)
    run(routine, data)
    pd.testing.assert_frame_equal(data, before)


@routines
def test_polars_gives_the_same(routine):
    data = cohort_of(1, 150)
    close(numbers(run(routine, pl.from_pandas(data))), numbers(run(routine, data)))


@given(seed=seeds, scale=st.floats(0.1, 10))
@quick
def test_the_unit_of_time(seed, scale):
    data = followed(seed, 150)

    def effects(table, horizon):
        return cohort.iptw_survival(
            table, "days", event="back", treatment="treated", covariates=COVARIATES, horizon=horizon
        ).estimates

    plain, scaled = effects(data, 190), effects(data.assign(days=scale * data["days"]), 190 * scale)
    close(scaled["risk_difference"].estimate, plain["risk_difference"].estimate)
    close(scaled["rmst_difference"].std_error, scale * plain["rmst_difference"].std_error)
    close(scaled["log_hazard_ratio"].estimate, plain["log_hazard_ratio"].estimate, rtol=1e-6)


@pytest.mark.parametrize("handling", ["landmark", "clone_censor_weight", "time_varying"])
@given(seed=st.integers(0, 50), shift=st.integers(-10_000, 10_000))
@settings(max_examples=4, deadline=None)
def test_dates_may_be_shifted_and_rows_turned(handling, seed, shift):
    data = records(seed, 500)
    moved = data.assign(**{name: data[name] + shift for name in ("zero", "started", "back", "left")})
    declared = trial(handling, 0 if handling == "time_varying" else 90, interval=30)
    ours, theirs = (
        cohort.emulate(table, "back", trial=declared, covariates=["x"]).estimates
        for table in (data, moved.sample(frac=1, random_state=seed))
    )
    close(numbers(ours), numbers(theirs), rtol=1e-6)
