"""Sums by keys that were finished are kept beside those of paths, and read again to the last bit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ebpm import moments
from ebpm.errors import DataError
from ebpm.moments.scans.groups import scan as group_scan
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
REQUESTS = [
    GroupRequest(keys=("区", "day", "on", "part"), numbers=("kwh",)), GroupRequest(numbers=("kwh",), weights="part"),
    GroupRequest(keys=("day",), products=False, dates={"day": "month"}),
]  # fmt: skip


@pytest.fixture(name="file")
def _file(tmp_path):
    rng = np.random.default_rng(1)
    pd.DataFrame({
        "区": rng.choice(["北", "南"], 200), "day": [dt.date(2024, 1, 1) + dt.timedelta(days=k) for k in rng.integers(0, 99, 200).tolist()],
        "on": rng.random(200) < 0.5, "part": rng.choice([0.25, 1.5], 200), "kwh": rng.normal(size=200),
    }).to_parquet(tmp_path / "rows.parquet")  # fmt: skip
    return tmp_path / "rows.parquet"


def test_kept_sums_are_those_that_were_taken(file, tmp_path, monkeypatch):
    said: list[tuple[int, int]] = []
    kept = moments.scan(file, resume=tmp_path / "passes", progress=lambda *one: said.append(one))
    known = [scan_groups(moments.scan(file), one) for one in REQUESTS]
    assert [scan_groups(kept, one).digest for one in REQUESTS] == [one.digest for one in known]
    monkeypatch.setattr(group_scan, "_scanned", lambda *_: pytest.fail("the table was read again"))
    again = [scan_groups(kept, one) for one in REQUESTS]
    assert [one.digest for one in again] == [one.digest for one in known]
    assert [one.fixed for one in again] == [one.fixed for one in known]
    assert said == [(1, 1)] * 6


def test_files_that_changed_are_refused(file, tmp_path):
    scan_groups(moments.scan(file, resume=tmp_path / "passes"), REQUESTS[0])
    pd.read_parquet(file).head(9).to_parquet(file)
    with pytest.raises(DataError) as refused:
        scan_groups(moments.scan(file, resume=tmp_path / "passes"), REQUESTS[0])
    assert refused.value.code == "scan_resume_changed"
