"""A pilot on tables that stay where they are: derived, kept and collapsed as in memory, and the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments
from ebpm.errors import DataError, SpecError
from ebpm.pilot.prepare import collapsed, derived, kept
from ebpm.pilot.spec import Between, Collapse, Derive
from ebpm.pilot.sums.scanned import ScannedData, _collapsed, _derived, _kept
from tests.pilot.any_size import PILOT, answers_of, homes


def table():
    rng = np.random.default_rng(4)
    return pd.DataFrame({
        "pupil": np.repeat(np.arange(30), 4), "month": np.tile(["2019-04", "2019-05", "2019-06", "2019-07"], 30),
        "kwh": rng.uniform(1, 9, 120).round(1), "days": rng.integers(28, 32, 120), "year": np.tile([2018, 2019, 2020, 2021], 30),
        "start": np.repeat([0, 2019, 2020], 40), "city": np.repeat(["北", "south", "north"], 40),
    })  # fmt: skip


STEPS = [
    {"ratio": ["kwh", "days"]}, {"difference": ["kwh", "days"]}, {"positive": "start"}, {"equals": ["city", "北"]},
    {"equals": ["start", 2019]}, {"scale": ["kwh", 100]}, {"log": "kwh"}, {"treated": ["year", "start"]},
]  # fmt: skip


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
@pytest.mark.parametrize("step", STEPS, ids=lambda one: next(iter(one)))
def test_columns_are_derived_as_in_memory(step, engine):
    declared = Derive(data="t", column="new", **step)
    ours = _derived(lazy(table(), engine), declared).collect()["new"].to_numpy()
    theirs = derived({"t": table()}, [declared])["t"]["new"].to_numpy()
    np.testing.assert_allclose(np.sort(np.asarray(ours, dtype=float)), np.sort(theirs.astype(float)), rtol=1e-15)


WHERE = [
    {"city": ("北", "south")}, {"year": (2019,)}, {"month": Between(**{"from": "2019-05", "to": "2019-06"})},
    {"year": Between(**{"from": 2019})}, {"kwh": Between(to=5.0), "city": ("north",)},
]  # fmt: skip


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
@pytest.mark.parametrize("where", WHERE, ids="-".join)
def test_rows_are_kept_as_in_memory(where, engine):
    ours = _kept(lazy(table(), engine), where).collect().to_pandas()
    theirs = kept(table(), where)
    order = ["pupil", "month"]
    pd.testing.assert_frame_equal(
        ours.sort_values(order).reset_index(drop=True)[order],
        theirs.sort_values(order).reset_index(drop=True)[order],
        check_dtype=False,
    )


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb"])
def test_groups_are_collapsed_as_in_memory(engine):
    how = Collapse(by=("pupil",), mean=("kwh",), sum=("days",))
    ours = _collapsed(lazy(table(), engine), how).collect().to_pandas().sort_values("pupil").reset_index(drop=True)
    theirs = collapsed(table(), how)
    assert set(ours.columns) == set(theirs.columns) == {"pupil", "kwh", "days", "start", "city"}
    pd.testing.assert_frame_equal(ours[theirs.columns], theirs, check_dtype=False)


def lazy(frame, engine):
    if engine == "polars":
        import polars as pl

        return moments.scan(pl.from_pandas(frame).lazy()).table
    if engine == "duckdb":
        import duckdb

        return moments.scan(duckdb.from_df(frame)).table
    return moments.scan(frame).table


# --- the pilot of the notebook of four sources


@pytest.fixture(scope="module")
def frame():
    return homes(0, 1500)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, frame):
    where = tmp_path_factory.mktemp("readings")
    for place in range(3):
        frame.iloc[place::3].to_parquet(where / f"part_{place}.parquet", index=False)
    return where


@pytest.fixture(scope="module")
def summed(folder):
    return answers_of(PILOT.evaluate(PILOT.on({"meters": moments.scan(folder)})))


def test_the_data_frame_says_the_same(frame, summed):
    held = answers_of(PILOT.evaluate(PILOT.on({"meters": frame})))
    assert summed.keys() == held.keys() - {"with_area"} == {"effect", "by_year", "two_way"}
    for name, (estimate, error) in summed.items():
        assert (estimate, error) == (pytest.approx(held[name][0], rel=1e-10), pytest.approx(held[name][1], rel=1e-10))


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_engines_say_the_same_to_the_last_bit(folder, summed, engine):
    assert answers_of(PILOT.evaluate(PILOT.on({"meters": moments.scan(folder, engine=engine)}))) == summed
    assert answers_of(PILOT.evaluate(PILOT.on({"meters": folder}))) == summed


@pytest.mark.parametrize("name", ["moments.json", "moments.parquet"])
def test_the_moment_file_says_the_same_to_the_last_bit(folder, summed, tmp_path, name):
    file = PILOT.moments(PILOT.on({"meters": folder})).save(tmp_path / name)
    assert answers_of(PILOT.evaluate(moments.read_moments(file))) == summed


def test_two_cities_together_are_the_records_of_both(frame, summed):
    north, south = (PILOT.moments(PILOT.on({"meters": frame[frame["city"] == city]})) for city in ("north", "south"))
    scanned = PILOT.moments(PILOT.on({"meters": moments.scan(frame)}))
    assert {name: one.counts for name, one in (north + south).items.items()} == {
        name: one.counts for name, one in scanned.items.items()
    }
    assert answers_of(PILOT.evaluate(north + south)) == summed
    assert answers_of(PILOT.evaluate(south + north)) == summed


def test_what_needs_the_records_says_so(folder):
    evaluation = PILOT.evaluate(PILOT.on({"meters": folder}))
    assert [(one.analysis.id, one.error.code) for one in evaluation.failures] == [
        ("with_area", "moments_needs_records")
    ]


def test_inside_the_office_what_is_summed_in_several_passes_is_answered_too(folder, frame):
    ours, theirs = (
        answers_of(PILOT.evaluate_unreleased(PILOT.on({"meters": one}))) for one in (moments.scan(folder), frame)
    )
    assert ours.keys() == theirs.keys() == {"effect", "by_year", "two_way", "with_area"}
    for name, numbers in ours.items():
        assert numbers == pytest.approx(theirs[name], rel=1e-8)


def test_checks_that_need_rows_are_said_not_to_have_been_made(folder):
    checks = [{"routine": "data.heaping", "data": "meters", "column": "kwh", "arguments": {"at": 10}}]
    spec = PILOT.spec.model_validate({**PILOT.spec.model_dump(by_alias=True), "checks": checks})
    data = ScannedData({}, spec, scans={"meters": moments.scan(folder)})
    assert data.notices.codes == ("P520",)
    assert "data.heaping" in data.notices.to_text("en")
    assert not PILOT.on({"meters": folder}).notices


def test_other_tables_than_those_of_the_contract_are_refused(frame):
    for tables in ({}, {"meter": frame}, {"meters": frame, "more": frame}):
        with pytest.raises(SpecError) as refused:
            PILOT.on(tables)
        assert refused.value.code == "pilot_other_tables"
    for one in (frame.drop(columns="area"), moments.scan(frame.drop(columns="area"))):
        with pytest.raises(DataError, match="meters lacks area") as refused:
            PILOT.on({"meters": one})
        assert refused.value.code == "pilot_lacks_columns"


def test_sums_on_other_rows_stay_where_nobody_looks_whose_they_are(folder):
    """Two populations that differ by a few homes would tell of the few; out of memory nobody can look, so the second stays."""
    plan = [one.model_dump(by_alias=True) for one in PILOT.spec.plan]
    plan[2]["where"] = {"area": {"to": 150}}
    spec = PILOT.spec.model_validate({**PILOT.spec.model_dump(by_alias=True), "plan": plan})
    other = type(PILOT)(spec, PILOT.folder)
    file = other.moments(other.on({"meters": folder}, unfrozen="a test"))
    assert set(file.items) == {"effect", "by_year"}
    assert [one.reason for one in file.withheld["two_way"]] == ["moments_not_compared"]
