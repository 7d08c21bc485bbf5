"""Invariances of panels that are summed where they lie: what must not matter does not, to the last bit where sums are the same whole numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.estimate import Estimates
from ebpm.moments.scans.files.moment_text import written
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
few = settings(max_examples=5, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
STAGGERED = {"unit": "home", "time": "year", "first_treated": "start"}
TWO_WAY = {"unit": "home", "time": "year", "treatment": "on"}
ROUTINES = {
    "twfe": lambda data: did.twfe(data, "kwh", **TWO_WAY),
    "att_gt": lambda data: did.att_gt(data, "kwh", **STAGGERED, gaps="pairs"),
    "event_study": lambda data: did.event_study(data, "kwh", **STAGGERED, method="twfe"),
    "sun_abraham": lambda data: did.sun_abraham(data, "kwh", **STAGGERED),
    "imputation": lambda data: did.imputation(data, "kwh", **STAGGERED),
    "bacon": lambda data: did.bacon(data, "kwh", **STAGGERED),
    "two_by_two": lambda data: did.two_by_two(data, "kwh", treated="joined", post="after"),
}  # fmt: skip
every = pytest.mark.parametrize("routine", ROUTINES)
REQUESTS = {
    name: PathRequest(outcome="kwh", **(TWO_WAY if name == "twfe" else STAGGERED))
    for name in ROUTINES if name != "two_by_two"
}  # fmt: skip


def table(seed: int, routine: str) -> pd.DataFrame:
    """Return homes by year in hundredths of kWh, with gaps where the routine allows them."""
    rng, units, years = np.random.default_rng(seed), 24, np.arange(2010, 2015)
    start = rng.permutation(np.repeat([0, 2012, 2013], units // 3))
    shape = (units, len(years))
    on = (start[:, None] > 0) & (years >= start[:, None])
    path = 100 + 5 * rng.normal(size=(units, 1)) + rng.normal(size=shape).cumsum(axis=1) + 2 * on
    whole = pd.DataFrame({
        "home": np.repeat(np.arange(units), len(years)), "year": np.tile(years, units), "start": np.repeat(start, len(years)),
        "on": on.ravel().astype(int), "kwh": path.ravel().round(2),
    })  # fmt: skip
    whole = whole.assign(joined=(whole["start"] > 0).astype(int), after=(whole["year"] > 2011).astype(int))
    return whole if routine == "bacon" else whole[rng.random(len(whole)) > 0.05]


def numbers(routine: str, data) -> np.ndarray:
    """Return values and standard errors, and the notices."""
    found = ROUTINES[routine](data)
    if routine == "bacon":
        return np.array([(one.estimate, one.weight) for one in found.comparisons])
    many = [found] if isinstance(found, Estimates) else [found.aggregate(kind) for kind in ("event", "group")]
    return np.array([
        (item.estimate, item.std_error if isinstance(item.std_error, float) else -1.0) for one in many for item in one
    ])  # fmt: skip


def lazy(data: pd.DataFrame):
    return pl.from_pandas(data).lazy()


@every
@few
@given(seed=seeds)
def test_order_of_rows_and_passes(routine, seed):
    data = table(seed, routine)
    again = moments.scan(lazy(data.sample(frac=1, random_state=seed)), memory=2_000)
    np.testing.assert_array_equal(numbers(routine, lazy(data)), numbers(routine, again))


@every
@few
@given(seed=seeds, cuts=st.lists(st.integers(1, 90), max_size=3))
def test_files_of_a_folder(routine, seed, cuts, tmp_path_factory):
    data, folder = table(seed, routine), tmp_path_factory.mktemp("folder")
    for part, rows in enumerate(np.split(np.arange(len(data)), sorted(set(cuts)))):
        data.iloc[rows].to_parquet(folder / f"{part}.parquet")
    np.testing.assert_array_equal(numbers(routine, lazy(data)), numbers(routine, folder))


@every
@few
@given(seed=seeds)
def test_names_of_units(routine, seed):
    data = table(seed, routine)
    names = np.random.default_rng(seed).permutation(data["home"].max() + 1)
    renamed = data.assign(home=[f"家{names[home]}" for home in data["home"]])
    np.testing.assert_array_equal(numbers(routine, lazy(data)), numbers(routine, lazy(renamed)))


@every
@few
@given(seed=seeds, later=st.integers(-1900, 5000), never=st.sampled_from([np.inf, np.nan]))
def test_numbering_of_periods_and_cohorts(routine, seed, later, never):
    data = table(seed, routine)
    start = np.where(data["start"] > 0, data["start"] + later, never)
    moved = data.assign(year=data["year"] + later, start=start)
    np.testing.assert_allclose(numbers(routine, lazy(moved)), numbers(routine, lazy(data)), rtol=1e-11, atol=1e-12)


@every
@few
@given(seed=seeds, cents=st.integers(-(10**7), 10**7))
def test_level_of_the_outcome(routine, seed, cents):
    data = table(seed, routine)
    moved = data.assign(kwh=(data["kwh"] + cents / 100).round(2))
    np.testing.assert_allclose(numbers(routine, lazy(moved)), numbers(routine, lazy(data)), rtol=1e-9, atol=1e-10)


@every
@few
@given(seed=seeds, factor=st.sampled_from([-1.0, 10.0, 0.5, 1e-4, 2.0**20]))
def test_unit_of_the_outcome(routine, seed, factor):
    data = table(seed, routine)
    held, found = numbers(routine, lazy(data)), numbers(routine, lazy(data.assign(kwh=data["kwh"] * factor)))
    scaled = np.column_stack([factor * held[:, 0], held[:, 1] * (1 if routine == "bacon" else abs(factor))])
    told = (held[:, 1] >= 0) & (np.abs(held[:, 0]) > 0)
    np.testing.assert_allclose(found[told], scaled[told], rtol=1e-9)


@every
@few
@given(seed=seeds, share=st.integers(4, 20))
def test_tables_of_two_offices_add_up(routine, seed, share):
    data = table(seed, routine)
    first = data["home"] < share
    if routine == "two_by_two":
        asked = GroupRequest(keys=("joined", "after"), numbers=("kwh",), products=True)
        both = scan_groups(moments.scan(data[first]), asked) + scan_groups(moments.scan(data[~first]), asked)
        assert both.digest == scan_groups(moments.scan(data), asked).digest
    else:
        asked = REQUESTS[routine]
        both = scan_paths(moments.scan(data[first]), asked) + scan_paths(moments.scan(data[~first]), asked)
        assert written(both) == written(scan_paths(moments.scan(data), asked))
    np.testing.assert_allclose(numbers(routine, both), numbers(routine, lazy(data)), rtol=1e-12, atol=1e-13)


@every
@few
@given(seed=seeds)
def test_memory_has_the_same_numbers(routine, seed):
    data = table(seed, routine)
    np.testing.assert_allclose(numbers(routine, lazy(data)), numbers(routine, data), rtol=1e-9, atol=1e-11)
