"""What must not change an estimate of a trial by any estimator, and what must change it in a known way."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import rct

seeds = st.integers(0, 10_000)
quick = settings(max_examples=10, deadline=None)


def trial(seed):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(24), rng.integers(2, 9, 24))
    n = len(school)
    return pd.DataFrame({
        "kwh": rng.normal(size=n) + rng.normal(size=24)[school], "before": rng.normal(size=n), "arm": school % 2,
        "school": school, "ward": school // 8, "p": 0.2 + 0.6 * rng.random(24)[school], "got": (school % 2) * (rng.random(n) < 0.8),
        "factor": (school // 2) % 2, "half": school // 12, "last_year": rng.normal(size=n),
    })  # fmt: skip


ROUTINES = {
    "ancova": lambda data: rct.ancova(data, "kwh", treatment="arm", covariates=["before"], cluster="school"),
    "adjustments": lambda data: rct.adjustments(
        data, "kwh", treatment="arm", baseline="last_year"
    ).estimates,
    "clusters": lambda data: rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", estimand="clusters"),
    "estimands": lambda data: rct.cluster_estimands(data, "kwh", treatment="arm", cluster="school", strata="ward"),
    "hajek": lambda data: rct.hajek(data, "kwh", treatment="arm", cluster="school", probability="p"),
    "fixed numbers": lambda data: rct.horvitz_thompson(data, "kwh", treatment="arm", strata="half"),
    "hybrid": lambda data: rct.difference_in_means(data, "kwh", treatment="arm", strata="ward", variance="rct_yes"),
    "post-stratified": lambda data: rct.post_stratified(data, "kwh", treatment="arm", by=["half"], cluster="school"),
    "mixed": lambda data: rct.mixed(data, "kwh", treatment="arm", cluster="school", covariates=["before"]).estimates,
    "gee": lambda data: rct.gee(data, "kwh", treatment="arm", cluster="school", covariates=["before"]),
    "factorial": lambda data: rct.factorial(data, "kwh", factors=["arm", "factor"], cluster="school"),
}  # fmt: skip
every = pytest.mark.parametrize("routine", ROUTINES)


def numbers(found):
    return np.array([[one.estimate, one.std_error, one.df] for one in found])


def scaled(data, shift, scale):
    return data.assign(kwh=shift + scale * data.kwh, last_year=shift + scale * data.last_year)


def close(ours, theirs, rtol=1e-6):
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-8)


@every
@given(seed=seeds)
@quick
def test_row_order(routine, seed):
    data = trial(seed)
    close(numbers(ROUTINES[routine](data.sample(frac=1, random_state=seed))), numbers(ROUTINES[routine](data)))


@every
@given(seed=seeds, shift=st.floats(-1e4, 1e4), scale=st.floats(0.01, 100))
@quick
def test_shift_and_scale_of_the_outcome(routine, seed, shift, scale):
    data = trial(seed)
    shift = 0.0 if routine == "fixed numbers" else shift
    one, other = ROUTINES[routine](data), ROUTINES[routine](scaled(data, shift, scale))
    close(numbers(other), numbers(one) * [scale, scale, 1.0], rtol=1e-5)


@every
@given(seed=seeds)
@quick
def test_labels_of_clusters_and_strata_do_not_matter(routine, seed):
    data = trial(seed)
    renamed = data.assign(school="s" + (97 - data.school).astype(str), ward=data.ward.map({0: "z", 1: "a", 2: "m"}))
    close(numbers(ROUTINES[routine](renamed)), numbers(ROUTINES[routine](data)))


@every
@given(seed=seeds)
@quick
def test_swapping_arms_turns_the_sign(routine, seed):
    data = trial(seed)
    if routine in ("factorial", "mixed"):
        return
    swapped = data.assign(arm=1 - data.arm, p=1 - data.p)
    close(numbers(ROUTINES[routine](swapped)), numbers(ROUTINES[routine](data)) * [-1.0, 1.0, 1.0])


@every
@given(seed=seeds)
@quick
def test_the_callers_table_stays_as_it_was(routine, seed):
    data = trial(seed)
    before = data.copy(deep=True)
    ROUTINES[routine](data)
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("routine", [name for name in ROUTINES if name != "adjustments"])
def test_a_polars_table_gives_the_same(routine):
    data = trial(7)
    close(numbers(ROUTINES[routine](pl.from_pandas(data))), numbers(ROUTINES[routine](data)), rtol=1e-12)


@given(seed=seeds)
@quick
def test_shares_of_compliers_sum_to_one_and_means_average_to_the_mean(seed):
    found = rct.compliers(trial(seed), "before", delivered="got", assigned="arm", cluster="school")
    shares = np.array([one.estimate for one in found.shares])
    assert shares.sum() == pytest.approx(1.0)
    means = {one.term: one.estimate for one in found["before"]}
    total = sum(share * means.get(one.term, 0.0) for share, one in zip(shares, found.shares, strict=True))
    assert total == pytest.approx(means["everybody"], abs=1e-10)


@given(seed=seeds, shares=st.lists(st.floats(0.05, 1.0), min_size=2, max_size=4), size=st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_joint_probabilities_add_up(seed, shares, size):
    total = sum(shares)
    lot = rct.Assignment(arms=tuple("abcd"[: len(shares)]), shares=tuple(share / total for share in shares))
    data = pd.DataFrame({"id": range(size)})
    joints = np.stack([[lot.joint(data, first=one, second=other) for other in lot.arms] for one in lot.arms])
    assert joints.sum(axis=(0, 1)) == pytest.approx(np.ones((size, size)), abs=1e-9)
    assert (joints >= -1e-12).all()
    marginal = joints.sum(axis=1)[:, 0, :]
    assert marginal == pytest.approx(np.tile(lot.portions[:, None], (1, size)), abs=1e-9)
