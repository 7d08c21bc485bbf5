"""Contestants for one job, each in a process of its own: CPU seconds of the best of several runs, and peak memory.

A benchmark is a file with functions `contestant(size) -> callable`; `race(__file__, names, size)` runs each of them in a fresh
interpreter, so that neither imports nor memory are shared, and prints the ratios to the first. A peer that is not installed is
said so and left out (`pip install -r benchmarks/peers.txt` installs them).
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

REPEATS = 3
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def race(file: str, names: Sequence[str], size: int) -> None:
    """Run the contestants one after another and print a line for each."""
    first = 0.0
    for name in names:
        call = [sys.executable, __file__, file, name, str(size)]
        done = subprocess.run(call, capture_output=True, text=True, env=os.environ | ONE_THREAD, check=False)
        if done.returncode:
            print(f"{name:28} not run: {done.stderr.strip().splitlines()[-1]}")
            continue
        found = json.loads(done.stdout.strip().splitlines()[-1])
        first = first or found["seconds"]
        ratio = found["seconds"] / first
        print(
            f"{name:28} {found['seconds']:9.3f} CPU s  x{ratio:7.1f}  peak {found['peak']:7.0f} MB  (data {found['data']:.0f} MB)  {found['said']}"
        )


def best(job: Callable[[], object]) -> tuple[float, object]:
    """Return the CPU seconds of the best run after one that is not counted, and what the job returned."""
    said = job()
    times = []
    for _ in range(REPEATS):
        start = process_time()
        job()
        times.append(process_time() - start)
    return min(times), said


def peak() -> float:
    """Return the largest memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(file: str, name: str, size: int) -> None:
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location("benchmark", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    job = getattr(module, name)(size)
    data = peak()
    seconds, said = best(job)
    print(json.dumps({"seconds": seconds, "peak": peak(), "data": data, "said": said}))


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
