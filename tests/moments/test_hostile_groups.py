"""Numbers and times that are easily mistaken: values below any decimal place, squares beyond floats, months of another time zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import its, moments, rct
from ebpm.errors import DataError

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")


def pupils() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    school = rng.integers(0, 30, 900)
    return pd.DataFrame({"school": school, "arm": school % 2, "score": rng.normal(50, 9, 900).round(1)})


def effect(data: object) -> tuple[float, float]:
    found = rct.difference_in_means(data, "score", treatment="arm", cluster="school").headline
    return found.estimate, found.std_error


@pytest.mark.parametrize("scale", [1e-9, 1e-7, 1e-4, 1.0, 1e9])
@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_the_unit_of_the_outcome_does_not_matter(scale, engine, tmp_path):
    data = pupils()
    data["score"] *= scale
    data.to_parquet(tmp_path / "pupils.parquet")
    np.testing.assert_allclose(
        effect(moments.scan(tmp_path / "pupils.parquet", engine=engine)), effect(data), rtol=1e-9
    )


def test_values_whose_squares_no_float_holds_are_refused():
    data = pupils()
    data["score"] *= 1e300
    with pytest.raises(DataError) as refused:
        effect(pl.from_pandas(data).lazy())
    assert refused.value.code == "scan_too_large"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "+09:00", "UTC", "Asia/Kolkata"])
def test_months_are_those_of_the_zone_in_which_times_were_written(zone, tmp_path):
    at = pd.date_range("2024-01-01", "2024-06-30 23:00", freq="h", tz=zone)
    pq.write_table(pa.table({"at": pa.array(at.tz_convert("UTC"), pa.timestamp("us", zone))}), tmp_path / "a.parquet")
    for engine in ("duckdb", "polars"):
        frame = its.event_series(moments.scan(tmp_path / "a.parquet", engine=engine), "at").frame
        assert frame["events"].tolist() == [24 * days for days in (31, 29, 31, 30, 31, 30)]


def test_times_of_several_zones_are_refused(tmp_path):
    at = pd.date_range("2024-01-01", periods=3, tz="Asia/Tokyo")
    pd.DataFrame({"at": at, "sent": at.tz_convert("UTC")}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError) as refused:
        moments.scan(tmp_path / "a.parquet")
    assert refused.value.code == "scan_zones"
