"""The same whole numbers from Spark, on two threads of this machine."""

import os
import shutil
import sys
import warnings

import pytest

from ebpm import moments
from ebpm.moments.scans.path_scan import PathRequest, scan_paths
from tests.moments.test_scans import COHORTS, digest, homes

sql = pytest.importorskip("pyspark.sql")
pytestmark = pytest.mark.skipif(
    shutil.which("java") is None, reason="Java is not installed (Debian package openjdk-17-jre-headless)"
)


@pytest.fixture(scope="module")
def session():
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    quiet = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        running = sql.SparkSession.builder.master("local[2]").config(map=quiet).getOrCreate()
        running.sparkContext.setLogLevel("ERROR")
        yield running
        running.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_agrees_to_the_last_bit(session, tmp_path):
    file = tmp_path / "homes.parquet"
    homes(1).to_parquet(file)
    request = PathRequest(**COHORTS)
    assert digest(scan_paths(moments.scan(file, engine="pyspark"), request)) == digest(
        scan_paths(moments.scan(file), request)
    )
