"""What must not change the results of a survey, and what must change them in a known way."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import survey

seeds = st.integers(0, 2**31 - 1)
sizes = st.integers(12, 80)
few = settings(max_examples=40, deadline=None)


def drawn(seed, n):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "y": rng.normal(size=n),
        "vote": rng.choice([0.0, 1.0], n),
        "w": rng.uniform(0.5, 4, n),
        "lot": np.arange(n) // 2,
        "ward": np.where(np.arange(n) < 2 * (n // 4), "a", "b"),
        "age": np.where(np.arange(n) % 3 == 0, "old", "young"),
    })  # fmt: skip


def numbers(estimates):
    return [value for one in estimates for value in (one.estimate, one.std_error, one.df)]


DESIGN = {"weights": "w", "strata": "ward", "cluster": "lot"}


@few
@given(seed=seeds, n=sizes)
def test_row_order_and_labels_do_not_matter(seed, n):
    data = drawn(seed, n)
    mixed = data.sample(frac=1, random_state=seed % 1000).assign(
        ward=lambda d: "ward " + d["ward"], lot=lambda d: -d["lot"]
    )
    assert numbers(survey.mean(mixed, "y", by="age", **DESIGN)) == pytest.approx(
        numbers(survey.mean(data, "y", by="age", **DESIGN)), rel=1e-9
    )


@few
@given(seed=seeds, n=sizes, shift=st.floats(-1e4, 1e4), scale=st.floats(0.01, 100))
def test_means_follow_shift_and_scale(seed, n, shift, scale):
    data = drawn(seed, n)
    one = survey.mean(data, "y", **DESIGN).headline
    moved = survey.mean(data.assign(y=shift + scale * data["y"]), "y", **DESIGN).headline
    assert moved.estimate == pytest.approx(shift + scale * one.estimate, rel=1e-9, abs=1e-9)
    assert moved.std_error == pytest.approx(scale * one.std_error, rel=1e-6)


@few
@given(seed=seeds, n=sizes, factor=st.floats(1e-3, 1e6))
def test_the_scale_of_weights_cancels(seed, n, factor):
    data = drawn(seed, n)
    scaled = data.assign(w=factor * data["w"])
    assert numbers(survey.mean(scaled, "y", **DESIGN)) == pytest.approx(
        numbers(survey.mean(data, "y", **DESIGN)), rel=1e-9
    )


@few
@given(seed=seeds, n=sizes)
def test_weights_count_rows_in_means_and_totals(seed, n):
    data = drawn(seed, n).assign(w=np.random.default_rng(seed).integers(1, 4, n).astype(float))
    repeated = data.loc[data.index.repeat(data["w"].astype(int))]
    for routine in (survey.mean, survey.total):
        weighted = routine(data, "y", weights="w", cluster="lot").headline
        counted = routine(repeated, "y", cluster="lot").headline
        assert (weighted.estimate, weighted.std_error) == pytest.approx(
            (counted.estimate, counted.std_error), rel=1e-9, abs=1e-12
        )


@few
@given(seed=seeds, n=sizes, factor=st.floats(1, 1e6), share=st.floats(0.1, 0.9))
def test_raking_follows_rows_and_the_scale_of_counts(seed, n, factor, share):
    data = drawn(seed, n)
    margins = {"age": {"old": share, "young": 1 - share}, "ward": {"a": 0.4, "b": 0.6}}
    counts = {
        column: {level: 2 * factor * part for level, part in levels.items()} for column, levels in margins.items()
    }
    order = np.random.default_rng(seed).permutation(n)
    plain, scaled = survey.rake(data, counts, weights="w").weights, survey.rake(data, margins, weights="w").weights
    mixed = survey.rake(data.iloc[order], counts, weights="w").weights
    assert mixed == pytest.approx(plain[order], rel=1e-7)
    assert plain / plain.sum() == pytest.approx(scaled / scaled.sum(), rel=1e-7)


@few
@given(seed=seeds, n=sizes, share=st.floats(0.2, 0.8))
def test_raking_twice_changes_nothing(seed, n, share):
    data = drawn(seed, n)
    margins = {"age": {"old": share, "young": 1 - share}, "ward": {"a": 0.4, "b": 0.6}}
    once = survey.rake(data, margins, weights="w").weights
    twice = survey.rake(data.assign(w=once), margins, weights="w")
    assert twice.weights == pytest.approx(once, rel=1e-8)


@few
@given(seed=seeds, n=sizes, missing=st.integers(1, 6), unknown=st.integers(1, 3))
def test_each_layer_holds_the_one_before(seed, n, missing, unknown):
    data = drawn(seed, n)
    answers = data["vote"].copy()
    answers[:unknown], answers[-missing:] = 9.0, np.nan
    found = survey.bounds(data.assign(vote=answers), "vote", unknown=[9], weights="w").items
    assert len(found) == 3
    for inner, outer in itertools.pairwise(found):
        assert outer.low <= inner.low + 1e-12
        assert inner.high <= outer.high + 1e-12
        assert outer.conf_low <= outer.low
        assert outer.high <= outer.conf_high


@few
@given(seed=seeds, n=sizes, missing=st.integers(1, 6))
def test_bounds_mirror_with_the_outcome(seed, n, missing):
    data = drawn(seed, n)
    answers = data["vote"].copy()
    answers[:missing] = np.nan
    yes = survey.bounds(data.assign(vote=answers), "vote", weights="w", cluster="lot").headline
    no = survey.bounds(data.assign(vote=1 - answers), "vote", weights="w", cluster="lot").headline
    assert (no.low, no.high, no.conf_low, no.conf_high) == pytest.approx(
        (1 - yes.high, 1 - yes.low, 1 - yes.conf_high, 1 - yes.conf_low), abs=1e-9
    )


@few
@given(seed=seeds, n=sizes, mean=st.floats(0, 1), rate=st.floats(0, 1))
def test_published_bounds_are_as_wide_as_the_silence(seed, n, mean, rate):
    one = survey.bounds_from(mean=mean, response_rate=rate).headline
    assert one.width == pytest.approx(1 - rate, abs=1e-12)
    assert one.low - 1e-12 <= mean <= one.high + 1e-12
