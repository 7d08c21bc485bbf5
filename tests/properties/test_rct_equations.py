"""What must not change risks, correlations in time, stages of attrition and covariances of several arms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import rct

seeds = st.integers(0, 10_000)
quick = settings(max_examples=10, deadline=None)


def people(seed, arms=2):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(24), rng.integers(3, 7, 24))
    n = len(school)
    age = rng.normal(size=n)
    return pd.DataFrame({
        "arm": (school % arms).astype(str), "school": school, "age": age, "visit": np.concatenate([np.arange(size) for size in np.bincount(school)]),
        "yes": (rng.random(n) < 1 / (1 + np.exp(-0.5 * age - 0.4 * (school % arms)))).astype(int), "y": rng.normal(size=n),
    })  # fmt: skip


@given(seed=seeds)
@quick
def test_risks_do_not_depend_on_row_order_or_the_unit_of_a_covariate(seed):
    data = people(seed)
    what = {"treatment": "arm", "covariates": ["age"], "cluster": "school"}
    ours = rct.risks(data, "yes", **what).estimates["1"]
    moved = data.sample(frac=1, random_state=seed).assign(age=lambda d: 40 + 10 * d.age)
    theirs = rct.risks(moved, "yes", **what).estimates["1"]
    assert (ours.estimate, ours.std_error) == pytest.approx((theirs.estimate, theirs.std_error), rel=1e-7)


@given(seed=seeds)
@quick
def test_risks_of_no_are_those_of_yes_turned_round(seed):
    data = people(seed)
    ours = rct.risks(data, "yes", treatment="arm", covariates=["age"]).estimates["1"]
    theirs = rct.risks(data.assign(yes=1 - data.yes), "yes", treatment="arm", covariates=["age"]).estimates["1"]
    assert (ours.estimate, ours.std_error) == pytest.approx((-theirs.estimate, theirs.std_error), rel=1e-7)


@pytest.mark.parametrize("correlation", ["ar1", "unstructured"])
@given(seed=seeds)
@quick
def test_a_later_start_of_the_count_of_time_changes_nothing(correlation, seed):
    data = people(seed)
    data = data[data.visit < 3]
    what = {"treatment": "arm", "cluster": "school", "correlation": correlation, "time": "visit"}
    ours, theirs = rct.gee(data, "y", **what)["1"], rct.gee(data.assign(visit=data.visit + 2019), "y", **what)["1"]
    assert (ours.estimate, ours.std_error) == pytest.approx((theirs.estimate, theirs.std_error), rel=1e-8)


@given(seed=seeds)
@quick
def test_covariance_of_arms_has_no_negative_variance_under_coins(seed):
    data = people(seed, arms=3)
    lot = rct.Assignment(arms=("0", "1", "2"), scheme="simple", cluster="school")
    found = rct.hajek(data, "y", treatment="arm", assignment=lot)
    assert np.linalg.eigvalsh(found.covariance).min() > 0
    assert np.diag(found.covariance) == pytest.approx([one.std_error**2 for one in found])


@given(seed=seeds)
@quick
def test_stages_of_attrition_add_up(seed):
    data = people(seed)
    rng = np.random.default_rng(seed)
    seen = (rng.random(len(data)) < 0.8) & ~data.school.isin(rng.choice(24, 3, replace=False))
    data = data.assign(seen=seen.astype(int))
    one = rct.attrition_table(data, "seen", treatment="arm", cluster="school").arms[0]
    clusters, within = one.stages
    gone = set(data.school) - set(data.school[seen])
    assert sum(clusters.lost) == len(gone)
    assert sum(within.assigned) - sum(within.lost) == seen.sum()
    assert sum(within.assigned) == (~data.school.isin(gone)).sum()
