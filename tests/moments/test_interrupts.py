"""A scan that is interrupted or killed from outside: at once, nothing half written, and the same call goes on with the same digest."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from unicodedata import east_asian_width

import pytest

from ebpm import moments, use_language
from ebpm.errors import DataError
from ebpm.moments.scans.interrupts import heard
from ebpm.moments.scans.paths.scan import scan_paths
from tests.moments.test_gathered import facts, panel, request

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytest.importorskip("polars")

SCANNED = """
import sys, time
from ebpm import moments
from ebpm.moments.scans.gathered import passes, reading
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

file, folder, engine = sys.argv[1:]
put, done_so_far = reading._put, []
def slowly(*of):
    time.sleep(30 if 2 in done_so_far else 0)  # while the third pass is under way
    put(*of)
reading._put = slowly

def told(done, passes):
    done_so_far.append(done)
    print(done, passes, flush=True)

request = PathRequest(outcome="kwh", unit="home", time="year", first_treated="start")
scan_paths(moments.scan(file, engine=engine, memory=700, progress=told, resume=folder), request)
"""


@pytest.fixture
def file(tmp_path) -> Path:
    panel(1).to_parquet(tmp_path / "homes.parquet", row_group_size=16)
    return tmp_path / "homes.parquet"


def stopped(by: signal.Signals, file: Path, folder: Path, engine: str) -> tuple[int, float]:
    """Send a signal after the second pass; return how the scan ended, and after how many seconds."""
    order = [sys.executable, "-c", SCANNED, str(file), str(folder), engine]
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True, env=os.environ, cwd=Path.cwd()) as scan:
        assert scan.stdout is not None
        for line in iter(scan.stdout.readline, ""):
            if line.startswith("2 "):
                break
        begun = monotonic()
        scan.send_signal(by)
        return scan.wait(), monotonic() - begun


def digest(sums) -> str:
    return hashlib.sha256(repr(facts(sums)).encode()).hexdigest()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_a_scan_that_is_stopped_from_outside_goes_on(by, engine, file, tmp_path):
    folder = tmp_path / "passes"
    code, seconds = stopped(by, file, folder, engine)
    assert code == -by  # a KeyboardInterrupt that nobody catches ends Python by SIGINT
    assert seconds < 10  # alone two; the pass would go on for thirty
    left = sorted(folder.glob("*.json"))
    assert len(left) >= 3
    assert [path for path in folder.iterdir() if path not in left] == [] or by == signal.SIGKILL
    assert all(json.loads(path.read_bytes()) for path in left)
    told: list[tuple[float, int]] = []
    scan = moments.scan(file, engine=engine, memory=700, resume=folder, progress=lambda *now: told.append(now))
    found = scan_paths(scan, request())
    assert told[-1] == (3, 3)
    assert digest(found) == digest(scan_paths(moments.scan(panel(1)), request()))


def test_a_damaged_pass_is_read_again(file, tmp_path):
    folder = tmp_path / "passes"
    first = scan_paths(moments.scan(file, memory=2000, resume=folder), request())
    passes = [path for path in folder.glob("*.json") if path.name != "source.json"]
    whole = passes[0].read_bytes()
    for damage in (b"", whole[:-9], whole.replace(b"1", b"2", 1), b"[]", b'{"digest": "", "sums": {}}'):
        passes[0].write_bytes(damage)
        assert facts(scan_paths(moments.scan(file, memory=2000, resume=folder), request())) == facts(first)
        assert passes[0].read_bytes() == whole


def test_a_damaged_note_of_the_files_is_refused(file, tmp_path):
    scan_paths(moments.scan(file, resume=tmp_path / "passes"), request())
    (tmp_path / "passes" / "source.json").write_text("")
    with pytest.raises(DataError) as refused:
        scan_paths(moments.scan(file, resume=tmp_path / "passes"), request())
    assert refused.value.code == "scan_resume_changed"


def test_a_folder_that_cannot_be_written_is_refused(file, tmp_path):
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "passes"):
        with pytest.raises(DataError) as refused:
            scan_paths(moments.scan(file, resume=folder), request())
        assert refused.value.code == "records_not_written"


@pytest.mark.parametrize("said", ["Query interrupted", "Gateway must be connected to send cancel cmd."])
def test_what_engines_say_of_an_interrupt_is_one(said):
    with pytest.raises(KeyboardInterrupt), heard():
        raise RuntimeError(said)
    with pytest.raises(RuntimeError, match="memory"), heard():
        raise RuntimeError("out of memory")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_line_of_progress_leaves_the_end_of_a_longer_one(lang, capsys):
    use_language(lang)
    for done in (0.2, 0.5, 1):
        moments.show_progress(done, 1)
    use_language("en")
    lines = capsys.readouterr().err.rstrip("\n").split("\r")[1:]
    assert len(lines) == 3
    assert {sum(2 if east_asian_width(char) in "WF" else 1 for char in line) for line in lines} == {78}
