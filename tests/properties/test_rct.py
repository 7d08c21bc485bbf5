"""What must not change an estimate of a trial, and what must change it in a known way."""

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import rct

seeds = st.integers(0, 10_000)
DESIGNS = {
    "rows": {},
    "strata": {"strata": "ward"},
    "clusters": {"cluster": "school"},
    "clusters in strata": {"cluster": "school", "strata": "ward"},
    "weights": {"weights": "weight"},
    "clusters with weights": {"cluster": "school", "weights": "weight"},
}
ROUTINES = {
    "difference": lambda data, **design: rct.difference_in_means(data, "kwh", treatment="arm", **design),
    "lin": lambda data, **design: rct.lin(data, "kwh", treatment="arm", covariates=["before"], **design),
}
both = pytest.mark.parametrize("routine", ROUTINES)
designs = pytest.mark.parametrize("design", DESIGNS)
quick = settings(max_examples=12, deadline=None)


def trial(seed, arms=2):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(12 * arms), rng.integers(2, 9, 12 * arms))
    n = len(school)
    return pd.DataFrame({
        "kwh": rng.normal(size=n) + rng.normal(size=12 * arms)[school], "before": rng.normal(size=n), "arm": school % arms,
        "school": school, "ward": school // (4 * arms), "weight": rng.uniform(0.5, 2, n),
    })  # fmt: skip


def numbers(estimates):
    return np.array([[one.estimate, one.std_error, one.df] for one in estimates])


def run(routine, design, data):
    return ROUTINES[routine](data, **DESIGNS[design])


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@both
@designs
@given(seed=seeds)
@quick
def test_row_order(routine, design, seed):
    data = trial(seed)
    close(numbers(run(routine, design, data.sample(frac=1, random_state=seed))), numbers(run(routine, design, data)))


@both
@designs
@given(seed=seeds)
@quick
def test_labels_of_clusters_strata_and_arms(routine, design, seed):
    data = trial(seed, arms=3)
    other = data.assign(
        school=data.school.map(lambda code: f"school {97 * code % 101}"),
        ward=data.ward.map({0: "z", 1: "m", 2: "a"}),
        arm=data.arm.map({0: "control", 1: "x", 2: "b"}),
    )
    ours, theirs = run(routine, design, data), run(routine, design, other)
    assert theirs.terms == ("b", "x")
    close(numbers(ours), numbers(theirs)[::-1])


@both
@designs
@given(seed=seeds, shift=st.floats(-1e6, 1e6), scale=st.floats(0.01, 100))
@quick
def test_shift_and_scale_of_the_outcome(routine, design, seed, shift, scale):
    data = trial(seed)
    ours, theirs = run(routine, design, data), run(routine, design, data.assign(kwh=shift + scale * data.kwh))
    np.testing.assert_allclose(numbers(theirs), numbers(ours) * [scale, scale, 1], rtol=1e-6, atol=1e-7 * scale)


@designs
@given(seed=seeds, shift=st.floats(-1e5, 1e5), scale=st.floats(0.01, 100))
@quick
def test_shift_and_scale_of_a_covariate(design, seed, shift, scale):
    data = trial(seed)
    ours, theirs = run("lin", design, data), run("lin", design, data.assign(before=shift + scale * data.before))
    np.testing.assert_allclose(numbers(theirs), numbers(ours), rtol=1e-5, atol=1e-8)


@both
@given(seed=seeds)
@quick
def test_integer_weights_repeat_rows(routine, seed):
    data = trial(seed)
    data["weight"] = np.random.default_rng(seed).integers(1, 4, len(data))
    repeated = data.loc[data.index.repeat(data.weight)]
    ours, theirs = ROUTINES[routine](data, weights="weight"), ROUTINES[routine](repeated)
    assert ours.headline.estimate == pytest.approx(theirs.headline.estimate, rel=1e-8, abs=1e-10)


@both
@designs
def test_the_input_is_untouched(routine, design):
    data = trial(1)
    before = data.copy(deep=True)
    run(routine, design, data)
    pd.testing.assert_frame_equal(data, before)


@both
@designs
@pytest.mark.parametrize("kind", ["narwhals", "indexed", "pyarrow", "polars"])
def test_any_frame_gives_the_same(routine, design, kind):
    data = trial(2)
    other = {
        "narwhals": lambda: nw.from_native(data),
        "indexed": lambda: data.set_index(pd.Index([7] * len(data))),
        "pyarrow": lambda: pytest.importorskip("pyarrow").Table.from_pandas(data),
        "polars": lambda: pytest.importorskip("polars").DataFrame(data.to_dict("list")),
    }[kind]()
    assert numbers(run(routine, design, other)).tolist() == numbers(run(routine, design, data)).tolist()


@both
@designs
def test_a_column_that_is_not_used_does_not_matter(routine, design):
    data = trial(3)
    extra = data.assign(junk=np.nan, other="x")
    assert numbers(run(routine, design, extra)).tolist() == numbers(run(routine, design, data)).tolist()
