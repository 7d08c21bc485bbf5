"""Panels as people bring them: the same answers and the same codes where the table lies as in memory, on every engine."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ebpm import did, moments
from ebpm.errors import DataError, EbpmError

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
pytest.importorskip("polars")
pytest.importorskip("duckdb")


def homes() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    unit, year = np.repeat(np.arange(60), 5), np.tile(np.arange(2010, 2015), 60)
    start = np.repeat(rng.choice([0, 2012, 2013], 60), 5)
    on = (year >= start) & (start > 0)
    kwh = (10 + rng.normal(size=300) + on).round(2)
    data = pd.DataFrame({"unit": unit, "year": year, "start": start, "kwh": kwh, "on": on.astype(int)})
    return data.sample(frac=1, random_state=2).reset_index(drop=True)


def days(years: pd.Series) -> pd.Series:
    return pd.to_datetime(years.where(years > 0).map(lambda year: None if np.isnan(year) else f"{year:.0f}-04-01"))


def written(column: str):
    return lambda data: {column: " " + data[column].astype(str)}


CASES = {
    "plain": lambda data: {},
    "labels": lambda data: {"unit": "世帯" + data["unit"].astype(str)},
    "outcome as text": written("kwh"),
    "years as text": written("year"),
    "cohorts as text": written("start"),
    "treatment as text": written("on"),
    "words as outcome": lambda data: {"kwh": "多い"},
    "words as years": lambda data: {"year": data["year"].astype(str) + "年度"},
    "dates": lambda data: {"year": days(data["year"]).dt.date, "start": days(data["start"]).dt.date},
    "times": lambda data: {"year": days(data["year"]), "start": days(data["start"])},
    "never is before all time": lambda data: {"start": data["start"].replace(0, -np.inf)},
    "never is missing": lambda data: {"start": data["start"].astype("Int64").replace(0, pd.NA)},
    "infinite": lambda data: {"kwh": data["kwh"].where(data.index != 3, np.inf)},
    "missing": lambda data: {"kwh": data["kwh"].where(data.index != 3)},
    "large": lambda data: {"kwh": data["kwh"] * 1e15},
    "decimals": lambda data: {"kwh": [Decimal(f"{value:.2f}") for value in data["kwh"]]},
}
JOBS = {
    "att_gt": lambda data: did.att_gt(data, "kwh", unit="unit", time="year", first_treated="start").aggregate("simple"),
    "twfe": lambda data: did.twfe(data, "kwh", unit="unit", time="year", treatment="on", cluster="unit"),
}


def answer(job, data):
    try:
        found = job(data).headline
    except EbpmError as error:
        return error.code
    return found.estimate, found.std_error


def same(folder, case, engine):
    data = homes()
    data = data.assign(**CASES[case](data))
    table = pa.Table.from_pandas(data, preserve_index=False)
    for place, part in enumerate((table[:100], table[:0], table[100:])):
        pq.write_table(part, folder / f"{place}.parquet", coerce_timestamps="us")
    for job in JOBS.values():
        held, found = answer(job, data), answer(job, moments.scan(folder, engine=engine))
        assert found == (held if isinstance(held, str) else pytest.approx(held, rel=1e-8))


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("case", CASES)
def test_as_in_memory(case, engine, tmp_path):
    same(tmp_path, case, engine)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", ["labels", "outcome as text", "dates", "infinite", "large"])
def test_as_in_memory_on_spark(case, spark, tmp_path):
    same(tmp_path, case, "pyspark")


@pytest.mark.parametrize("memory", [0, -1, 1e9, "1GB", True])
def test_a_budget_is_a_number_of_bytes(memory):
    with pytest.raises(DataError) as refused:
        moments.scan(homes(), memory=memory)
    assert refused.value.code == "scan_memory"
    assert repr(memory) in str(refused.value)
