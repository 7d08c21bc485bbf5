"""The quick ways of the one pass give what the slow ways give, however rows are cut into batches and whatever their order."""

from datetime import date
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered import batches, block_sums, cells, group_passes
from ebpm.moments.scans.gathered.group_cells import Counted
from ebpm.moments.scans.gathered.group_passes import gather_groups
from ebpm.moments.scans.gathered.passes import gather_paths
from ebpm.moments.scans.gathered.tally import ROWS, Tally
from ebpm.moments.scans.gathered.units import within
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.paths.pushed import push_paths
from ebpm.moments.scans.paths.request import PathRequest

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")

ORDERS = {
    "by unit": lambda table, seed: table,
    "by period": lambda table, seed: table.sort_values("year", kind="stable"),
    "backwards": lambda table, seed: table[::-1],
    "none": lambda table, seed: table.sample(frac=1, random_state=seed),
}


def panel(seed: int, *, gaps: float = 0.0, level: float = 0.0, decimals: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    units, years = int(rng.integers(3, 60)), np.arange(2010, 2010 + int(rng.integers(2, 6)))
    start = rng.choice([0, 2011, 2012], units)
    rows = pd.DataFrame({
        "home": np.repeat(np.arange(units), len(years)), "year": np.tile(years, units), "start": np.repeat(start, len(years)),
        "ward": np.repeat(rng.integers(0, 3, units), len(years)),
        "kwh": (level + 40 * rng.normal(size=units * len(years))).round(decimals),
    })  # fmt: skip
    rows["on"] = ((rows.start > 0) & (rows.year >= rows.start)).astype(int)
    return rows[rng.random(len(rows)) >= gaps]


def facts(sums) -> tuple:
    whole = (sums.sums, sums.products, sums.treated, sums.largest)
    return (sums.periods, repr(sums.groups), sums.counts, sums.fixed, *(one.tolist() for one in whole))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), rows=st.sampled_from([1, 2, 7, 64, 1 << 16]), order=st.sampled_from(list(ORDERS)),
    block=st.sampled_from([0, 2, 11]), by=st.sampled_from([{"first_treated": "start"}, {"treatment": "on"}]),
    cluster=st.sampled_from(["", "ward"]), gaps=st.sampled_from([0.0, 0.3]), level=st.sampled_from([0.0, -1e3, 2.0**36]),
)  # fmt: skip
def test_batches_blocks_and_orders_of_rows_change_no_bit(seed, rows, order, block, by, cluster, gaps, level):
    data = panel(seed, gaps=gaps, level=level)
    request = PathRequest(outcome="kwh", unit="home", time="year", cluster=cluster, **by)
    pushed = push_paths(moments.scan(pl.from_pandas(data).lazy()), request) if data.year.nunique() > 1 else None
    with patch.object(batches, "ROWS", rows), patch.object(block_sums, "BLOCK", block):
        found = gather_paths(moments.scan(pa.Table.from_pandas(ORDERS[order](data, seed))), request)
    assert found is None if pushed is None else facts(found) == facts(pushed)


@pytest.mark.parametrize("high", [2**20, 2**34, 2**35, 2**36, 2**50])
@pytest.mark.parametrize("sign", [1, -1])
def test_sizes_of_treated_outcomes_are_whole_numbers_of_any_length(high, sign):
    rng = np.random.default_rng(7)
    values = sign * rng.integers(high // 2, high, (3000, 4), endpoint=True)
    fixed = Fixed(1, int(values.min()) - 1, exact=True)
    kind = block_sums.Kind(2, 15, np.arange(3000), np.arange(4), np.array([False, False, True, True]))
    sizes = block_sums.Sizes.of(kind)
    for start in range(0, 3000, 2048):
        steps = (values[start : start + 2048] - fixed.shift).astype(np.float64)
        before = steps.copy()
        sizes.add(steps, fixed)
        np.testing.assert_array_equal(steps, before)
    treated = np.abs(values[:, 2:]).astype(object)
    whole, largest = sizes.told(0)
    assert whole.tolist() == treated.sum(axis=0).tolist()
    assert largest.tolist() == treated.cumsum(axis=1).max(axis=0).tolist()


@pytest.mark.parametrize("length", [1, 7, 8, 9, 20, 62])
def test_bits_of_periods(length):
    flags = np.random.default_rng(length).random((5000, length)) < 0.5
    expected = [sum(1 << place for place in np.flatnonzero(row).tolist()) for row in flags]
    assert block_sums._bits(lambda part: flags[part], len(flags), length).tolist() == expected


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), few=st.sampled_from([1, 1 << 16]))
def test_units_alike_whether_their_kinds_are_few_or_many(seed, few):
    rng = np.random.default_rng(seed)
    cohorts, seen = rng.integers(0, 40, 300), rng.integers(0, 50, 300)
    with patch.object(block_sums, "FEW", few):
        found = {(cohort, pattern): rows.tolist() for cohort, pattern, rows in block_sums._alike(cohorts, seen)}
    pairs = sorted(set(zip(cohorts.tolist(), seen.tolist(), strict=True)))
    expected = {(c, s): np.flatnonzero((cohorts == c) & (seen == s)).tolist() for c, s in pairs if s}
    assert found == expected


@given(places=st.lists(st.integers(0, 70), unique=True).map(sorted))
def test_places_that_follow_one_another_are_a_slice(places):
    some, every = np.array(places, dtype=np.int64), np.arange(71)
    np.testing.assert_array_equal(every[cells.spanned(some)], some)


@given(numbers=st.lists(st.integers(-(2**62), 2**62), min_size=1), size=st.integers(0, 2**62))
def test_within_is_both_ends_at_once(numbers, size):
    assert within(np.array(numbers, dtype=np.int64), size) == all(0 <= one < size for one in numbers)


@settings(max_examples=40, deadline=None)
@given(labels=st.lists(st.integers(0, 30), min_size=1, max_size=200), size=st.sampled_from([31, 1000]))
def test_rows_are_counted_alike_with_and_without_a_sort(labels, size):
    at = np.array(labels, dtype=np.int64)
    quick, sorted_ = Tally(), Tally()
    for one, columns in ((quick, []), (sorted_, [np.ones(len(at))])):
        one.grow(size)
        one.add(at, columns, products=False)
    np.testing.assert_array_equal(quick.low[ROWS], sorted_.low[ROWS])
    np.testing.assert_array_equal(quick.low[ROWS], np.bincount(at, minlength=size))


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int64(), pa.uint32(), pa.bool_(), pa.date32()])
def test_labels_are_those_of_arrow(kind):
    labels = (
        [date(1969, 12, 31), date(2024, 2, 29)]
        if kind == pa.date32()
        else [False, True]
        if kind == pa.bool_()
        else [0, 5]
    )
    column = pa.array(labels, type=kind)
    key = Counted(kind)
    found = key.labels(key.numbers(column).astype(np.int64))
    assert found == labels
    assert [type(one) for one in found] == [type(one) for one in labels]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    rows=st.sampled_from([3, 50, 1 << 16]),
    lot=st.sampled_from([2, 1 << 15]),
    decimals=st.sampled_from([1, 9]),
)
def test_sums_by_keys_are_the_same_bits_for_any_batch(seed, rows, lot, decimals):
    rng = np.random.default_rng(seed)
    data = pa.table(
        {
            "school": rng.integers(-3, 9, 120),
            "arm": rng.choice(["b", "a"], 120),
            "score": (50 + 9 * rng.normal(size=120)).round(decimals),
        }
    )
    request = GroupRequest(keys=("school", "arm"), numbers=("score",))
    whole = gather_groups(moments.scan(data), request)
    with patch.object(batches, "ROWS", rows), patch.object(group_passes, "LOT", lot):
        assert gather_groups(moments.scan(data), request).digest == whole.digest
    assert list(whole.groups) == sorted(set(zip(data["school"].to_pylist(), data["arm"].to_pylist(), strict=True)))
