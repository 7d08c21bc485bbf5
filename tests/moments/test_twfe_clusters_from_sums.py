"""Regressors that change from row to row, summed where the table lies: CR0 to CR3 by cluster, as in memory."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ebpm import did, moments
from ebpm.errors import DesignError

NAMED = {"unit": "home", "time": "year"}


def panel(*, gaps: float = 0.0, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    homes, years = 150, np.arange(2010, 2017)
    home, year = np.repeat(np.arange(homes), len(years)), np.tile(years, homes)
    start, town = rng.choice([0, 2012, 2014], homes)[home], rng.integers(0, 17, homes)[home]
    on = ((start > 0) & (year >= start)).astype(float)
    heat, dose = rng.normal(size=len(home)).round(2), (on * rng.uniform(0.5, 2, len(home))).round(1)
    kwh = 1e6 + rng.normal(size=homes)[home] + 0.1 * year + on + heat + rng.normal(size=len(home))
    table = pd.DataFrame(
        {"home": home, "year": year, "town": [f"町{one}" for one in town], "on": on, "dose": dose, "heat": heat, "kwh": kwh.round(3)}
    )  # fmt: skip
    kept = table[rng.random(len(table)) >= gaps]
    return kept.sample(frac=1, random_state=seed)


def beyond(table: pd.DataFrame) -> moments.Scan:
    """The table on an engine, beyond its budget, so that nothing may be read."""
    return moments.scan(pl.LazyFrame(table), memory=8 * table.size - 1)


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.parametrize("errors", ["CR0", "CR1", "CR1S", "CR2", "CR3"])
def test_errors_by_cluster_are_those_of_the_table_in_memory(errors, gaps):
    table = panel(gaps=gaps)
    asked = {**NAMED, "treatment": ["dose", "on"], "covariates": ["heat"], "cluster": "town", "errors": errors}
    memory, summed = did.twfe(table, "kwh", **asked), did.twfe(beyond(table), "kwh", **asked)
    for left, right in zip(memory.items, summed.items, strict=True):
        assert (left.term, left.n, left.clusters) == (right.term, right.n, right.clusters)
        for name in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
            assert getattr(right, name) == pytest.approx(getattr(left, name), rel=1e-8, abs=1e-10), name
    np.testing.assert_allclose(summed.covariance, memory.covariance, rtol=1e-8)
    assert [one.code for one in summed.notices] == [one.code for one in memory.notices]


def test_more_clusters_than_are_kept_need_the_records_and_say_how_large_they_are(monkeypatch):
    monkeypatch.setattr("ebpm.moments.scans.units.clusters.MOST", 100)
    table = panel()
    with pytest.raises(DesignError) as raised:
        did.twfe(beyond(table), "kwh", **NAMED, treatment="dose", cluster="town", errors="CR2")
    assert raised.value.code == "scan_needs_records"
    assert raised.value.facts["rows"] == len(table)
    read = did.twfe(pl.LazyFrame(table), "kwh", **NAMED, treatment="dose", cluster="town", errors="CR2").headline
    assert read == did.twfe(table, "kwh", **NAMED, treatment="dose", cluster="town", errors="CR2").headline


@pytest.mark.parametrize("columns", [{}, {"covariates": ["heat"]}])
def test_an_outcome_that_never_varies_is_refused_as_in_memory(columns):
    table = panel().assign(kwh=4.5)
    for data in (table, beyond(table)):
        with pytest.raises(DesignError) as raised:
            did.twfe(data, "kwh", **NAMED, treatment="on", cluster="town", **columns)
        assert raised.value.code == "did_constant_rows"
        assert raised.value.facts["rows"] == len(table)


def test_two_groups_and_the_parts_of_staggered_adoption_refuse_it_too():
    table = panel().assign(
        kwh=0.1, start=lambda one: np.where(one.home % 2, 2013, 0), late=lambda one: (one.year > 2013) * 1
    )
    table["treated"] = (table.start > 0).astype(int)
    for data in (table, beyond(table)):
        with pytest.raises(DesignError, match="same in every unit"):
            did.bacon(data, "kwh", **NAMED, first_treated="start")
        with pytest.raises(DesignError, match="same in every row"):
            did.two_by_two(data, "kwh", treated="treated", post="late", cluster="town")
