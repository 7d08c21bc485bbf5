"""Rows that contradict each other are refused from a table that stays where it is in the words of one in memory."""

import pandas as pd
import pytest

from ebpm import did, moments
from ebpm.did import pushed_poisson
from ebpm.did.group_time import streamed_effects
from ebpm.errors import DataError
from tests.moments.test_panels_from_sums import homes

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
PANEL = {"unit": "home", "time": "year"}


def readings():
    data = homes(41, units=30)
    start = data["start"].where(data["start"] > 0, 9999)
    return data.assign(on=(data["year"] >= start).astype(int), age=data["home"].str[1:].astype(int) * 7 % 40)


def twice(data):
    return pd.concat([data, data[data["home"].isin(["家004", "家011"])]])


def moved(column, other):
    def change(data):
        many = data["home"].isin([f"家{k:03d}" for k in range(3, 20)]) & (data["year"] == 2013)
        return data.assign(**{column: data[column].where(~many, other)})

    return change


ROUTINES = {
    "att_gt": lambda data: did.att_gt(data, "kwh", **PANEL, first_treated="start", cluster="ward"),
    "adjusted": lambda data: did.att_gt(
        data, "kwh", **PANEL, first_treated="start", cluster="ward", covariates=["age"]
    ),
    "sun_abraham": lambda data: did.sun_abraham(data, "kwh", **PANEL, first_treated="start", cluster="ward"),
    "twfe": lambda data: did.twfe(data, "kwh", **PANEL, treatment="on", cluster="ward"),
    "covariates": lambda data: did.twfe(data, "kwh", **PANEL, treatment="on", cluster="ward", covariates=["start"]),
    "poisson": lambda data: did.poisson(data, "kwh", **PANEL, treatment="on", cluster="ward"),
}
BROKEN = {
    "panel_duplicates": twice, "panel_cohort_changes": moved("start", 2015), "did_units_not_nested": moved("ward", "w99"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_fits_in_memory(monkeypatch):
    for room in (pushed_poisson, streamed_effects):
        monkeypatch.setattr(room, "fits", lambda found: False)


@pytest.mark.parametrize("code", BROKEN)
@pytest.mark.parametrize("name", ROUTINES)
def test_the_same_words_as_in_memory(name, code, tmp_path):
    if code == "panel_cohort_changes" and name in {"twfe", "covariates", "poisson"}:
        pytest.skip("no cohorts")
    data = BROKEN[code](readings())
    pl.from_pandas(data).write_parquet(tmp_path / "rows.parquet")
    said = []
    for source in (data, tmp_path, pl.from_pandas(data).lazy(), moments.scan(tmp_path, memory=20_000)):
        with pytest.raises(DataError) as refused:
            ROUTINES[name](source)
        said.append([refused.value.code, *(refused.value.explain(lang) for lang in ("ja", "en"))])
    assert said[0][0] == code
    assert said[1:] == said[:1] * 3
