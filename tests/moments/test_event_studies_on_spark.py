"""Event studies with weights and covariates, and triple differences, from Spark: the digits of the other engines."""

import pytest

from ebpm import did, moments
from ebpm.did.staggered import adopted, event_study
from tests.moments.test_covariates_of_panels_from_sums import weather
from tests.moments.test_panels_from_sums import NAMED
from tests.moments.test_triple_from_sums import CELLS, visits
from tests.moments.test_weighted_panels_from_sums import people

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture
def stored(spark, tmp_path):
    """Return scans of a table by Spark and by DuckDB."""

    def store(data):
        file = tmp_path / "rows.parquet"
        data.to_parquet(file)
        return [moments.scan(file, engine=engine) for engine in ("pyspark", "duckdb")]

    return store


def values(found):
    return [(one.term, one.estimate, one.std_error) for one in found]


def test_weights_of_units(stored):
    both = [did.sun_abraham(one, "kwh", **NAMED, weights="people") for one in stored(people("decimal", gaps=0.05))]
    assert values(both[0].aggregate("event")) == values(both[1].aggregate("event"))


def test_covariates(stored, monkeypatch):
    for room in (event_study, adopted):
        monkeypatch.setattr(room, "fits", lambda scan: False)
    data = weather(21, units=30, gaps=0.05)
    both = [did.sun_abraham(one, "kwh", **NAMED, covariates=["heat"]) for one in stored(data)]
    assert values(both[0].aggregate("event")) == values(both[1].aggregate("event"))


def test_triple_differences(stored):
    both = [did.triple(one, "y", **CELLS, cluster="clinic", covariates=["age"]) for one in stored(visits(3))]
    assert values(both[0]) == values(both[1])
