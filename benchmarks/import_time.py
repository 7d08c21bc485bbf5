"""How long `import ebpm` takes beside `import numpy`, each in fresh processes; the aim is a fifth or less."""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
TARGET = 0.2
SCRIPT = "from time import perf_counter as now; start = now(); import {module}; print(now() - start)"


def seconds(module: str) -> float:
    """Return the time of one import in a process of its own."""
    command = [sys.executable, "-c", SCRIPT.format(module=module)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def main() -> int:
    """Measure in turns, so that a change of load meets both; print medians and their ratio."""
    seconds("numpy"), seconds("ebpm")
    rounds = [(seconds("ebpm"), seconds("numpy")) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"import ebpm  {1000 * ours:7.1f} ms")
    print(f"import numpy {1000 * theirs:7.1f} ms")
    print(f"ratio        {ours / theirs:7.3f}   (aim: {TARGET} or less; medians of {ROUNDS} fresh processes)")
    return 0 if ours <= TARGET * theirs else 1


if __name__ == "__main__":
    sys.exit(main())
