"""The same whole numbers from Spark, on two threads of this machine."""

import pytest

from ebpm import moments
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from tests.moments.test_scans import COHORTS, digest, homes


@pytest.mark.filterwarnings("ignore")
def test_spark_agrees_to_the_last_bit(spark, tmp_path):
    file = tmp_path / "homes.parquet"
    homes(1).to_parquet(file)
    request = PathRequest(**COHORTS)
    assert digest(scan_paths(moments.scan(file, engine="pyspark"), request)) == digest(
        scan_paths(moments.scan(file), request)
    )
