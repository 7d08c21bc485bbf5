"""Sums by keys from Spark, on two threads of this machine."""

import pandas as pd
import pytest

from ebpm import moments
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from tests.moments.test_group_scans import PLAIN, WEIGHTED, people

LABELS = GroupRequest(keys=("on", "day"), numbers=("age",))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("request_", [PLAIN, WEIGHTED, LABELS], ids=["plain", "weighted", "labels"])
def test_spark_agrees_to_the_last_bit(spark, tmp_path, request_):
    del spark
    file = tmp_path / "people.parquet"
    people(1).to_parquet(file)
    found, held = (scan_groups(moments.scan(file, engine=engine), request_) for engine in ("pyspark", "duckdb"))
    assert found.digest == held.digest


@pytest.mark.filterwarnings("ignore")
def test_the_time_zone_of_the_session_moves_no_month(spark, tmp_path):
    times = pd.to_datetime(["2016-03-31 15:30", "2016-04-01 00:30", "2016-04-30 23:59"])
    pd.DataFrame({"at": times, "day": times.date}).to_parquet(tmp_path / "events.parquet")
    zone = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    table = moments.scan(tmp_path, engine="pyspark")
    for column in ("at", "day"):
        found = scan_groups(table, GroupRequest(keys=(column,), dates={column: "month"}))
        assert [label.isoformat() for label in found.labels(column)] == ["2016-03-01", "2016-04-01"]
        assert found.counts.tolist() == [1, 2]
    spark.conf.set("spark.sql.session.timeZone", zone)
