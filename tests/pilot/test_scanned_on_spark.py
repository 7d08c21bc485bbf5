"""The pilot of the notebook of four sources through Spark, on two threads of this machine."""

import os
import shutil
import sys
import warnings

import pytest

from ebpm import moments
from tests.pilot.any_size import PILOT, answers_of, homes

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


@pytest.mark.usefixtures("session")
@pytest.mark.filterwarnings("ignore")
def test_spark_says_the_same_to_the_last_bit(tmp_path):
    homes(0, 400).to_parquet(tmp_path / "homes.parquet")
    through, held = (
        answers_of(PILOT.evaluate(PILOT.on({"meters": moments.scan(tmp_path, engine=engine)})))
        for engine in ("pyspark", "duckdb")
    )
    assert through == held
    assert set(held) == {"effect", "by_year", "two_way"}
