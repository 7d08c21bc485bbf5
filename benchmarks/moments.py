"""Tables of 1, 10 and 50 million rows that stay in Parquet files, beside a plain scan of the same columns and beside peers.

Run `python benchmarks/moments.py [rows ...]`. The files are written once, from a seed, into the folder that the environment variable
BENCHMARK_DATA names (a temporary one that is removed otherwise). The first line of each job is the yardstick: DuckDB reads the same columns
and adds each up; the second hands them over as Arrow. Peers that read the whole table into memory are asked up to ten million rows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from contest import race

SIZES = (1_000_000, 10_000_000, 50_000_000)
PERIODS, PART, SCHOOLS = 20, 250_000, 2_000
FIT, PANEL, TREATED = 10_000_000, ["unit", "year", "start", "kwh"], ["unit", "year", "treated", "kwh"]
TRIAL, EVENTS = ["school", "arm", "score"], ["day"]
NAMED = {"unit": "unit", "time": "year"}
PATIENT, ADJUSTED = ["event", "statin", "age", "bmi", "sex", "smoke"], ["age", "age^2", "bmi", "sex", "smoke"]
SMALL = 2**25  # bytes, so that no table fits and every step is an aggregation
Job = Callable[[], str]


def folder(kind: str, rows: int) -> Path:
    """Return the folder of the files of one table."""
    return Path(os.environ["BENCHMARK_DATA"]) / f"{kind}_{rows}"


def write(rows: int) -> None:
    """Write the tables of one size where they are not there yet: a panel in no order, a cluster trial, events, and patients."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for kind, parts in (("panel", _panel), ("trial", _trial), ("events", _events), ("patients", _patients)):
        if folder(kind, rows).with_suffix(".done").exists():
            continue
        folder(kind, rows).mkdir(parents=True, exist_ok=True)
        for place, part in enumerate(parts(rows)):
            pq.write_table(pa.table(part), folder(kind, rows) / f"{place:04d}.parquet", compression="zstd")
        folder(kind, rows).with_suffix(".done").touch()


def _panel(rows: int) -> Iterator[dict[str, Any]]:
    rng, years = np.random.default_rng(20190401), np.arange(2000, 2000 + PERIODS)
    for begin in range(0, rows // PERIODS, PART):
        unit = np.arange(begin, min(begin + PART, rows // PERIODS))
        start = rng.choice([0, 2008, 2011, 2014, 2017], len(unit))
        on = (years >= start[:, None]) & (start[:, None] > 0)
        level = rng.standard_normal((len(unit), 1)) * 5
        kwh = 50 + level + 0.3 * (years - 2000) + 1.5 * on + 2 * rng.standard_normal((len(unit), PERIODS))
        order = rng.permutation(len(unit) * PERIODS)
        columns = {
            "unit": np.repeat(unit, PERIODS), "year": np.tile(years.astype(np.int16), len(unit)),
            "start": np.repeat(start.astype(np.int16), PERIODS), "treated": on.ravel().astype(np.int8), "kwh": kwh.round(2).ravel(),
        }  # fmt: skip
        yield {name: values[order] for name, values in columns.items()}


def _trial(rows: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(20190402)
    shared = rng.standard_normal(SCHOOLS)
    for begin in range(0, rows, PART * PERIODS):
        school = np.sort(rng.integers(0, SCHOOLS, min(PART * PERIODS, rows - begin))).astype(np.int16)
        score = 50 + 0.2 * (school % 2) + shared[school] + rng.standard_normal(len(school)) * 9
        yield {"school": school, "arm": (school % 2).astype(np.int8), "score": score.round(1)}


def _events(rows: int) -> Iterator[dict[str, Any]]:
    rng, first = np.random.default_rng(20190403), date(2014, 4, 1)
    days = np.array([first + timedelta(days=k) for k in range(96 * 30)], dtype="datetime64[D]")
    for begin in range(0, rows, PART * PERIODS):
        yield {"day": days[rng.integers(0, len(days), min(PART * PERIODS, rows - begin))]}


def _patients(rows: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(20190404)
    for begin in range(0, rows, PART * PERIODS):
        size = min(PART * PERIODS, rows - begin)
        age, sex, smoke = rng.integers(40, 90, size), rng.integers(0, 2, size), rng.integers(0, 3, size)
        bmi = rng.normal(24, 3.5, size).round(1)
        treated = rng.random(size) < 1 / (
            1 + np.exp(1.2 - 0.02 * (age - 60) - 0.05 * (bmi - 24) - 0.2 * sex - 0.2 * smoke)
        )
        event = rng.random(size) < 1 / (1 + np.exp(2 - 0.03 * (age - 60) - 0.2 * smoke + 0.4 * treated))
        yield {
            "age": age.astype(np.int16), "bmi": bmi, "sex": sex.astype(np.int8), "smoke": smoke.astype(np.int8),
            "statin": treated.astype(np.int8), "event": event.astype(np.int8),
        }  # fmt: skip


def _plain(kind: str, columns: list[str], rows: int) -> Job:
    import duckdb

    relation = duckdb.connect().read_parquet(str(folder(kind, rows) / "*.parquet"))
    sums = ", ".join(f"sum({name})" if name != "day" else "sum(day - DATE '2014-04-01')" for name in columns)
    return lambda: str(relation.aggregate(sums).fetchall()[0])


def _arrow(kind: str, columns: list[str], rows: int) -> Job:
    import duckdb

    relation = duckdb.connect().read_parquet(str(folder(kind, rows) / "*.parquet")).select(*columns)
    read = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
    return lambda: f"{sum(batch.num_rows for batch in read(1 << 17)):,} rows"


def _said(found: Any) -> str:
    return f"{found.estimate:.10f} ({found.std_error:.10f})"


def att_scan_duckdb(rows: int) -> Job:
    return _plain("panel", PANEL, rows)


def att_arrow_duckdb(rows: int) -> Job:
    return _arrow("panel", PANEL, rows)


def _att(rows: int, engine: str) -> Job:
    from ebpm import did, moments

    def job() -> str:
        readings = moments.scan(folder("panel", rows), engine=engine)
        return _said(did.att_gt(readings, "kwh", **NAMED, first_treated="start").aggregate("simple").headline)

    return job


def att_ebpm(rows: int) -> Job:
    return _att(rows, "duckdb")


def att_ebpm_polars(rows: int) -> Job:
    return _att(rows, "polars")


def att_diff_diff(rows: int) -> Job:
    from diff_diff import CallawaySantAnna

    data = _frame("panel", PANEL, rows)

    def job() -> str:
        found = CallawaySantAnna(control_group="not_yet_treated").fit(
            data, outcome="kwh", unit="unit", time="year", first_treat="start"
        )
        return f"{found.overall_att:.10f} ({found.overall_se:.10f})"

    return job


def twfe_scan_duckdb(rows: int) -> Job:
    return _plain("panel", TREATED, rows)


def twfe_arrow_duckdb(rows: int) -> Job:
    return _arrow("panel", TREATED, rows)


def twfe_ebpm(rows: int) -> Job:
    from ebpm import did, moments

    return lambda: _said(
        did.twfe(moments.scan(folder("panel", rows)), "kwh", **NAMED, treatment="treated", cluster="unit").headline
    )


def twfe_duckreg(rows: int) -> Job:
    from duckreg.estimators import DuckDoubleDemeaning

    table = f"read_parquet('{folder('panel', rows) / '*.parquet'}')"
    named = {"outcome_var": "kwh", "treatment_var": "treated", "unit_col": "unit", "time_col": "year"}

    def job() -> str:
        model = DuckDoubleDemeaning(db_name=":memory:", table_name=table, **named, seed=1, n_bootstraps=0)
        model.fit()
        return f"{np.ravel(model.point_estimate)[-1]:.10f} (without a standard error)"

    return job


def twfe_pyfixest(rows: int) -> Job:
    import pyfixest

    data = _frame("panel", TREATED, rows)

    def job() -> str:
        found = pyfixest.feols("kwh ~ treated | unit + year", data, vcov={"CRV1": "unit"})
        return f"{found.coef().iloc[0]:.10f} ({found.se().iloc[0]:.10f})"

    return job


def trial_scan_duckdb(rows: int) -> Job:
    return _plain("trial", TRIAL, rows)


def trial_arrow_duckdb(rows: int) -> Job:
    return _arrow("trial", TRIAL, rows)


def trial_ebpm(rows: int) -> Job:
    from ebpm import moments, rct

    def job() -> str:
        pupils = moments.scan(folder("trial", rows))
        found = rct.difference_in_means(pupils, "score", treatment="arm", cluster="school").headline
        return f"{_said(found)}, df {found.df:.3f}"

    return job


def events_scan_duckdb(rows: int) -> Job:
    return _plain("events", EVENTS, rows)


def events_arrow_duckdb(rows: int) -> Job:
    return _arrow("events", EVENTS, rows)


def events_ebpm(rows: int) -> Job:
    from ebpm import its, moments

    return lambda: f"{its.event_series(moments.scan(folder('events', rows)), 'day').frame['events'].sum():,.0f} events"


def weights_scan_duckdb(rows: int) -> Job:
    return _plain("patients", PATIENT, rows)


def weights_arrow_duckdb(rows: int) -> Job:
    return _arrow("patients", PATIENT, rows)


def _weights(data: Any) -> Job:
    from ebpm import cohort

    return lambda: _said(cohort.iptw(data, "event", treatment="statin", covariates=ADJUSTED).estimates.headline)


def weights_ebpm(rows: int) -> Job:
    from ebpm import moments

    return _weights(moments.scan(folder("patients", rows), memory=SMALL))


def weights_ebpm_polars(rows: int) -> Job:
    from ebpm import moments

    return _weights(moments.scan(folder("patients", rows), engine="polars", memory=SMALL))


def weights_ebpm_memory(rows: int) -> Job:
    return _weights(_frame("patients", PATIENT, rows))


def _frame(kind: str, columns: list[str], rows: int) -> Any:
    """Return a table in memory, for peers that take nothing else."""
    import pyarrow.parquet as pq

    if rows > FIT:
        raise MemoryError("not tried: the whole table would have to fit into memory several times over")
    return pq.read_table(folder(kind, rows), columns=columns).to_pandas()


JOBS = {
    "Group-time effects from Parquet, 20 periods, 5 cohorts": [
        "att_scan_duckdb", "att_arrow_duckdb", "att_ebpm", "att_ebpm_polars", "att_diff_diff",
    ],
    "Two-way fixed effects from Parquet, errors by unit": [
        "twfe_scan_duckdb", "twfe_arrow_duckdb", "twfe_ebpm", "twfe_duckreg", "twfe_pyfixest",
    ],
    "Cluster trial from Parquet, CR2, 2,000 clusters": ["trial_scan_duckdb", "trial_arrow_duckdb", "trial_ebpm"],
    "Events from Parquet to months": ["events_scan_duckdb", "events_arrow_duckdb", "events_ebpm"],
    "Inverse probability weights from Parquet, an aggregation a step": [
        "weights_scan_duckdb", "weights_arrow_duckdb", "weights_ebpm", "weights_ebpm_polars", "weights_ebpm_memory",
    ],
}  # fmt: skip


def main(sizes: list[int]) -> None:
    """Write the files and run every job at every size."""
    with TemporaryDirectory() as temporary:
        os.environ.setdefault("BENCHMARK_DATA", temporary)
        for rows in sizes:
            write(rows)
            for what, names in JOBS.items():
                race(__file__, names, rows, what)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or list(SIZES))
