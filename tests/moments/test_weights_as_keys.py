"""Weighted sums of rows that carry few different weights, taken by weight: the same whole numbers as the engine's own."""

import numpy as np
import polars as pl
import pytest

from ebpm import moments
from ebpm.errors import DataError
from ebpm.moments.scans.gathered import weighted
from ebpm.moments.scans.gathered.group_passes import gather_groups
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


def test_many_weights_are_left_to_the_engine(monkeypatch):
    monkeypatch.setattr("ebpm.moments.scans.gathered.group_passes.MOST", 4)
    scan = moments.scan(table(np.random.default_rng(2).uniform(1, 2, 900)))
    request = GroupRequest(keys=("arm",), numbers=("score",), weights="w")
    assert weighted.MOST > 4
    assert gather_groups(scan, request) is None
    assert scan_groups(scan, request).rows == 900


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf, None])
def test_a_weight_that_is_none_is_refused_as_the_engine_refuses_it(wrong):
    weights = [1.0] * 899 + [wrong]
    with pytest.raises(DataError) as raised:
        scan_groups(moments.scan(table(weights)), GroupRequest(keys=("arm",), numbers=("score",), weights="w"))
    assert raised.value.code in {"negative_weights", "missing_values", "infinite_values"}
