"""Sums by keys: the same whole numbers on every engine and in every order, those of the rows, the same refusals."""

from __future__ import annotations

import datetime as dt
import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans import size
from ebpm.moments.scans.asking import Recorder, groups_of
from ebpm.moments.scans.gathered import group_cells
from ebpm.moments.scans.groups import pushed as group_pushed
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
WEIGHTED = GroupRequest(keys=("arm", "site"), numbers=("kwh", "age"), weights="w")
PLAIN = GroupRequest(keys=("site",), numbers=("kwh",))


def people(seed: int, *, rows: int = 120, level: float = 1e4, decimals: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "arm": rng.integers(0, 2, rows), "site": [f"区{k}" for k in rng.integers(0, 5, rows)],
        "kwh": (level + 3 * rng.normal(size=rows)).round(decimals), "age": rng.integers(18, 90, rows),
        "w": rng.uniform(0.5, 40, rows).round(decimals), "on": rng.random(rows) < 0.3,
        "day": [dt.date(2024, 1, 1 + k) for k in rng.integers(0, 3, rows)],
    })  # fmt: skip


def engines(data: pd.DataFrame, folder) -> list[object]:
    pl.from_pandas(data).write_parquet(folder / "rows.parquet")
    return [
        moments.scan(folder), moments.scan(folder, engine="polars"), moments.scan(data.sample(frac=1, random_state=1, ignore_index=True)),
        pl.from_pandas(data[::-1]).lazy(), duckdb.connect().read_parquet(str(folder / "rows.parquet")),
    ]  # fmt: skip


def sums(data, request):
    return scan_groups(moments.scan(pl.from_pandas(data).lazy() if isinstance(data, pd.DataFrame) else data), request)


@pytest.mark.parametrize(
    "request_",
    [WEIGHTED, PLAIN, GroupRequest(), GroupRequest(keys=("on", "day"), numbers=("on",), products=False),
     GroupRequest(numbers=("kwh", "age", "on"), weights="age")],
    ids=["weighted", "plain", "count", "labels", "no keys"],
)  # fmt: skip
def test_engines_and_order_agree_to_the_last_bit(request_, tmp_path):
    tables = engines(people(1), tmp_path)
    assert len({sums(table, request_).digest for table in tables}) == 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.0, 1e4, -1e6, 1e10]), decimals=st.sampled_from([0, 2, 12]))
def test_sums_are_those_of_the_rows(seed, level, decimals):
    data = people(seed, level=level, decimals=decimals)
    data["w"] += 1
    found = sums(data, WEIGHTED)
    centres = {name: found.mean(name) for name in WEIGHTED.numbers}
    for group, moment, count in zip(found.groups, found.about(centres), found.counts, strict=True):
        rows = data[(data["arm"] == group[0]) & (data["site"] == group[1])]
        assert count == len(rows)
        columns = [np.ones(len(rows)), *(rows[name].to_numpy() - float(centres[name]) for name in WEIGHTED.numbers)]
        v, w = np.column_stack(columns), rows["w"].to_numpy()
        spread = np.abs(v).T @ np.abs(v)
        rounding = 1e-15 * abs(level) * np.abs(v).sum()
        for power in range(3):
            assert (
                np.abs(moment[power] - (v * w[:, None] ** power).T @ v).max()
                <= 1e-11 * spread.max() * w.max() ** power + rounding * w.max() ** power
            )


def test_values_with_few_decimals_are_exact_beyond_64_bits():
    data = pd.DataFrame({"yen": [99_999_999.99, 0.01] * 500, "w": [12345.67] * 1000})
    found = sums(data, GroupRequest(numbers=("yen",), weights="w"))
    yen, w = (Fraction(9_999_999_999, 100), Fraction(1, 100)), Fraction(1_234_567, 100)
    assert found.totals("yen", power=2) == [500 * sum(yen) * w**2]
    assert found.about()[0, 2, 1, 1] == float(500 * sum(one**2 for one in yen) * w**2)
    assert found.mean("yen", power=1) == sum(yen) / 2


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), parts=st.integers(2, 5), scales=st.sampled_from([(2, 2), (2, 12), (12, 0)]),
    request_=st.sampled_from([WEIGHTED, PLAIN]),
)  # fmt: skip
def test_any_split_of_the_rows_adds_up(seed, parts, scales, request_):
    data = people(seed, decimals=3)
    place = np.random.default_rng(seed).integers(0, parts, len(data))
    place[:parts] = range(parts)
    pieces = [data[place == part].round(scales[part % 2]) for part in range(parts)]
    for piece in pieces:
        piece["w"] += 1
    first, *others = (sums(piece, request_) for piece in pieces)
    both, back = first, others[-1]
    for other in others:
        both = both + other
    for other in [*others[:-1][::-1], first]:
        back = back + other
    whole = sums(pd.concat(pieces), request_)
    assert both.digest == back.digest
    assert (both.groups, both.counts.tolist()) == (whole.groups, whole.counts.tolist())
    np.testing.assert_allclose(both.about(), whole.about(), rtol=1e-11)


def test_fewer_keys_and_numbers_are_those_that_would_have_been_asked_for():
    whole = sums(people(2, decimals=2), WEIGHTED)
    for less in (
        GroupRequest(keys=("site",), numbers=("age",), weights="w"),
        GroupRequest(keys=("site", "arm"), numbers=("age", "kwh")),
    ):
        found = groups_of(whole, less, records={})
        assert found.digest == sums(people(2, decimals=2), less).digest
    with pytest.raises(DataError, match="income"):
        groups_of(whole, GroupRequest(numbers=("income",)), records={})
    one = whole.where(np.array(whole.labels("site")) == "区1")
    assert one.rows == int((people(2)["site"] == "区1").sum())


def test_keys_are_in_order_and_of_any_type(tmp_path):
    data = pd.DataFrame({
        "number": [10, 9, 2, 10], "part": [0.5, 2.0, 1.0, 0.5], "day": [dt.date(2024, 2, d) for d in (3, 2, 1, 3)],
        "kind": pd.Categorical(["b", "a", "c", "b"]), "on": [True, False, True, True],
    })  # fmt: skip
    request = GroupRequest(keys=tuple(data.columns))
    found = [sums(table, request) for table in engines(data, tmp_path)]
    assert len({one.digest for one in found}) == 1
    assert found[0].codes("number").levels == (2, 9, 10)
    assert found[0].labels("kind") == ["c", "a", "b"]
    assert found[0].groups[-1] == (10, 0.5, dt.date(2024, 2, 3), "b", True)
    assert found[0].counts.tolist() == [1, 1, 2]


BROKEN = {
    "missing_values": lambda d: d.assign(kwh=d["kwh"].where(d.index != 3)),
    "infinite_values": lambda d: d.assign(kwh=d["kwh"].where(d.index != 3, np.inf)),
    "not_numeric": lambda d: d.assign(kwh="many"),
    "missing_column": lambda d: d.drop(columns="kwh"),
    "negative_weights": lambda d: d.assign(w=d["w"].where(d.index != 3, 0.0)),
    "empty_data": lambda d: d[:0],
}


@pytest.mark.parametrize("code", BROKEN)
@pytest.mark.parametrize("wrap", [moments.scan, lambda d: d], ids=["pandas", "polars"])
def test_broken_tables_are_refused(code, wrap):
    with pytest.raises((DataError, DesignError)) as refused:
        sums(wrap(BROKEN[code](people(3))), WEIGHTED)
    assert refused.value.code == code


@pytest.mark.parametrize("lost", [None, float("nan")])
def test_missing_labels_are_refused(lost):
    data = pl.DataFrame({"site": [1.0, lost, 2.0], "kwh": [1.0, 2.0, 3.0]})
    for table, request in itertools.product(
        [data.lazy(), moments.scan(data.to_pandas())], [PLAIN, GroupRequest(keys=("site",))]
    ):
        with pytest.raises(DataError) as refused:
            sums(table, request)
    assert (refused.value.code, refused.value.facts["column"], refused.value.facts["count"]) == (
        "missing_values",
        "site",
        1,
    )


def test_no_rows_are_refused_without_numbers_too():
    with pytest.raises(DataError) as refused:
        sums(people(1)[:0], GroupRequest(keys=("site",)))
    assert refused.value.code == "empty_data"
    with pytest.raises(DataError, match="sites"):
        sums(people(1), GroupRequest(keys=("sites",)))


def test_sums_that_do_not_add_and_too_many_groups_are_refused(monkeypatch):
    plain = sums(people(1), PLAIN)
    with pytest.raises(DataError, match="age"):
        plain + sums(people(1), WEIGHTED)
    with pytest.raises(DataError) as refused:
        plain + sums(people(1), GroupRequest(keys=("site",), numbers=("kwh",), products=False))
    assert refused.value.code == "scan_products_differ"
    for room in (group_pushed, group_cells, size):
        monkeypatch.setattr(room, "MOST_GROUPS", 4)
    monkeypatch.setattr(group_cells, "GRID", 3)
    with pytest.raises(DesignError, match="5"):
        sums(people(1), PLAIN)


def test_who_answers(tmp_path):
    recorder = Recorder(moments.scan(people(1)))
    found = groups_of(recorder, PLAIN, records={"x": False})
    assert recorder.found == [found]
    assert groups_of(people(1), PLAIN, records={}) is None
    with pytest.raises(DesignError, match="x"):
        groups_of(recorder, PLAIN, records={"x": True})
    small = moments.scan(pl.from_pandas(people(1)).lazy(), memory=100)
    with pytest.raises(DesignError, match="120 rows"):
        groups_of(small, PLAIN, records={"x": True})
