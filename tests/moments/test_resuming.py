"""A scan that was killed goes on where it was; a table that changed meanwhile is noticed; nothing is left half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ebpm import moments
from ebpm.errors import DataError
from ebpm.moments.scans.gathered import passes
from ebpm.moments.scans.paths.scan import scan_paths
from tests.moments.test_gathered import facts, panel, request

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

KILLED = """
import os, signal, sys
from ebpm import moments
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

def told(done, passes):
    if done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

file, folder = sys.argv[1:]
request = PathRequest(outcome="kwh", unit="home", time="year", first_treated="start")
scan_paths(moments.scan(file, memory=2000, progress=told, resume=folder), request)
"""


@pytest.fixture
def file(tmp_path) -> Path:
    panel(1).to_parquet(tmp_path / "homes.parquet")
    return tmp_path / "homes.parquet"


def count_passes(monkeypatch) -> list[int]:
    read, made = [], passes.gather
    monkeypatch.setattr(passes, "gather", lambda table, task: read.append(task.share) or made(table, task))
    return read


def test_a_killed_scan_goes_on_where_it_was(file, tmp_path, monkeypatch):
    folder = tmp_path / "passes"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(file), str(folder)], check=False, env=os.environ, cwd=Path.cwd()
    )
    assert done.returncode == -signal.SIGKILL
    left = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(left) == 3
    assert all(json.loads(content) for content in left.values())
    read, told = count_passes(monkeypatch), []
    scan = moments.scan(file, memory=2000, resume=folder, progress=lambda *now: told.append(now))
    found = scan_paths(scan, request())
    tried = read.count(0)  # the first pass, for the whole table, is too large
    assert tried == 1
    assert read[tried:] == list(range(2, told[-1][1]))
    assert facts(found) == facts(scan_paths(moments.scan(panel(1)), request()))
    assert all(path.read_bytes() == content for path, content in left.items())


def test_a_finished_scan_is_not_read_again_and_other_requests_are(file, tmp_path, monkeypatch):
    read = count_passes(monkeypatch)
    first = scan_paths(moments.scan(file, resume=tmp_path / "passes"), request())
    again = scan_paths(moments.scan(file, resume=str(tmp_path / "passes"), engine="polars"), request())
    assert facts(first) == facts(again)
    assert len(read) == 1
    scan_paths(moments.scan(file, resume=tmp_path / "passes"), request("on"))
    assert len(read) == 2


def test_a_table_that_changed_is_noticed(file, tmp_path):
    scan_paths(moments.scan(file, resume=tmp_path / "passes"), request())
    panel(2).to_parquet(file)
    with pytest.raises(DataError, match="passes") as refused:
        scan_paths(moments.scan(file, resume=tmp_path / "passes"), request())
    assert refused.value.code == "scan_resume_changed"


def test_a_table_that_changes_during_the_scan_is_noticed(file, tmp_path):
    def told(done: int, _: int) -> None:
        if done == 1:
            panel(2).to_parquet(file)

    with pytest.raises(DataError) as refused:
        scan_paths(moments.scan(file, memory=2000, progress=told, resume=tmp_path / "passes"), request())
    assert refused.value.code == "scan_resume_changed"


def test_labels_of_clusters_come_back_as_they_were(file, tmp_path):
    for labels in (lambda k: date(2020, 1, 1 + k), lambda k: f"区{k}", lambda k: k, lambda k: k / 2):
        data = panel(3)
        data["ward"] = [labels(int(k) % 5) for k in data["home"]]
        data.to_parquet(file)
        folder = tmp_path / str(labels(1))
        first, again = (scan_paths(moments.scan(file, resume=folder), request(cluster="codes")) for _ in range(2))
        assert facts(first) == facts(again) == facts(scan_paths(moments.scan(data), request(cluster="codes")))


def test_a_table_without_files_cannot_be_resumed(tmp_path):
    with pytest.raises(DataError, match="DataFrame") as refused:
        moments.scan(pd.DataFrame({"kwh": [1.0]}), resume=tmp_path)
    assert refused.value.code == "scan_resume_path"
