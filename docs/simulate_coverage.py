"""Write docs/coverage.csv: how often 95 % intervals hold the truth, by simulation. `make coverage` runs it, in about an hour on two cores.

Words choose lines (`make coverage ROWS="wild cace"` runs those whose room, routine or setting holds one of them); the other lines keep what the file
says, so a new estimator costs its own time only.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from itertools import chain
from pathlib import Path
from zlib import crc32

import coverage_cohorts
import coverage_panels
import coverage_series
import coverage_surveys
import coverage_survival
import coverage_trials
import numpy as np
from coverage_rows import Judged, Row

from ebpm.errors import DesignError

FILE = Path(__file__).with_name("coverage.csv")
SEED, PROCESSES = 20190401, 2
COLUMNS = (
    "room", "routine", "setting", "draws", "without_interval", "coverage", "monte_carlo_error", "median_width", "band_coverage", "notices",
)  # fmt: skip


@cache
def rows() -> tuple[Row, ...]:
    """Return every line of the table in order."""
    return tuple(
        chain(
            coverage_panels.rows(),
            coverage_trials.rows(),
            coverage_surveys.rows(),
            coverage_series.rows(),
            coverage_cohorts.rows(),
            coverage_survival.rows(),
        )
    )


def simulate(place: int) -> dict[str, object]:
    """Run the draws of one line; each draw has a seed of its own, which neither other lines nor the number of processes move."""
    row = rows()[place]
    seeds = np.random.SeedSequence([SEED, crc32(f"{row.room} {row.setting}".encode())]).spawn(row.draws)
    found = [one for seed in seeds for one in _drawn(row, np.random.default_rng(seed))]
    shares = np.array([np.mean(one.held) for one in found if one.held])
    bands = [held for one in found for held in one.band]
    error = np.sqrt(max(float(shares.var()), 1 / len(shares)) / len(shares))
    return dict(zip(COLUMNS, (
        row.room, row.routine, row.setting, row.draws, row.draws - len(shares), f"{shares.mean():.3f}", f"{error:.3f}",
        f"{np.median([width for one in found for width in one.widths]):.3g}", f"{np.mean(bands):.3f}" if bands else "", _codes(found),
    ), strict=True))  # fmt: skip


def _drawn(row: Row, rng: np.random.Generator) -> Iterator[Judged]:
    try:
        yield row.run(rng)
    except DesignError:
        return


def _codes(found: list[Judged]) -> str:
    counts = Counter(code for one in found for code in set(one.codes))
    return " ".join(sorted(code for code, count in counts.items() if 2 * count > len(found)))


def chosen(words: list[str]) -> list[int]:
    """Return the places of the lines that hold one of the words; every line without words."""
    names = [" ".join(_name(row)) for row in rows()]
    return [place for place, name in enumerate(names) if not words or any(word in name for word in words)]


def _name(row: Row) -> tuple[str, str, str]:
    return row.room, row.routine, row.setting


def _recorded() -> dict[tuple[str, ...], dict[str, object]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {tuple(line[column] for column in COLUMNS[:3]): dict(line) for line in csv.DictReader(file)}


def write(found: dict[tuple[str, ...], dict[str, object]]) -> None:
    """Write what is known of each line, in the order of the table."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(found[_name(row)] for row in rows() if _name(row) in found)


def main(words: list[str]) -> None:
    """Run the lines that the words choose, two at a time; each is written when it is done."""
    found = _recorded()
    with ProcessPoolExecutor(PROCESSES) as pool:
        running = {pool.submit(simulate, place): _name(rows()[place]) for place in chosen(words)}
        for done in as_completed(running):
            found[running[done]] = done.result()
            write(found)


if __name__ == "__main__":
    main(sys.argv[1:])
