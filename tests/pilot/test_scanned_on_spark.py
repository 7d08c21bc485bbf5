"""The pilot of the notebook of four sources through Spark, on two threads of this machine."""

import pytest

from ebpm import moments
from tests.pilot.any_size import PILOT, answers_of, homes


@pytest.mark.usefixtures("spark")
@pytest.mark.filterwarnings("ignore")
def test_spark_says_the_same_to_the_last_bit(tmp_path):
    homes(0, 400).to_parquet(tmp_path / "homes.parquet")
    through, held = (
        answers_of(PILOT.evaluate(PILOT.on({"meters": moments.scan(tmp_path, engine=engine)})))
        for engine in ("pyspark", "duckdb")
    )
    assert through == held
    assert set(held) == {"effect", "by_year", "two_way"}
