"""Sums of another kind, or made another way, are neither added nor read as if they were those that are needed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did, moments
from ebpm.errors import DataError
from ebpm.moments.scans.files.moment_file import MomentFile, read_moments
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.texts import use_language

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
STAGGERED = {"unit": "home", "time": "year", "first_treated": "start"}
TWO_WAY = {"unit": "home", "time": "year", "treatment": "on"}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    start = np.repeat([0, 2012, 2013], 10)
    data = pd.DataFrame({
        "home": np.repeat(np.arange(30), 4), "year": np.tile(np.arange(2010, 2014), 30), "start": np.repeat(start, 4),
        "kwh": rng.normal(100, 5, 120).round(1),
    })  # fmt: skip
    on = ((data["start"] > 0) & (data["year"] >= data["start"])).astype(int)
    return data.assign(on=on, joined=(data["start"] > 0).astype(int), after=(data["year"] > 2011).astype(int))


def sums(kind: str):
    scan = moments.scan(table())
    if kind == "groups":
        return scan_groups(scan, GroupRequest(keys=("joined", "after"), numbers=("kwh",)))
    return scan_paths(scan, PathRequest(outcome="kwh", **(STAGGERED if kind == "cohorts" else TWO_WAY)))


def code(action) -> str:
    with pytest.raises(DataError) as refused:
        action()
    return refused.value.code


@pytest.mark.parametrize(
    ("left", "right", "entry"),
    [
        ("cohorts", "paths", "scan_treatments_differ"), ("paths", "cohorts", "scan_treatments_differ"),
        ("cohorts", "groups", "scan_families_differ"), ("groups", "paths", "scan_families_differ"),
    ],
)  # fmt: skip
def test_only_sums_of_one_kind_add(left, right, entry):
    assert code(lambda: sums(left) + sums(right)) == entry


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_refusal_names_both(lang):
    try:
        use_language(lang)
        with pytest.raises(DataError) as refused:
            sums("cohorts") + sums("paths")
        assert "first_treated" in str(refused.value)
        assert " treatment" in str(refused.value)
    finally:
        use_language("en")


def test_analyses_read_only_the_sums_that_they_need():
    assert code(lambda: did.twfe(sums("cohorts"), "kwh", **TWO_WAY)) == "scan_other_treatment"
    assert code(lambda: did.sun_abraham(sums("paths"), "kwh", **STAGGERED)) == "scan_other_treatment"
    assert code(lambda: did.bacon(sums("groups"), "kwh", **STAGGERED)) == "scan_other_family"
    assert code(lambda: did.two_by_two(sums("cohorts"), "kwh", treated="joined", post="after")) == "scan_other_family"


@pytest.mark.parametrize("name", ["sums.json", "sums.parquet"])
def test_moment_files_keep_how_treatment_was_said(name, tmp_path):
    items = {"trend": sums("cohorts"), "effect": sums("paths")}
    file = MomentFile(pilot="p", plan="0", items=items).save(tmp_path / name)
    found = read_moments(file).items
    assert {key: one.by for key, one in found.items()} == {"trend": "first_treated", "effect": "treatment"}
    held, again = (did.twfe(one["effect"], "kwh", **TWO_WAY).headline for one in (items, found))
    assert (held.estimate, held.std_error) == (again.estimate, again.std_error)


def test_passes_without_a_unit_count_nothing():
    data = table().assign(year=lambda rows: rows["year"].astype(str))
    few = moments.scan(pl.from_pandas(data).lazy(), memory=1)
    held, found = (did.sun_abraham(one, "kwh", **STAGGERED).estimates.headline for one in (data, few))
    assert found.estimate == pytest.approx(held.estimate, rel=1e-11)
    assert found.std_error == pytest.approx(held.std_error, rel=1e-9)
