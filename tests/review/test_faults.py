"""Killed at any moment, disk full, no permission, two at once, another clock, locale, time zone, hash seed: nothing is lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ebpm.records.writing as writing
from ebpm.errors import DataError, SpecError
from ebpm.records import mend, only_writer, replace_folder, write_whole
from ebpm.records.locking import FILE
from ebpm.records.writing import whole
from ebpm.run import Wish, run, run_one
from tests.review.conftest import QUICK, contents, write_small

ROOT = Path(__file__).parents[2]
FORCED = Wish(notebooks=False, force=True)
OLD, NEW = {"results.json": b"old", "a/b.csv": b"old"}, {"results.json": b"new", "a/b.csv": b"new", "c.html": b"new"}


def outputs(folder):
    """Return what a run writes for readers; its record tells of code and machine."""
    return {name: content for name, content in contents(folder / "results").items() if name != "run.json"}


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def kill_at_random_moments(folder, times, seed):
    done = python("-m", "tests.review.faults", str(folder), str(times), str(seed))
    assert done.returncode == 0, done.stderr
    dead, kept, same, *left = done.stdout.split()
    assert int(dead) > times / 3
    assert (int(kept), same) == (times, "True")
    assert left == ["people.csv", "pilot.yaml", "plan.lock", "results"]


def test_killed_at_random_moments_nothing_is_lost(tmp_path):
    kill_at_random_moments(write_small(tmp_path), 4, 1)


@pytest.mark.slow
def test_killed_at_fifty_random_moments_nothing_is_lost(tmp_path):
    kill_at_random_moments(write_small(tmp_path), 50, 2)


@pytest.mark.parametrize("step", range(16))
def test_the_disk_fills_up_at_any_step_and_the_old_version_stays(tmp_path, monkeypatch, step):
    folder = tmp_path / "results"
    replace_folder(folder, OLD)
    calls = iter(range(100))

    def failing(original):
        def wrapped(*args, **kwargs):
            if next(calls) == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            return original(*args, **kwargs)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("mkdir", "rename", "open"):
            patch.setattr(Path, name, failing(getattr(Path, name)))
        patch.setattr(os, "fsync", failing(os.fsync))
        try:
            replace_folder(folder, NEW)
        except DataError as error:
            assert "no space" in error.given("en")  # noqa: PT017
            assert contents(whole(folder)) == OLD
            assert [one.name for one in tmp_path.iterdir()] == ["results"]
    replace_folder(folder, NEW)
    assert contents(folder) == NEW


@pytest.mark.slow
def test_a_file_that_grows_too_large_for_the_disk_leaves_the_old_results(ran):
    before = contents(ran / "results")
    script = (
        "import resource, signal, sys; from pathlib import Path; from ebpm.run import Wish, run_one;"
        " signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        " print(run_one(Path(sys.argv[1]), Wish(notebooks=False, force=True)).line)"
    )
    done = python("-c", script, str(ran))
    assert "no space is left" in done.stdout, done.stderr
    assert contents(ran / "results") == before
    assert sorted(one.name for one in ran.iterdir()) == ["people.csv", "pilot.yaml", "plan.lock", "results"]
    assert run_one(ran, FORCED).ok


@pytest.mark.parametrize(("code", "said"), [(errno.EACCES, "permission denied"), (errno.EROFS, "read-only")])
def test_a_place_that_cannot_be_written_is_said_in_three_parts(ran, monkeypatch, code, said):
    before = contents(ran / "results")

    def refused(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(writing, "_flushed", refused)
    outcome = run_one(ran, FORCED)
    assert not outcome.ok
    assert said in outcome.line
    assert "→" in outcome.line
    assert contents(ran / "results") == before


def test_a_disk_without_room_for_the_lock_is_said_in_three_parts(ran, monkeypatch):
    before = outputs(ran)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ebpm.records.locking.os.write", full)
        outcome = run_one(ran, FORCED)
    assert not outcome.ok
    assert "no space is left on the disk" in outcome.line
    assert outputs(ran) == before
    assert not list(ran.glob(".run.lock"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(ran):
    ran.chmod(0o500)
    try:
        outcome = run_one(ran, FORCED)
    finally:
        ran.chmod(0o700)
    assert "permission denied" in outcome.line


def test_a_single_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "one.txt"
    write_whole(file, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "")))
        with pytest.raises(DataError):
            write_whole(file, b"new")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("one.txt", b"old")]
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


def test_two_runs_at_once_do_not_write_into_one_folder(ran):
    with only_writer(ran):
        outcome = run_one(ran, FORCED)
        assert not outcome.ok
        assert str(os.getpid()) in outcome.line
    assert run_one(ran, FORCED).ok
    assert not (ran / FILE).exists()


def test_a_lock_of_a_dead_process_holds_nobody_back(ran):
    script = (
        "import os, signal, sys; from pathlib import Path; from ebpm.records import only_writer\n"
        "with only_writer(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert python("-c", script, str(ran)).returncode == -signal.SIGKILL
    assert (ran / FILE).exists()
    assert run_one(ran, FORCED).ok
    assert not (ran / FILE).exists()


def test_what_a_killed_run_left_is_mended(tmp_path):
    folder = tmp_path / "results"
    replace_folder(folder, OLD)
    folder.rename(tmp_path / "results.previous")
    (tmp_path / "results.0a.new").mkdir()
    assert contents(whole(folder)) == OLD
    mend(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["results"]
    assert contents(folder) == OLD


def test_what_has_not_changed_is_not_run_again_and_what_has_is(ran):
    assert "unchanged" in run_one(ran, QUICK).line
    changes = {
        "people.csv": lambda text: text.replace("P000", "Q000"),
        "pilot.yaml": lambda text: text.replace("It looked", "It has looked"),
        "results/results.json": lambda text: text + " ",
        "results/report.en.html": lambda text: text + " ",
    }
    for name, change in changes.items():
        file = ran / name
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
        assert "unchanged" not in run_one(ran, QUICK).line, name
        assert "unchanged" in run_one(ran, QUICK).line, name
    (ran / "results" / "report.ja.html").unlink()
    assert "unchanged" not in run_one(ran, QUICK).line


def test_clocks_are_not_looked_at(ran, monkeypatch):
    before = outputs(ran)
    for file in ran.rglob("*"):
        os.utime(file, (0, 0))
    assert "unchanged" in run_one(ran, QUICK).line
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert run_one(ran, FORCED).ok
    assert outputs(ran) == before


ENVIRONMENTS = [
    {"LC_ALL": "C", "LANG": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "EBPM_LANG": "ja"},
    {"LC_ALL": "", "LANG": "C.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "999", "OMP_NUM_THREADS": "4"},
]


@pytest.mark.parametrize("environment", [ENVIRONMENTS[0], pytest.param(ENVIRONMENTS[1], marks=pytest.mark.slow)])
def test_results_do_not_depend_on_locale_time_zone_hash_seed_or_threads(ran, environment):
    before = outputs(ran)
    script = (
        "import sys; from pathlib import Path; from ebpm.run import Wish, run_one\n"
        "print(run_one(Path(sys.argv[1]), Wish(notebooks=False, force=True)).ok)"
    )
    done = python("-c", script, str(ran), **environment)
    assert done.stdout == "True\n", done.stderr
    assert outputs(ran) == before


@pytest.mark.slow
def test_a_killed_worker_costs_no_other_pilot_its_results(tmp_path, monkeypatch):
    """Whoever works on the bad pilot is killed, as for want of memory."""
    good, bad = (write_small(tmp_path / name) for name in ("good", "bad"))
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, threading, time\n"
        "def watch():\n"
        "    while True:\n"
        "        time.sleep(0.005)\n"
        f"        if os.path.exists({str(bad / FILE)!r}) and open({str(bad / FILE)!r}).read().strip() == str(os.getpid()):\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "threading.Thread(target=watch, daemon=True).start()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    ended = {outcome.line.partition("\n")[0]: outcome.ok for outcome in run([good, bad], jobs=1, wish=QUICK)}
    assert sorted(ended.values()) == [False, True]
    assert "killed" in next(line for line, ok in ended.items() if not ok)
    assert (good / "results" / "results.json").is_file()


def test_at_least_one_process_runs(ran):
    with pytest.raises(SpecError, match="--jobs 0"):
        list(run([ran], jobs=0))
