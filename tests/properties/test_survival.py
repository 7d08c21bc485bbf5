"""What must not change an analysis of time to event: row order, labels, the unit of time, cutting spells; and what must change it in a known way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ebpm import cohort

seeds = st.integers(0, 10_000)
quick = settings(max_examples=5, deadline=None)
EVENTS = {"event": "how", "events": {1: "back", 2: "died"}}


def persons(seed, n=60):
    rng = np.random.default_rng(seed)
    first, second, end = rng.exponential(8, n), rng.exponential(20, n), rng.uniform(4, 15, n)
    time = np.ceil(2 * np.minimum(np.minimum(first, second), end)) / 2
    return pd.DataFrame({
        "days": time, "how": np.select([first <= np.minimum(second, end), second <= end], [1, 2], 0), "arm": np.arange(n) % 2,
        "x": rng.normal(size=n), "ward": np.arange(n) // 2 % 3, "w": rng.uniform(0.5, 2, n), "id": np.arange(n),
        "from": time * rng.uniform(0, 0.9, n) // 0.5 * 0.5,
    }).assign(back=lambda d: (d.how == 1).astype(int), died=lambda d: (d.how == 2).astype(int))  # fmt: skip


def numbers(found):
    return np.array(
        [[one.estimate, one.std_error if isinstance(one.std_error, float) else np.nan] for one in found.estimates]
    )


ROUTINES = {
    "kaplan_meier": lambda d, **m: cohort.kaplan_meier(
        d, "days", event="back", by="arm", at=[m.pop("when", 3.0)], weights="w", **m
    ),
    "rmst": lambda d, **m: cohort.rmst(
        d, "days", event="back", treatment="arm", horizon=m.pop("when", 3.0), weights="w", **m
    ),
    "risk": lambda d, **m: cohort.risk(
        d, "days", cause="back", treatment="arm", horizon=m.pop("when", 3.0), **EVENTS, **m
    ),
    "log_rank": lambda d, **m: cohort.log_rank(d, "days", event="back", treatment="arm", strata="ward", rho=0.5),
    "cox": lambda d, **m: cohort.cox(d, "days", event="back", treatment="arm", covariates=["x"], weights="w"),
    "fine_gray": lambda d, **m: cohort.fine_gray(d, "days", cause="back", treatment="arm", covariates=["x"], **EVENTS),
}


@pytest.mark.parametrize("name", ROUTINES)
@given(seed=seeds)
@quick
def test_rows_may_come_in_any_order(name, seed):
    data = persons(seed)
    np.testing.assert_allclose(
        numbers(ROUTINES[name](data.sample(frac=1, random_state=seed))), numbers(ROUTINES[name](data)), rtol=1e-8
    )


@pytest.mark.parametrize("name", ROUTINES)
@given(seed=seeds, factor=st.sampled_from([1 / 365.25, 0.1, 7.0, 86400.0]))
@quick
def test_the_unit_of_time_moves_restricted_means_alone(name, seed, factor):
    data = persons(seed)
    ours, scaled = (
        numbers(ROUTINES[name](d, when=3.0 * f))
        for d, f in ((data, 1.0), (data.assign(days=data.days * factor), factor))
    )
    unit = np.ones(len(ours))
    if name == "rmst":
        unit = np.array([factor, 1.0, factor, factor])
    np.testing.assert_allclose(scaled, ours * unit[:, None], rtol=1e-7)


@pytest.mark.parametrize("name", ["kaplan_meier", "rmst", "cox"])
@given(seed=seeds, factor=st.sampled_from([0.01, 3.0, 1e4]))
@quick
def test_the_size_of_weights_does_not_matter(name, seed, factor):
    data = persons(seed)
    np.testing.assert_allclose(
        numbers(ROUTINES[name](data.assign(w=data.w * factor))), numbers(ROUTINES[name](data)), rtol=1e-7
    )


@given(seed=seeds)
@quick
def test_cutting_spells_changes_nothing(seed):
    data = persons(seed).assign(start=0.0)
    cut = np.random.default_rng(seed).uniform(0.2, 0.8, len(data)) * data.days
    pieces = pd.concat([data.assign(days=cut, back=0), data.assign(start=cut)])
    for whole, parts in (
        (cohort.cox(data, "days", event="back", treatment="arm", covariates=["x"], cluster="id", errors="robust"),
         cohort.cox(pieces, "days", event="back", entry="start", treatment="arm", covariates=["x"], cluster="id")),
        (cohort.kaplan_meier(data, "days", event="back", by="arm", at=[3.0]),
         cohort.kaplan_meier(pieces, "days", event="back", entry="start", by="arm", at=[3.0], cluster="id")),
        (cohort.log_rank(data.assign(w=1.0), "days", event="back", treatment="arm", weights="w"),
         cohort.log_rank(pieces, "days", event="back", entry="start", treatment="arm", cluster="id")),
    ):  # fmt: skip
        np.testing.assert_allclose(numbers(parts), numbers(whole), rtol=1e-8)


@given(seed=seeds, shift=st.sampled_from([-5.0, 100.0]), factor=st.sampled_from([0.01, -3.0]))
@quick
def test_moved_and_stretched_covariates(seed, shift, factor):
    data = persons(seed)
    plain, moved = (numbers(ROUTINES["cox"](d)) for d in (data, data.assign(x=shift + factor * data.x)))
    np.testing.assert_allclose(moved[0], plain[0], rtol=1e-7)
    np.testing.assert_allclose(moved[1], plain[1] / [factor, abs(factor)], rtol=1e-7)


@given(seed=seeds)
@quick
def test_who_is_called_control_turns_the_sign(seed):
    data = persons(seed)
    for one, other in zip(*(numbers(ROUTINES["cox"](d)) for d in (data, data.assign(arm=1 - data.arm))), strict=True):
        np.testing.assert_allclose(abs(one), abs(other), rtol=1e-8)


@given(seed=seeds)
@quick
def test_censoring_after_the_horizon_does_not_matter(seed):
    data = persons(seed)
    later = data.assign(
        days=np.where(data.days > 4, data.days + 7, data.days), back=np.where(data.days > 4, 0, data.back)
    )
    np.testing.assert_allclose(numbers(ROUTINES["rmst"](later)), numbers(ROUTINES["rmst"](data)), rtol=1e-9)


@given(seed=seeds)
@example(seed=1050)  # a risk of almost nothing
@quick
def test_risks_add_up(seed):
    data = persons(seed).assign(any=lambda d: (d.how > 0).astype(int))
    risks = [
        cohort.risk(data, "days", cause=cause, treatment="arm", horizon=3.0, **EVENTS).estimates
        for cause in ("back", "died")
    ]
    whole = cohort.risk(data, "days", event="any", treatment="arm", horizon=3.0).estimates
    for arm in ("0, risk", "1, risk", "1"):
        np.testing.assert_allclose(sum(one[arm].estimate for one in risks), whole[arm].estimate, atol=1e-12)


@given(seed=seeds)
@quick
def test_without_competing_events_fine_gray_is_cox(seed):
    data = persons(seed)
    given = {"events": {1: "back"}, "cause": "back", "covariates": ["x", "arm"]}
    ours = numbers(cohort.fine_gray(data, "days", event="back", **given))
    np.testing.assert_allclose(
        ours, numbers(cohort.cox(data, "days", event="back", covariates=["x", "arm"], errors="robust")), rtol=1e-9
    )
