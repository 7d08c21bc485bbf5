"""Invariances of group-time effects with gaps, as cross-sections, with weights and clusters."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.panels import COLUMNS, NEVER, panel

few = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
COHORTS = {NEVER: 40, 3: 25, 4: 24, 6: 22}
samples = st.fixed_dictionaries(
    {
        "gaps": st.sampled_from(["pairs", "all_rows", "sections"]),
        "control": st.sampled_from(["not_yet_treated", "never_treated"]),
        "base": st.sampled_from(["varying", "universal"]),
        "covariates": st.sampled_from([(), ("x",)]),
        "method": st.sampled_from(["reg", "ipw", "dr", "dr_improved"]),
        "weights": st.sampled_from([None, "w"]),
        "cluster": st.sampled_from([None, "town"]),
    }
)


def drawn(seed):
    rng = np.random.default_rng(seed)
    data = panel(COHORTS, periods=7, seed=seed)
    units = data.unit.max() + 1
    data = data.assign(w=rng.uniform(0.5, 2.0, units)[data.unit], town=rng.integers(0, 30, units)[data.unit])
    return data[rng.random(len(data)) < 0.9]


def fitted(data, options):
    if options["gaps"] == "sections":
        return did.att_gt(data, "y", **{**COLUMNS, **options, "gaps": "refuse", "unit": None})
    return did.att_gt(data, "y", **{**COLUMNS, **options})


def same(left, right, factor=1.0, atol=1e-9):
    for kind in ("event", "group", "calendar"):
        one, other = left.aggregate(kind), right.aggregate(kind)
        values = [np.array([item.estimate for item in found]) for found in (one, other)]
        np.testing.assert_allclose(values[1], factor * values[0], rtol=1e-8, atol=atol)
        np.testing.assert_allclose(other.covariance, factor**2 * one.covariance, rtol=1e-6, atol=atol)


@few
@given(seeds, samples)
def test_order_of_rows_and_names_of_units_and_clusters(seed, options):
    data = drawn(seed)
    labels = np.random.default_rng(seed).permutation(data.unit.max() + 1)
    named = data.assign(unit=[f"u{labels[unit]}" for unit in data.unit], town=[f"t{-town}" for town in data.town])
    same(fitted(data, options), fitted(named.sample(frac=1, random_state=seed), options))


@few
@given(seeds, samples, st.floats(-1e3, 1e3), st.floats(0.01, 100) | st.floats(-100, -0.01))
def test_shift_scale_and_period_effects(seed, options, amount, factor):
    data = drawn(seed)
    periods = amount * np.random.default_rng(seed).normal(size=8)
    moved = data.assign(y=factor * data.y + amount + periods[data.time])
    same(fitted(data, options), fitted(moved, options), factor, atol=1e-6)


@few
@given(seeds, samples, st.floats(-1e3, 1e3))
def test_unit_effects_where_units_are_compared_with_themselves(seed, options, amount):
    data = drawn(seed)
    effects = amount * np.random.default_rng(seed).normal(size=data.unit.max() + 1)
    options = {**options, "gaps": "pairs"}
    same(fitted(data, options), fitted(data.assign(y=data.y + effects[data.unit]), options), atol=1e-6)


@few
@given(seeds, samples, st.floats(0.01, 100))
def test_the_unit_of_the_weights(seed, options, factor):
    data, options = drawn(seed), {**options, "weights": "w"}
    same(fitted(data, options), fitted(data.assign(w=factor * data.w), options))


@few
@given(seeds, samples)
def test_weights_are_repeated_rows_in_the_estimate(seed, options):
    data = drawn(seed)
    copies = 1 + data.unit % 3
    weighted = fitted(data.assign(w=copies.astype(float)), {**options, "weights": "w"})
    repeated = pd.concat([data.assign(unit=data.unit + 1000 * copy)[copies > copy] for copy in range(3)])
    rows = fitted(repeated, {**options, "weights": None})
    np.testing.assert_allclose(weighted.effects.att, rows.effects.att, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(weighted.effects.shares, rows.effects.shares, rtol=1e-12)


@few
@given(seeds, samples)
def test_units_treated_from_the_start_change_nothing(seed, options):
    data = drawn(seed)
    always = panel({1: 6}, periods=7, seed=seed + 1)
    both = pd.concat([data, always.assign(unit=always.unit + 500, y=1e6 * always.y, w=1e6, town=data.town.min())])
    left, right = fitted(data, options), fitted(both, options)
    np.testing.assert_allclose(right.effects.att, left.effects.att, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(right.effects.covariance, left.effects.covariance, rtol=1e-9, atol=1e-14)


@few
@given(seeds, samples)
def test_the_given_table_stays_as_it_was(seed, options):
    data = drawn(seed)
    before = data.copy(deep=True)
    fitted(data, options).aggregate()
    pd.testing.assert_frame_equal(data, before)


@few
@given(seeds, st.sampled_from(["reg", "ipw", "dr", "dr_improved"]), st.sampled_from([(), ("x",)]))
def test_a_whole_panel_as_cross_sections_clustered_by_unit(seed, method, covariates):
    data = panel(COHORTS, periods=6, seed=seed)
    options = {"method": method, "covariates": covariates}
    whole = did.att_gt(data, "y", **COLUMNS, **options)
    rows = did.att_gt(data, "y", **{**COLUMNS, "unit": None}, **options, cluster="unit")
    same(whole, rows)
