"""A process that runs a small pilot in children, and kills each at a random moment: `python -m tests.review.faults FOLDER N SEED`."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from ebpm.run import Wish, run_one

QUICK = Wish(notebooks=False, force=True)


def timed(folder: Path) -> float:
    """Return how long a run takes once everything is loaded."""
    run_one(folder, QUICK)
    start = time.perf_counter()
    assert run_one(folder, QUICK).ok
    return time.perf_counter() - start


def killed(folder: Path, after: float) -> bool:
    """Run in a child, kill it after a while, and return whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        run_one(folder, QUICK)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main() -> None:
    """Kill, and say after each kill whether one whole version was there, as `whole N` or `broken N`."""
    folder, times, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    longest = timed(folder)
    versions = [_content(folder / "results")]
    draws = random.Random(seed)
    dead = whole = 0
    for _ in range(times):
        (folder / "results" / "results.json").write_bytes(b"old\n") if draws.random() < 0.5 else None
        versions.append(_content(folder / "results"))
        dead += killed(folder, draws.uniform(0, longest))
        whole += any(_content(one) in versions for one in folder.glob("results*") if not one.name.endswith(".new"))
    assert run_one(folder, QUICK).ok
    left = sorted(one.name for one in folder.iterdir())
    print(dead, whole, _content(folder / "results") == versions[0], *left)


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "run.json"}


if __name__ == "__main__":
    main()
