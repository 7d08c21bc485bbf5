"""Panels from Spark, on two threads of this machine: the digits of the other engines."""

import pytest

from ebpm import did, moments
from ebpm.did import pushed_poisson
from ebpm.did.group_time import streamed_effects
from tests.moments.test_panels_from_sums import NAMED, homes
from tests.moments.test_poisson_from_scans import fitted, visits
from tests.moments.test_row_regressions import PANEL, rows
from tests.moments.test_weighted_att_gt_from_sums import people

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture
def stored(spark, tmp_path):
    """Return a table, and scans of it by Spark and by DuckDB."""

    def store(data):
        file = tmp_path / "rows.parquet"
        data.to_parquet(file)
        return [moments.scan(file, engine=engine) for engine in ("pyspark", "duckdb")]

    return store


def values(found):
    return [(one.term, one.estimate, one.std_error) for one in found]


def test_event_studies_are_the_same_to_the_last_digit(stored):
    both = [did.event_study(one, "kwh", **NAMED) for one in stored(homes(21, units=30, gaps=0.05))]
    assert values(both[0]) == values(both[1])


@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("kind", ["decimal", "continuous"])
def test_weighted_group_time_effects_are_the_same_to_the_last_digit(stored, kind, cluster):
    data = people(kind, 25, units=30, gaps=0.05, noise=kind == "continuous")
    asked = {"weights": "people", "cluster": cluster, "gaps": "pairs"}
    both = [did.att_gt(one, "kwh", **NAMED, **asked).aggregate("event") for one in stored(data)]
    assert values(both[0]) == values(both[1])


def test_regressions_with_covariates_are_the_same_to_the_last_digit(stored):
    asked = {**PANEL, "treatment": "program", "covariates": ["warmth", "income"], "cluster": "ward"}
    both = [did.twfe(one, "kwh", **asked) for one in stored(rows(22))]
    assert values(both[0]) == values(both[1])


def test_adjustment_for_covariates(stored, monkeypatch):
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)
    data = rows(23).assign(people=lambda one: one["home"].str[1:].astype(int) % 7 + 0.5)
    asked = {"covariates": ["age"], "control": "never_treated", "weights": "people"}
    spark, duckdb = (did.att_gt(one, "kwh", **NAMED, **asked).aggregate("simple").headline for one in stored(data))
    assert (spark.estimate, spark.std_error) == pytest.approx((duckdb.estimate, duckdb.std_error), rel=1e-12)


def test_poisson_regressions(stored, monkeypatch):
    monkeypatch.setattr(pushed_poisson, "fits", lambda found: False)
    spark, duckdb = (fitted(one, cluster="ward", exposure="people").headline for one in stored(visits(24, gaps=0.1)))
    assert (spark.estimate, spark.std_error) == pytest.approx((duckdb.estimate, duckdb.std_error), rel=1e-12)
