"""Weighted sums of batches of rows: the same whole numbers as the engine's own, whatever the weights are like."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments
from ebpm.errors import DataError
from ebpm.moments.scans.gathered import group_passes
from ebpm.moments.scans.gathered.group_passes import gather_groups
from ebpm.moments.scans.gathered.tally import Tally
from ebpm.moments.scans.groups.pushed import push_groups
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.scan import scan_groups

WEIGHTS = {
    "whole": lambda rng: rng.integers(1, 6, 900), "quarters": lambda rng: rng.integers(1, 6, 900) / 4,
    "thirds": lambda rng: rng.integers(1, 6, 900) / 3, "one": lambda rng: np.full(900, 2.5),
    "large": lambda rng: rng.integers(1, 9, 900) * 1e6 + 0.001, "small": lambda rng: rng.integers(1, 4, 900) * 1e-9,
    "single": lambda rng: (rng.integers(1, 6, 900) / 3).astype(np.float32), "flags": lambda rng: np.ones(900, dtype=np.int8),
}  # fmt: skip


def table(weights, *, decimals: int = 2) -> pl.LazyFrame:
    rng = np.random.default_rng(5)
    school = rng.integers(0, 30, 900)
    return pl.LazyFrame(
        {"school": [f"校{one}" for one in school], "arm": school % 2, "w": weights,
         "score": rng.normal(50, 9, 900).round(decimals), "before": rng.normal(size=900).round(1)}
    )  # fmt: skip


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("decimals", [2, 15])
@pytest.mark.parametrize("keys", [(), ("school", "arm")])
def test_sums_are_the_same_to_the_last_bit(kind, decimals, keys):
    scan = moments.scan(table(WEIGHTS[kind](np.random.default_rng(2)), decimals=decimals))
    request = GroupRequest(keys=keys, numbers=("score", "before"), weights="w")
    found = gather_groups(scan, request)
    assert found is not None
    assert found.digest == push_groups(scan, request).digest


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), decimals=st.sampled_from([0, 1, 15]), level=st.sampled_from([0.0, -1e4, 1e9]), lot=st.sampled_from([7, 64, 1 << 15]),
    weight=st.sampled_from(["uniform", "exponential", "heavy", "huge", "tiny", "late"]), arms=st.sampled_from([1, 2, 200]), products=st.booleans(),
)  # fmt: skip
def test_every_row_with_a_weight_of_its_own(seed, decimals, level, lot, weight, arms, products):
    rng = np.random.default_rng(seed)
    drawn = {
        "uniform": rng.uniform(0.5, 3, 400), "exponential": rng.exponential(size=400) + 1e-3, "heavy": np.exp(3 * rng.normal(size=400)),
        "huge": rng.uniform(1, 9, 400) * 1e15, "tiny": rng.uniform(1, 9, 400) * 1e-15, "late": np.r_[np.ones(399), rng.uniform(50, 90)],
    }[weight]  # fmt: skip
    data = pl.LazyFrame(
        {"arm": rng.integers(0, arms, 400), "w": drawn, "y": (level + 9 * rng.normal(size=400)).round(decimals), "x": rng.integers(0, 2, 400) > 0}
    )  # fmt: skip
    scan, request = moments.scan(data), GroupRequest(keys=("arm",), numbers=("y", "x"), weights="w", products=products)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group_passes, "LOT", lot)
        found = gather_groups(scan, request)
    assert found is not None
    assert found.digest == push_groups(scan, request).digest


def test_numbers_of_the_most_bits_that_rows_may_add():
    rows = 1 << 15
    for low, high in ((0.0, 2.0**48 - 1), (1 - 2.0**48, 0.0)):
        columns = [np.full(rows, low), np.full(rows, high)]
        tally = Tally()
        tally.grow(1)
        tally.add(np.zeros(rows, dtype=np.int64), columns, products=True, weight=np.full(rows, 2.0**48 - 1))
        v = np.array([1, int(low), int(high)], dtype=object)
        w = 2**48 - 1
        known = np.array([rows * w**power * np.outer(v, v) for power in range(3)], dtype=object)
        assert (tally.moments(np.array([0]), [0, 0], products=True)[0] == known).all()


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf, None])
def test_a_weight_that_is_none_is_refused_as_the_engine_refuses_it(wrong):
    weights = [1.0] * 899 + [wrong]
    with pytest.raises(DataError) as raised:
        scan_groups(moments.scan(table(weights)), GroupRequest(keys=("arm",), numbers=("score",), weights="w"))
    assert raised.value.code in {"negative_weights", "missing_values", "infinite_values"}
