"""Rows find their place among units and periods, in order or not; constants of units; gaps; cross-sections."""

import numpy as np
import pandas as pd
import pytest

from ebpm.errors import DataError, DesignError
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.frame import Frame
from ebpm.moments.layout import read_layout
from ebpm.moments.observations import read_observations, read_sections
from ebpm.moments.panel import read_panel
from tests.did.panels import COLUMNS, LARGE, panel


@pytest.fixture(scope="module")
def table():
    return panel(LARGE).assign(w=lambda rows: 1.0 + rows.unit % 3)


def layout(rows):
    return read_layout(Frame.of(rows), "unit", "time")


def test_rows_in_order_need_no_places(table):
    assert layout(table).in_order
    assert not layout(table.sample(frac=1, random_state=1)).in_order
    assert not layout(table.iloc[:-1]).in_order
    assert not layout(table.assign(unit=table.unit.astype(str))).in_order


@pytest.mark.parametrize("change", ["shuffled", "texts", "falling", "gapped", "two periods"])
def test_every_reading_is_the_pivoted_table(table, change):
    rows = {
        "shuffled": table.sample(frac=1, random_state=1),
        "texts": table.assign(unit=[f"u{unit:04d}" for unit in table.unit]),
        "falling": table.assign(unit=-table.unit),
        "gapped": table[(table.unit + table.time) % 5 > 0],
        "two periods": table[table.time < 3],
    }[change]
    found = read_panel(rows, "y", **COLUMNS, keep_gaps=True)
    wide = rows.pivot_table(index="unit", columns="time", values="y")
    np.testing.assert_array_equal(found.paths, wide)
    assert list(found.units) == wide.index.tolist()
    assert found.has_gaps == (change == "gapped")
    np.testing.assert_array_equal(layout(rows).seen(), wide.notna())


def test_what_is_constant_in_a_unit_and_where_it_is_not(table):
    for rows in (table, table.sample(frac=1, random_state=1)):
        values = rows.w.to_numpy()
        found, broken = layout(rows).constant(values)
        np.testing.assert_array_equal(found, 1.0 + np.arange(135) % 3)
        assert broken.tolist() == []
        _, broken = layout(rows).constant(np.where((rows.unit == 7) & (rows.time == 2), 9.0, values))
        assert broken.tolist() == [7]


def test_covariates_that_never_change_take_the_room_of_one_period(table):
    fixed = read_panel(table, "y", **COLUMNS, covariates=["x"])
    moving = read_panel(table.assign(x=table.x * table.time), "y", **COLUMNS, covariates=["x"])
    assert (fixed.covariates.strides[1], fixed.constant_covariates) == (0, True)
    assert (moving.covariates.strides[1] > 0, moving.constant_covariates) == (True, False)
    keep = fixed.first_treated > 4
    np.testing.assert_array_equal(fixed.where(keep).covariates, fixed.covariates[keep])
    assert fixed.where(keep).covariates.strides[1] == 0


def test_infinity_is_the_last_cohort():
    cohorts, codes = cohort_codes(np.array([np.inf, 2004.0, 2007.0, np.inf, 2004.0]))
    assert (cohorts.tolist(), codes.tolist()) == ([2004.0, 2007.0, np.inf], [2, 0, 1, 2, 0])
    assert cohort_codes(np.array([3.0, -1.0]))[0].tolist() == [-1.0, 3.0]
    assert cohort_codes(np.array([np.inf]))[0].tolist() == [np.inf]


def test_rows_of_a_unit_split_its_weight_among_them(table):
    rows = table[(table.unit + table.time) % 5 > 0]
    found = read_observations(rows, "y", **COLUMNS, weights="w")
    sums = np.bincount(found.units, found.stakes)
    np.testing.assert_allclose(sums, 1.0 + np.arange(135) % 3)
    np.testing.assert_array_equal(found.outcome, rows.y)
    np.testing.assert_array_equal(found.periods[found.period], rows.time)


def test_cross_sections_take_every_row_for_a_unit(table):
    found = read_sections(table, "y", time="time", first_treated="first", covariates=["x"], weights="w")
    assert len(np.unique(found.units)) == len(np.unique(found.clusters)) == len(table)
    kept = found.where(found.period > 2)
    assert len(kept) == (table.time > 3).sum() == kept.clusters.max() + 1
    assert found.where(np.ones(len(found), dtype=bool)) is found


def test_never_treated_may_be_coded_in_several_ways_in_one_unit(table):
    mixed = table.assign(first=table["first"].astype(float).where((table["first"] > 0) | (table.time % 2 == 0), np.inf))
    np.testing.assert_array_equal(
        read_panel(mixed, "y", **COLUMNS).first_treated, read_panel(table, "y", **COLUMNS).first_treated
    )


@pytest.mark.parametrize("weight", ["w", "unit"])
def test_weights_and_clusters_are_read_once_a_unit(table, weight):
    found = read_panel(table.assign(unit=table.unit + 1), "y", **COLUMNS, weights=weight, cluster="first")
    assert found.weights.shape == found.clusters.shape == (135,)
    assert set(found.clusters) == {0, 1, 2, 3}


def test_refusals_name_the_column_and_the_row(table):
    with pytest.raises(DataError, match=r"holds 4\.5 in row 4"):
        read_panel(table.assign(first=table["first"].where(table.index != 3, 4.5)), "y", **COLUMNS)
    with pytest.raises(DesignError, match="135 of 135"):
        read_panel(table[(table.unit + table.time) % 2 > 0], "y", **COLUMNS)
    with pytest.raises(DataError, match="unit 3 in period 2 with 2 rows"):
        read_panel(pd.concat([table, table[(table.unit == 3) & (table.time == 2)]]), "y", **COLUMNS)


@pytest.mark.parametrize("label", ["2019-04", "2019年度", "FY2019"])
def test_labels_of_periods_are_refused_with_what_can_take_their_place(label: str) -> None:
    frame = Frame.of(pd.DataFrame({"unit": [1, 1], "time": [label, "x"]}))
    with pytest.raises(DataError) as caught:
        read_layout(frame, "unit", "time")
    assert (caught.value.code, caught.value.facts["value"]) == ("panel_not_whole", label)
    assert "year x 12 + month" in caught.value.remedy("en")
