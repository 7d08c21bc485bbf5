"""Contestants for one job, each in a process of its own: CPU seconds of the best of several runs, and peak memory.

A benchmark is a file with functions `contestant(size) -> callable`; `race(__file__, names, size, what)` runs each of them in a fresh
interpreter, so that neither imports nor memory are shared, and prints the ratios to the first. A peer that is not installed is
said so and left out (`pip install -r benchmarks/peers.txt` installs them). Where the environment variable RECORD names a CSV file,
the lines are written there in place of the earlier ones of the same job (`make bench RECORD=docs/benchmarks.csv`, then `make docs`).
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import process_time

REPEATS, MOST_REPEATS, ENOUGH = 3, 20, 1.0
PATIENCE = 900
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON", "POLARS")
ONE_THREAD = {f"{name}_{'MAX' if name == 'POLARS' else 'NUM'}_THREADS": "1" for name in THREADS}
PACKAGES = (
    "ebpm",
    "diff-diff",
    "csdid",
    "moderndid",
    "duckreg",
    "duckdb",
    "differences",
    "statspai",
    "pyfixest",
    "wildboottest",
    "linearmodels",
    "lifelines",
    "causalpy",
    "tfcausalimpact",
    "scikit-survival",
    "statsmodels",
)
FIELDS = ("what", "size", "contestant", "package", "cpu_seconds", "peak_mb", "data_mb", "date")


def race(file: str, names: Sequence[str], size: int, what: str) -> None:
    """Run the contestants one after another, print a line for each and record it where this is asked for."""
    print(f"{what}, {size:,} rows")
    first = 0.0
    for name in names:
        call = [sys.executable, __file__, file, name, str(size)]
        try:
            done = subprocess.run(
                call, capture_output=True, text=True, env=os.environ | ONE_THREAD, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            print(f"{name:28} not within {PATIENCE} s")
            continue
        if done.returncode:
            print(f"{name:28} not run: {(done.stderr.strip().splitlines() or [f'signal {-done.returncode}'])[-1]}")
            continue
        found = json.loads(done.stdout.strip().splitlines()[-1])
        first = first or found["seconds"]
        if os.environ.get("RECORD"):
            record(Path(os.environ["RECORD"]), [what, size, name, *_line(name, found)])
        ratio = found["seconds"] / first
        print(
            f"{name:28} {found['seconds']:9.3f} CPU s  x{ratio:7.1f}  peak {found['peak']:7.0f} MB  (data {found['data']:.0f} MB)  {found['said']}",
            flush=True,
        )


def _line(name: str, found: dict[str, float]) -> list[str]:
    package = next((one for one in PACKAGES if one.replace("-", "_") in name), "numpy, pandas")
    versions = ", ".join(f"{one} {version(one)}" for one in package.split(", "))
    measured = f"{found['seconds']:.4g}", f"{found['peak']:.0f}", f"{found['data']:.0f}"
    return [versions, *measured, datetime.now(UTC).date().isoformat()]


def record(file: Path, line: Sequence[object]) -> None:
    """Write a line into a CSV file, in the place of an earlier one of the same job, size and contestant."""
    kept: list[Sequence[object]] = []
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            kept = list(csv.reader(lines))[1:]
    all_lines = {tuple(map(str, row[:3])): row for row in [*kept, line]}
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows([FIELDS, *all_lines.values()])


def best(job: Callable[[], object]) -> tuple[float, object]:
    """Return the CPU seconds of the best run after one that is not counted, and what the job returned.

    Three runs, and short jobs until they took a second together, so that noise of milliseconds decides nothing.
    """
    said = job()
    times: list[float] = []
    while len(times) < REPEATS or (sum(times) < ENOUGH and len(times) < MOST_REPEATS):
        start = process_time()
        job()
        times.append(process_time() - start)
    return min(times), said


def memory(key: str) -> float:
    """Return VmRSS (held now) or VmHWM (the most held since `forget`) of this process in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith(key))


def forget() -> None:
    """Let the peak of memory begin anew, so that making the data does not count."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _run(file: str, name: str, size: int) -> None:
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location("benchmark", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    job = getattr(module, name)(size)
    forget()
    data = memory("VmRSS")
    seconds, said = best(job)
    print(json.dumps({"seconds": seconds, "peak": memory("VmHWM"), "data": data, "said": str(said)}))


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
