"""Triple differences from a lazy table, from Parquet and from sums are those of the table in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
CELLS = {"treated": "city", "eligible": "aged", "post": "after"}


def visits(seed: int, *, rows: int = 240) -> pd.DataFrame:
    """Return visits of persons in two cities, of whom some are of age, in hundredths."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.integers(0, 2, (rows, 3)), columns=list(CELLS.values()))
    data.iloc[:16] = np.tile(np.indices((2, 2, 2)).reshape(3, -1).T, (2, 1))
    frame = data.assign(
        age=rng.integers(20, 90, rows), clinic=[f"医{k}" for k in rng.integers(0, 13, rows)],
        y=(rng.normal(50, 9, rows) + 2 * data.prod(axis=1)).round(2),
    )  # fmt: skip
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def assert_same(held, found, rel=1e-11):
    left, right = held.headline, found.headline
    assert (left.term, left.n, left.clusters, left.method) == (right.term, right.n, right.clusters, right.method)
    for name in ("estimate", "std_error", "df", "p_value"):
        assert getattr(right, name) == pytest.approx(getattr(left, name), rel=rel, abs=1e-13)
    assert held.notices.codes == tuple(code for code in found.notices.codes if code != "T060")


@pytest.mark.parametrize("covariates", [(), ("age",)])
@pytest.mark.parametrize(
    ("cluster", "errors"),
    [(None, errors) for errors in ("robust", "classical", "HC0", "HC1", "HC3")]
    + [("clinic", errors) for errors in ("robust", "CR0", "CR1", "CR1S", "CR3")],
)
def test_errors_and_covariates(cluster, errors, covariates):
    data = visits(1)
    pair = data, moments.scan(pl.from_pandas(data).lazy(), memory=2_000)
    assert_same(*(
        did.triple(one, "y", **CELLS, cluster=cluster, errors=errors, covariates=covariates) for one in pair
    ))  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0, 10**5]), cluster=st.sampled_from([None, "clinic"]))
def test_rows_names_and_files_do_not_matter(seed, level, cluster, tmp_path_factory):
    data, folder = visits(seed), tmp_path_factory.mktemp("visits")
    held = did.triple(data, "y", **CELLS, cluster=cluster)
    moved = data.assign(y=(data["y"] + level).round(2), clinic=data["clinic"].str.replace("医", "c"))
    for part, rows in enumerate(np.array_split(np.random.default_rng(seed).permutation(len(data)), 3)):
        moved.iloc[rows].to_parquet(folder / f"{part}.parquet")
    assert_same(held, did.triple(folder, "y", **CELLS, cluster=cluster), rel=1e-8)


def test_sums_of_two_offices():
    data = visits(5)
    asked = GroupRequest(keys=tuple(CELLS.values()), numbers=("y",))
    parts = [scan_groups(moments.scan(data[data["age"] % 2 == k]), asked) for k in (0, 1)]
    assert_same(did.triple(data, "y", **CELLS), did.triple(parts[0] + parts[1], "y", **CELLS))
    with pytest.raises(DesignError, match="covariates"):
        did.triple(parts[0], "y", **CELLS, covariates=["age"])


def test_refusals_are_those_of_memory():
    data = visits(6)
    empty = data[(data["city"] == 0) | (data["aged"] == 0) | (data["after"] == 0)]
    for broken, more, kind in (
        (empty, {}, DesignError), (data.assign(aged=data["age"]), {}, DataError), (data.assign(y=1.0), {}, DesignError),
        (data, {"errors": "CR1"}, DataError), (data, {"covariates": ["y"]}, DataError),
    ):  # fmt: skip
        codes = []
        for one in (broken, pl.from_pandas(broken).lazy()):
            with pytest.raises(kind) as refused:
                did.triple(one, "y", **CELLS, **more)
            codes.append(refused.value.code)
        assert codes[0] == codes[1]
