"""Both estimands of cluster trials, and groups formed afterwards, from sums: as in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct
from ebpm.errors import DesignError

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
ENGINES = {"polars": lambda data: pl.from_pandas(data).lazy(), "duckdb": lambda data: duckdb.connect().from_df(data)}
ROUTINES = {
    "estimands": lambda data: rct.cluster_estimands(data, "kwh", treatment="arm", cluster="school"),
    "estimands in strata": lambda data: rct.cluster_estimands(data, "kwh", treatment="arm", cluster="school", strata="ward"),
    "estimands of three arms": lambda data: rct.cluster_estimands(data, "kwh", treatment="three", cluster="school", control="c0"),
    "groups of rows": lambda data: rct.post_stratified(data, "kwh", treatment="coin", by="sex"),
    "groups of weighted rows": lambda data: rct.post_stratified(data, "kwh", treatment="coin", by=["sex"], weights="w"),
    "groups of clusters": lambda data: rct.post_stratified(data, "kwh", treatment="arm", by="ward", cluster="school"),
}  # fmt: skip


def table(seed: int = 3, rows: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    school = rng.choice(24, rows, p=np.arange(1, 25) / 300)
    kwh = 1e4 + rng.normal(size=rows) + school * (school % 2) / 4
    return pd.DataFrame({
        "school": [f"校{one}" for one in school], "arm": school % 2, "three": [f"c{one % 3}" for one in school], "ward": school // 8,
        "coin": rng.random(rows) < 0.5, "sex": rng.choice(["男", "女"], rows), "kwh": kwh.round(2), "w": rng.uniform(0.5, 2, rows),
    })  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("routine", ROUTINES)
def test_as_in_memory(routine, engine):
    data = table()
    held = ROUTINES[routine](data)
    found = ROUTINES[routine](moments.scan(ENGINES[engine](data.sample(frac=1, random_state=1)), memory=1))
    assert found.terms == held.terms
    assert tuple(code for code in found.notices.codes if code != "T060") == held.notices.codes
    for one, other in zip(found, held, strict=True):
        assert (one.n, one.clusters, one.estimand, one.method, one.name) == (
            other.n,
            other.clusters,
            other.estimand,
            other.method,
            other.name,
        )
        ours, theirs = ((each.estimate, each.std_error, each.df) for each in (one, other))
        assert ours == pytest.approx(theirs, rel=1e-9)


def test_informative_sizes_are_told():
    data = table()
    for source in (data, moments.scan(pl.from_pandas(data).lazy(), memory=1)):
        assert rct.informative_cluster_size(source, "kwh", treatment="arm", cluster="school").codes[:1] == ("R115",)


@pytest.mark.parametrize(("change", "code"), [
    ({"ward": range(900)}, "rct_stratum_varies"), ({"arm": [0, 1] * 450}, "rct_arm_varies"), ({"arm": 1}, "rct_one_arm"),
])  # fmt: skip
def test_what_is_wrong_is_refused_alike(change, code):
    data = table().assign(**change)
    for source in (data, moments.scan(pl.from_pandas(data).lazy(), memory=1)):
        with pytest.raises(DesignError) as refused:
            rct.post_stratified(source, "kwh", treatment="arm", by="ward", cluster="school")
        assert refused.value.code == code


def test_groups_of_several_columns_need_the_records_and_say_how_large_they_are():
    with pytest.raises(DesignError, match="900 rows") as refused:
        rct.post_stratified(
            moments.scan(pl.from_pandas(table()).lazy(), memory=1), "kwh", treatment="coin", by=["sex", "ward"]
        )
    assert refused.value.code == "scan_beyond_memory"
