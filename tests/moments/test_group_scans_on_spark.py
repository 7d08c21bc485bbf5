"""Sums by keys from Spark, on two threads of this machine."""

import pytest

from ebpm import moments
from ebpm.moments.scans.group_scan import scan_groups
from tests.moments.test_group_scans import PLAIN, WEIGHTED, people
from tests.moments.test_scans_on_spark import pytestmark, session

__all__ = ["pytestmark", "session"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("request_", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
def test_spark_agrees_to_the_last_bit(session, tmp_path, request_):
    file = tmp_path / "people.parquet"
    people(1).to_parquet(file)
    found, held = (scan_groups(moments.scan(file, engine=engine), request_) for engine in ("pyspark", "duckdb"))
    assert found.digest == held.digest
