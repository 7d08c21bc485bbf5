"""Write docs/benchmarks.md from docs/benchmarks.csv, which `make bench RECORD=docs/benchmarks.csv` writes."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal, Self

PAGE = Path(__file__).with_name("benchmarks.md")
LINES = Path(__file__).with_name("benchmarks.csv")
HEAD = """\
# Benchmarks

CPU seconds, of all threads of a process together, of the best of three runs after one that does not count. Each contestant runs in a
process of its own, one after the other, with numpy, numba, Rust and Polars on one thread. Data are in memory before the clock starts, but
in the sections "from Parquet", whose tables stay in files. The ratio is to ebpm of the same run: 10 means ten times as long as ebpm; where
peers ran on another day, the last column says so. Memory is the most that the process held while it ran; what it held with the data and the
imported packages stands in brackets. The machine had two cores and now and then other work: seconds of two runs differ by up to a half,
ratios by a tenth or two. An aim was set before it was measured; where one is missed, the words below it say why. Times and memory can be had
again by `make bench RECORD=docs/benchmarks.csv`, with the peers of `benchmarks/peers.txt`. Written by `docs/make_benchmark_table.py`.
"""
MISSED = "**Missed.**"
COLUMNS = """
| rows | contestant | by | CPU seconds | ratio | peak MB (before) | run on |
| --: | --- | --- | --: | --: | --: | --- |
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One contestant's run, as the benchmarks record it."""

    what: str
    size: int
    contestant: str
    package: str
    seconds: float
    peak: float
    data: float
    date: str

    @classmethod
    def of(cls, row: dict[str, str]) -> Self:
        """Read a row of the file."""
        numbers = (float(row[name]) for name in ("cpu_seconds", "peak_mb", "data_mb"))
        return cls(row["what"], int(row["size"]), row["contestant"], row["package"], *numbers, row["date"])

    @property
    def ours(self) -> bool:
        """Whether ebpm ran."""
        return self.package.startswith("ebpm ")

    @property
    def yardstick(self) -> bool:
        """Whether a step of the work ran and nothing else."""
        return self.package.startswith(("numpy", "duckdb"))


@dataclass(frozen=True, slots=True)
class Aim:
    """What was aimed at before it was measured.

    Parameters
    ----------
    what : job.
    kind : "peer": the fastest peer takes at least `ratio` times as long; "yardstick": we take at most `ratio` times as long as it;
        "seconds": at most `ratio` seconds.
    ratio : the number aimed at.
    share : of the work that the peers were given.
    by : the peer, where the aim names one; where empty, all that ran.
    """

    what: str
    kind: Literal["peer", "yardstick", "seconds"]
    ratio: float
    share: float = 1
    by: str = ""

    def verdict(self, lines: Sequence[Line]) -> str:
        """Say the aim, what was measured and whether it was met."""
        ours = next(one.seconds for one in lines if one.ours)
        peers = [one.seconds for one in lines if not one.ours and not one.yardstick and one.package.startswith(self.by)]
        if self.kind == "seconds":
            return _said(f"at most {self.ratio:g} seconds", f"{ours:.2g}", met=ours <= self.ratio)
        if self.kind == "yardstick":
            found = ours / next(one.seconds for one in lines if one.yardstick)
            return _said(f"at most {self.ratio:g} times the yardstick", f"{found:.2g}", met=found <= self.ratio)
        if not peers:
            return f"Aim: {self._faster}. No peer ran to the end here.\n"
        found = min(peers) / ours / self.share
        return _said(self._faster, f"{found:.3g}", met=found >= self.ratio)

    @property
    def _faster(self) -> str:
        return f"at least {self.ratio:g} times faster than {self.by or 'the fastest peer'}"


IN_FILES = (
    "Group-time effects from Parquet, 20 periods, 5 cohorts", "Two-way fixed effects from Parquet, errors by unit",
    "Cluster trial from Parquet, CR2, 2,000 clusters", "Events from Parquet to months",
)  # fmt: skip
GROUP_TIME = "Group-time effects, 20 periods, 9 cohorts"
AIMS = (
    Aim(GROUP_TIME, "peer", 15), Aim(GROUP_TIME, "yardstick", 3),
    Aim(f"{GROUP_TIME}, doubly robust with 3 covariates", "peer", 5),
    Aim("Two-way fixed effects, errors by unit", "peer", 2),
    Aim("Honest intervals, relative magnitudes, 10 coefficients, 4 bounds", "seconds", 1),
    Aim("Honest intervals, smoothness, 10 coefficients, 4 bounds", "seconds", 1),
    Aim("Randomisation test, studentised, 10,000 draws", "peer", 20, 0.01, "pyfixest"),
    Aim("Randomisation test, studentised, 10,000 draws", "yardstick", 3),
    Aim("Randomisation test, difference in means, 10,000 draws", "peer", 20, 0.01, "pyfixest"),
    Aim("Randomisation test, difference in means, 10,000 draws", "yardstick", 3),
    Aim("Randomisation test of 100 clusters, 10,000 draws", "peer", 500, 0.01, "pyfixest"),
    Aim("Wild cluster bootstrap, 50 clusters, 9,999 draws", "peer", 5),
    Aim("Romano-Wolf, 16 outcomes, 10,000 draws", "seconds", 2),
    Aim("Lin's adjustment with CR2, 6 covariates, 1,000 clusters", "yardstick", 2),
    Aim("Cox's model with ties by Efron, 5 covariates", "peer", 0.5),
    Aim("All methods on a series of 200 points", "seconds", 1),
    Aim("Impact by a structural forecast with a control, 200 points", "peer", 200),
    *(Aim(what, "yardstick", 3) for what in IN_FILES),
    Aim("Power of a series of 200 points, 1,000 draws", "seconds", 10),
)  # fmt: skip
FILES = (
    "The table stays in Parquet files of five million rows, compressed by zstd; after the run that does not count the system holds them in its cache. "
    "DuckDB runs on as many threads as the machine has cores. The first yardstick is DuckDB adding up the same columns (the aim is set against it), the second "
    "DuckDB handing them over as Arrow."
)
FEW_ROWS = (
    "Where rows are few, what does not depend on them counts: some hundredths of a second to open the engine, look at the columns and "
    "compute errors from the sums. A plain scan of a million rows takes less than that."
)
WHY = {
    IN_FILES[0]: FEW_ROWS,
    IN_FILES[1]: FEW_ROWS,
    IN_FILES[
        2
    ]: "The yardstick adds up three narrow columns where they lie. ebpm takes every value over (the second yardstick), looks whether one is "
    "missing, and adds exact whole numbers, their squares and counts for each of 2,000 schools. This costs about as much a row as the panels above, but "
    f"the scan that it is set against is cheaper here. {FEW_ROWS}",
    IN_FILES[3]: FEW_ROWS,
}
NOTES = {
    "All methods on a series of 200 points": "Eight kinds of errors and three families of segmented regression, ARIMA by maximum and restricted likelihood, "
    "structural models with a control and without, each with its total impact; 1,999 blocks, and the search for a change point with 999 series.",
    "Impact by a structural forecast with a control, 200 points": "ebpm averages over how much the level moves, by exact likelihood, and gives the effect of every "
    "period and its running total with intervals. CausalPy 0.9 samples a regression without correlated errors (two chains); it ran in the same environment and run as "
    "ebpm. tfcausalimpact, which fits the structural model by variational inference, needs an older environment and was not measured with these.",
    "Structural forecast by maximum likelihood, 200 points": "ebpm with every period's effect and running total; statsmodels with the forecast and its intervals.",
    "Power of a series of 200 points, 1,000 draws": "Of the recommended errors, a level change of one standard deviation, autocorrelation 0.3.",
    "Cox's model with ties by Efron, 5 covariates": "The times of 100,000 persons are whole days, some 700 of them distinct. ebpm also tests proportional "
    "hazards, lifelines prepares a baseline and its standard errors, scikit-survival gives coefficients alone. The aim was to take at most twice as "
    "long as the fastest peer.",
    "Two-way fixed effects, errors by unit": (
        "ebpm with one covariate and gaps. Rows are in no order, but for `ebpm_in_order`, whose rows are in order of unit and period. "
        "From two million rows on ebpm goes through cells of units and periods instead of rows."
    ),
    "Honest intervals, relative magnitudes, 10 coefficients, 4 bounds": "ebpm also searches the breakdown value. diff-diff is faster, by "
    "taking the largest step between the estimated coefficients before treatment as if it were known, and going 1.96 standard errors beyond. With one "
    "coefficient before treatment and a steady trend, where the bound of one holds exactly, its 95 % intervals held the truth in 85 to 89 % of 1,000 "
    "samples (ours in 94 to 99 % of 300); with three before treatment both held it in 98 % and more, and theirs are 7 to 27 % shorter. "
    "`benchmarks/honest_coverage.py` draws the samples.",
    GROUP_TIME: "ebpm returns the joint covariance of all effects and a simultaneous band; the peers were asked for standard errors alone. "
    "The yardstick makes the frame wide. statspai, moderndid and differences are of an earlier run that day. The R package fastdid was not measured.",
    "Randomisation test, studentised, 10,000 draws": "pyfixest drew 100 times, a hundredth of ours: seconds and ratio are of these, the "
    "comparison with the aim is by draw. statspai drew as often as ebpm. ebpm also inverts the test to an interval, the peers do not. The "
    "yardstick draws the assignments by `numpy.random.Generator.permutation` and computes nothing. R's ri2 was not measured.",
    "Randomisation test, difference in means, 10,000 draws": "pyfixest drew 100 times, a hundredth of ours: seconds and ratio are of these, the "
    "comparison with the aim is by draw. statspai drew as often as ebpm. No side studentises; ebpm also inverts the test to an interval.",
    "Randomisation test of 100 clusters, 10,000 draws": "pyfixest drew 100 times, a hundredth of ours: seconds and ratio are of these, the "
    "comparison with the aim is by draw, with the faster of its two kinds. Its test of clusters wants the treatment as a float and ends with an "
    "error where it is a whole number. statspai drew as often as ebpm. ebpm also inverts the test to an interval.",
    "Randomisation test, all assignments of 20 clusters": "184,756 assignments, and the interval by inversion.",
    "Wild cluster bootstrap, 50 clusters, 9,999 draws": "ebpm also inverts the test to an interval; the peers give the p value alone.",
    IN_FILES[
        0
    ]: f"{FILES} The panel is in no order. diff-diff needs the table in memory, which it has before the clock starts, and was asked up to ten million rows.",
    IN_FILES[
        1
    ]: f"{FILES} The panel is in no order. duckreg reads the files as ebpm does, and gives no standard error; pyfixest needs the table in memory, which it has "
    "before the clock starts, and was asked up to ten million rows.",
    IN_FILES[2]: f"{FILES} No peer was measured.",
    IN_FILES[3]: f"{FILES} No peer was measured.",
    "Inverse probability weights from Parquet, an aggregation a step": f"{FILES} Four covariates and a square; the budget is 32 MB, so that every step of the "
    "fit and of the stacked errors is an aggregation by the engine, where `weights_ebpm_memory` reads the table once and keeps it: the price of a table "
    "that does not fit. No peer was measured.",
    "Lin's adjustment with CR2, 6 covariates, 1,000 clusters": "The yardstick is `numpy.linalg.lstsq` on the same matrix.",
}


def page() -> str:
    """Return the page: a section a job."""
    with LINES.open(encoding="utf-8", newline="") as rows:
        lines = [Line.of(row) for row in csv.DictReader(rows)]
    order = list(dict.fromkeys(line.what for line in lines))
    lines.sort(key=lambda line: (order.index(line.what), line.size))
    return HEAD + "".join(_section(what, list(group)) for what, group in groupby(lines, key=lambda line: line.what))


def _section(what: str, lines: Sequence[Line]) -> str:
    runs = [list(run) for _, run in groupby(lines, key=lambda line: line.size)]
    rows = "".join(row for run in runs for row in _rows(run))
    note = f"\n{NOTES[what]}\n" if what in NOTES else ""
    compared = [run for run in runs if any(not one.ours for one in run)] or runs
    said = [(run, aim) for run in compared for aim in AIMS if aim.what == what]
    verdicts = "".join(f"- {run[0].size:,} rows. {aim.verdict(run)}" for run, aim in said)
    verdicts += f"- Why: {WHY[what]}\n" if MISSED in verdicts else ""
    verdicts += "".join(f"- {said}\n" for said in _growth(lines))
    return f"\n## {what}\n{note}{COLUMNS}{rows}" + (f"\n{verdicts}" if verdicts else "")


def _growth(lines: Sequence[Line]) -> Iterator[str]:
    """Say how much time a million rows take at each size of a contestant of ours that ran at several."""
    for name in dict.fromkeys(line.contestant for line in lines if line.ours):
        runs = sorted((line.size, line.seconds) for line in lines if line.contestant == name)
        if len(runs) > 2:
            found = ", ".join(f"{1e6 * seconds / size:.3g} at {size:,}" for size, seconds in runs)
            yield f"Growth of `{name}`, CPU seconds for a million rows: {found}."


def _rows(run: Sequence[Line]) -> Iterator[str]:
    ours = next((one.seconds for one in run if one.ours), None)
    for one in run:
        cells = (
            f"{one.size:,}", f"`{one.contestant}`" + (" (yardstick)" if one.yardstick else ""), one.package, f"{one.seconds:.3g}",
            f"{one.seconds / ours:.3g}" if ours else "", f"{one.peak:.0f} ({one.data:.0f})", one.date,
        )  # fmt: skip
        yield "| " + " | ".join(cells) + " |\n"


def _said(aim: str, found: str, *, met: bool) -> str:
    return f"Aim: {aim}. Measured: {found}. {'Met.' if met else MISSED}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
