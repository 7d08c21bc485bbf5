"""Invariances of stacks, local projections, extended regressions and triple differences: what must not matter does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.panels import COLUMNS, NEVER, panel

few = settings(max_examples=6, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
amounts = st.floats(-1e4, 1e4)
COHORTS = {NEVER: 25, 3: 12, 4: 11, 6: 10}
THREE = {**COLUMNS, "eligible": "eligible"}


def event(routine, **options):
    return lambda data: routine(data, "y", **COLUMNS, **options)


ROUTINES = {
    "stacked": event(did.stacked, kappa_pre=2, kappa_post=1),
    "stacked_none": event(did.stacked, kappa_pre=1, kappa_post=1, weighting="none"),
    "projection": event(did.local_projection, covariates=["x"]),
    "projection_variance": event(did.local_projection, covariates=["x"], weighting="variance"),
    "projection_mean": event(did.local_projection, base="mean"),
    "extended": lambda data: did.extended_twfe(data, "y", **COLUMNS, covariates=["x"]).aggregate("event"),
    "extended_never": lambda data: did.extended_twfe(data, "y", **COLUMNS, control="never_treated").aggregate("event"),
    "triple": lambda data: did.triple_gt(data, "y", **THREE, covariates=["x"], method="reg").aggregate("event"),
}
every = pytest.mark.parametrize("routine", ROUTINES)


def drawn(seed, routine):
    data = panel(COHORTS, periods=7, seed=seed).assign(eligible=lambda rows: rows.unit % 2)
    whole = routine == "triple" or routine.startswith("extended")
    return data if whole else data[np.random.default_rng(seed).random(len(data)) > 0.1]


def numbers(routine, data):
    found = ROUTINES[routine](data)
    return np.array([item.estimate for item in found]), np.asarray(found.covariance)


def same(routine, left, right, *, factor=1.0, atol=1e-7):
    (values, covariance), (again, spread) = numbers(routine, left), numbers(routine, right)
    np.testing.assert_allclose(again, factor * values, rtol=1e-7, atol=atol)
    np.testing.assert_allclose(spread, factor**2 * covariance, rtol=1e-6, atol=atol * max(1.0, factor**2))


@every
@few
@given(seed=seeds)
def test_order_of_rows(routine, seed):
    data = drawn(seed, routine)
    same(routine, data, data.sample(frac=1, random_state=seed), atol=1e-11)


@every
@few
@given(seed=seeds, amount=amounts)
def test_unit_and_period_effects(routine, seed, amount):
    data, rng = drawn(seed, routine), np.random.default_rng(seed)
    unit, time = amount * rng.normal(size=data.unit.max() + 1), amount * rng.normal(size=8)
    moved = data.assign(y=data.y + unit[data.unit] + time[data.time])
    if (
        routine == "stacked"
    ):  # its errors hold differences of period effects between sub-experiments (Wing et al.'s regression)
        np.testing.assert_allclose(numbers(routine, moved)[0], numbers(routine, data)[0], rtol=1e-7, atol=1e-6)
    else:
        same(routine, data, moved, atol=1e-6)


@every
@few
@given(seed=seeds, factor=st.floats(0.01, 100) | st.floats(-100, -0.01))
def test_scale(routine, seed, factor):
    data = drawn(seed, routine)
    same(routine, data, data.assign(y=factor * data.y), factor=factor)


@every
@few
@given(seed=seeds, shift=st.integers(-1900, 1900))
def test_names_of_units_numbering_of_periods_and_kinds_of_never(routine, seed, shift):
    data = drawn(seed, routine)
    labels = np.random.default_rng(seed).permutation(data.unit.max() + 1)
    never = np.random.default_rng(seed).choice([np.inf, np.nan, 9999.0])
    moved = data.assign(
        unit=[f"u{labels[unit]}" for unit in data.unit], time=(data.time + shift).astype(float),
        first=np.where(data["first"] > 0, data["first"] + shift, never),
    )  # fmt: skip
    same(routine, data, moved)


@every
@few
@given(seed=seeds, size=st.floats(1e3, 1e6))
def test_units_always_treated_do_not_matter(routine, seed, size):
    data = drawn(seed, routine)
    always = panel({1: 4}, periods=7, seed=seed).assign(
        eligible=1, unit=lambda rows: rows.unit + 5000, y=lambda rows: rows.y * size
    )
    same(routine, data, pd.concat([data, always], ignore_index=True), atol=1e-9)


@few
@given(seed=seeds, factor=st.floats(0.1, 10))
def test_scale_of_an_exponential_mean(seed, factor):
    data = panel(COHORTS, periods=7, seed=seed).assign(y=lambda rows: np.exp(0.3 * rows.y))

    def events(rows):
        return did.extended_twfe(rows, "y", **COLUMNS, family="poisson").aggregate("event")

    plain, scaled = events(data), events(data.assign(y=factor * data.y))
    np.testing.assert_allclose(
        [one.estimate for one in scaled], [factor * one.estimate for one in plain], rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(scaled.covariance, factor**2 * plain.covariance, rtol=1e-5, atol=1e-9)


@few
@given(seed=seeds)
def test_yes_and_no_are_symmetric_in_a_logistic_mean(seed):
    data = panel(COHORTS, periods=7, seed=seed).assign(y=lambda rows: (rows.y > rows.y.median()) * 1.0)

    def overall(rows):
        return did.extended_twfe(rows, "y", **COLUMNS, family="logit").estimates.headline

    yes, no = overall(data), overall(data.assign(y=1 - data.y))
    assert no.estimate == pytest.approx(-yes.estimate, rel=1e-6, abs=1e-9)
    assert no.std_error == pytest.approx(yes.std_error, rel=1e-6)


@few
@given(seed=seeds)
def test_trends_of_their_own_in_groups_and_kinds_do_not_move_triple_differences(seed):
    data, rng = drawn(seed, "triple"), np.random.default_rng(seed)
    group, kind = rng.normal(size=8), rng.normal(size=2)
    drift = group[data["first"]] * data.time**2 + kind[data.eligible] * np.sin(data.time)
    found = [did.triple_gt(rows, "y", **THREE).estimates for rows in (data, data.assign(y=data.y + 50 * drift))]
    np.testing.assert_allclose(*([one.estimate for one in estimates] for estimates in found), rtol=1e-7, atol=1e-9)
