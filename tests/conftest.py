"""What every test shares: English words, no windows, no figure left open, snapshots that can be written again."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from pathlib import Path

import pytest

from ebpm.texts import speaking

os.environ.setdefault("MPLBACKEND", "Agg")
SNAPSHOTS = Path(__file__).parent / "snapshots"


def pytest_addoption(parser):
    parser.addoption("--update-snapshots", action="store_true", help="write tests/snapshots again; read the difference")


@pytest.fixture(autouse=True)
def _english():
    with speaking("en"):
        yield


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def snapshot(request):
    """Return a check that a text is the one kept under a name in tests/snapshots."""

    def check(name: str, text: str) -> None:
        file = SNAPSHOTS / name
        if request.config.getoption("--update-snapshots"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text, f"{name} differs: run pytest --update-snapshots, read the diff"

    return check


@pytest.fixture(scope="module")
def spark():
    """A Spark session on two threads of this machine; skips where there is no pyspark or no Java."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (Debian package openjdk-17-jre-headless)")
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
