"""Panels are read whole: order of rows, gaps, cohorts."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.moments.panel import read_panel
from tests.did.panels import COLUMNS, LARGE, panel


@pytest.fixture(scope="module")
def table():
    return panel(LARGE)


def read(table, **choices):
    return read_panel(table, "y", **COLUMNS, **choices)


def test_paths_are_the_pivoted_table(table):
    found = read(table, covariates=["x"])
    np.testing.assert_array_equal(found.paths, table.pivot_table(index="unit", columns="time", values="y"))
    np.testing.assert_array_equal(found.covariates[:, 3, 0], table.x[table.time == 4])
    assert found.units == tuple(range(135))
    assert (len(found), found.rows, found.periods.tolist()) == (135, 1080, list(range(1, 9)))


def test_the_order_of_rows_does_not_matter(table):
    shuffled = read(table.sample(frac=1, random_state=3), covariates=["x"])
    for name in ("paths", "first_treated", "covariates", "periods"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(read(table, covariates=["x"]), name))


def test_units_may_be_texts(table):
    named = read(table.assign(unit=[f"市{unit:03d}" for unit in table.unit]))
    assert named.units[:2] == ("市000", "市001")
    np.testing.assert_array_equal(named.paths, read(table).paths)


def test_units_with_gaps_are_left_out_whole(table):
    gapped = table.drop(table.index[[5, 500]])
    found = read(gapped, drop_gaps=True)
    assert found.gaps == (2, 1, 14)
    np.testing.assert_array_equal(found.paths, read(table[~table.unit.isin([0, 62])]).paths)
    with pytest.raises(DesignError) as caught:
        read(gapped)
    assert 'gaps="drop_units"' in caught.value.remedy("en")


def test_the_given_table_is_not_touched(table):
    before = table.copy(deep=True)
    read(table, covariates=["x"])
    assert table.equals(before)
