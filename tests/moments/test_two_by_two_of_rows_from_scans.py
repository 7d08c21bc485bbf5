"""Two groups with covariates and rows that are independent, where the table lies: what they are in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DesignError, EbpmError
from ebpm.estimate import Unavailable
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
KINDS = ["robust", "classical", "HC0", "HC1", "HC2", "HC3"]
NAMED = {"treated": "on", "post": "after"}


def rows(seed: int = 1, *, count: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = pd.DataFrame({"on": np.arange(count) % 2, "after": np.arange(count) // 2 % 2})
    found["age"], found["income"] = 40 + rng.normal(size=count).round(2), (1e5 * rng.gamma(2.0, size=count)).round()
    found["lone"] = (np.arange(count) == 3) * 1
    found["y"] = (100 + found.on + 2 * found.after + found.age + rng.normal(size=count) * (1 + found.on)).round(3)
    return found.sample(frac=1, random_state=seed)


def beyond(data: pd.DataFrame) -> moments.Scan:
    return moments.scan(pl.from_pandas(data).lazy(), memory=8 * data.size - 1)


def assert_same(held, found, exact=1e-10):
    assert (held.n, held.df, held.clusters, held.term, held.method) == (
        found.n,
        found.df,
        found.clusters,
        found.term,
        found.method,
    )
    for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
        assert getattr(found, name) == pytest.approx(getattr(held, name), rel=exact, abs=1e-14), name


@pytest.mark.parametrize("errors", KINDS)
@pytest.mark.parametrize("covariates", ["age", ["age", "income"], ["lone", "age"]], ids=str)
def test_the_same_as_in_memory(errors, covariates):
    data = rows()
    asked = {**NAMED, "covariates": covariates, "errors": errors}
    held, found = (did.two_by_two(one, "y", **asked) for one in (data, beyond(data)))
    assert_same(held.headline, found.headline)
    assert found.notices.codes == held.notices.codes


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(4, 40),
    errors=st.sampled_from(KINDS),
    level=st.sampled_from([0.0, 1e5]),
)
def test_small_tables_and_any_order(seed, count, errors, level):
    data = rows(seed, count=max(count, 4)).assign(y=lambda one: one.y + level)
    asked = {**NAMED, "covariates": ["age"], "errors": errors}
    held, found = (answer(one, asked) for one in (data, beyond(data.sample(frac=1, random_state=seed))))
    if isinstance(held, str) or isinstance(found, str):
        assert held == found
    else:
        assert_same(held, found, exact=1e-7)


def answer(data, asked):
    try:
        return did.two_by_two(data, "y", **asked).headline
    except EbpmError as error:
        return error.code


def test_engines_and_parts_give_the_same_digits(tmp_path):
    data = rows()
    for part, places in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[places]).write_parquet(tmp_path / f"{part}.parquet")
    sources = [
        tmp_path,
        moments.scan(tmp_path, engine="polars"),
        moments.scan(data),
        beyond(data.sample(frac=1, random_state=4)),
    ]
    found = [did.two_by_two(one, "y", **NAMED, covariates=["age", "income"]).headline for one in sources]
    assert len({(one.estimate, one.std_error) for one in found}) == 1


def test_sums_without_the_rows_are_not_enough():
    request = GroupRequest(keys=("on", "after"), numbers=("y", "age"))
    sums = scan_groups(moments.scan(rows()), request)
    with pytest.raises(DesignError) as refused:
        did.two_by_two(sums, "y", **NAMED, covariates=["age"])
    assert refused.value.code == "scan_only_sums"
    assert did.two_by_two(sums, "y", **NAMED).headline.n == 200


def test_an_outcome_without_noise_and_covariates_that_are_collinear():
    data = rows().assign(twice=lambda one: 2 * one.age)
    exact = data.assign(y=3.0 + data.on * data.after + 0.5 * data.age)
    for one in (exact, beyond(exact)):
        found = did.two_by_two(one, "y", **NAMED, covariates=["age"]).headline
        assert (found.std_error, found.p_value) == (0.0, Unavailable("no_variation"))
        assert found.estimate == pytest.approx(1.0, abs=1e-12)
    for one in (data, beyond(data)):
        for covariates, code in (
            (["age", "twice"], "stats_collinear"),
            (["y"], "did_outcome_covariate"),
            (["on"], "stats_collinear"),
        ):
            with pytest.raises(EbpmError) as refused:
                did.two_by_two(one, "y", **NAMED, covariates=covariates)
            assert refused.value.code == code
