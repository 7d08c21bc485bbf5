"""Group-time effects: collapses to simpler estimators, coding of cohorts, set-asides, horizon, refusals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.group_time.blocks import effects_from_panel
from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.effects import effects_from_moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.panel import read_panel
from ebpm.moments.paths import PathMoments
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

CELL_RTOL = 1e-12  # the same closed form, summed in another order


def group_time(data, **choices):
    return did.att_gt(data, "y", **COLUMNS, **choices)


@pytest.fixture(scope="module")
def large():
    return panel(LARGE)


def test_one_cohort_and_two_periods_are_the_two_by_two():
    data = panel({NEVER: 20, 2: 15}, periods=2)
    pooled = did.two_by_two(
        data.assign(post=data.time == 2, group=data["first"] > 0).astype({"post": int, "group": int}),
        "y", treated="group", post="post",
    )  # fmt: skip
    found = group_time(data)
    assert found.aggregate("simple").headline.estimate == pytest.approx(pooled.headline.estimate, rel=CELL_RTOL)


def test_the_standard_error_of_one_cell_is_that_of_a_difference_of_mean_changes():
    data = panel({NEVER: 20, 2: 15}, periods=2)
    wide = data.pivot_table(index="unit", columns="time", values="y")
    change, treated = wide[2] - wide[1], data.groupby("unit")["first"].first() > 0
    variance = sum(change[group].var(ddof=0) / group.sum() for group in (treated, ~treated))
    assert group_time(data).estimates.headline.std_error == pytest.approx(np.sqrt(variance), rel=CELL_RTOL)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
@pytest.mark.parametrize("control", ["not_yet_treated", "never_treated"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_without_covariates_every_method_is_the_function_of_moments(large, method, control, base):
    read = read_panel(large, "y", **COLUMNS)
    moments = PathMoments.of(read)
    cells = CellDesign(control, base, 0).cells(moments.cohorts, moments.periods)
    from_moments, (from_paths, _) = effects_from_moments(cells, moments), effects_from_panel(cells, read, method)
    np.testing.assert_allclose(from_paths.att, from_moments.att, atol=1e-12)
    np.testing.assert_allclose(from_paths.covariance, from_moments.covariance, atol=1e-14)
    np.testing.assert_allclose(from_paths.cross, from_moments.cross, atol=1e-14)


def test_the_not_yet_treated_control_shares_its_units_with_the_weights(large):
    found = group_time(large, control="not_yet_treated").effects
    assert np.abs(found.cross).max() > 1e-8
    assert np.abs(group_time(large, control="never_treated").effects.cross).max() < 1e-16
    np.testing.assert_allclose(found.cross.sum(axis=1), 0.0, atol=1e-16)  # shares sum to one


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
def test_the_influence_function_is_the_derivative_with_respect_to_each_unit(method):
    """The infinitesimal jackknife: reweighting unit i by 1 + h moves the estimate by h times its influence."""
    data = panel({NEVER: 25, 3: 15}, periods=4)
    read = read_panel(data, "y", **COLUMNS, covariates=("x",))
    cells = CellDesign("never_treated", "varying", 0).cells(np.array([3.0, np.inf]), read.periods)
    variance = effects_from_panel(cells, read, method)[0].covariance
    place, copies = 0, 400
    shifts = []
    for unit in range(len(read)):
        times = np.full(len(read), copies)
        times[unit] += 1
        again = effects_from_panel(cells, _repeated(read, times), method)[0]
        shifts.append(again.att[place])
    plain = effects_from_panel(cells, _repeated(read, np.full(len(read), copies)), method)[0].att[place]
    influence = copies * (np.array(shifts) - plain)
    assert (influence**2).sum() == pytest.approx(variance[place, place], rel=2e-2)  # first order in 1 / copies


def _repeated(read, times):
    rows = np.repeat(np.arange(len(read)), times)
    return type(read)(tuple(rows), read.periods, read.paths[rows], read.first_treated[rows], read.covariates[rows])


@pytest.mark.parametrize("never", [0, np.inf, np.nan, 9, 2000])
def test_the_never_treated_may_be_coded_in_several_ways(large, never):
    coded = large.assign(first=large["first"].astype(float).replace(0.0, never))
    np.testing.assert_array_equal(group_time(coded).effects.att, group_time(large).effects.att)


@pytest.mark.parametrize("kind", ["int64", "int32", "float64", "Int64"])
def test_the_type_of_the_cohort_column_does_not_matter(large, kind):
    coded = large.astype({"first": kind, "time": kind, "unit": kind})
    np.testing.assert_array_equal(group_time(coded).effects.att, group_time(large).effects.att)


def test_cohorts_may_be_null_among_integers(large):
    coded = large.assign(first=large["first"].astype("Int64").replace(0, pd.NA))
    np.testing.assert_array_equal(group_time(coded).effects.att, group_time(large).effects.att)


def test_a_unit_treated_after_the_last_period_may_yet_anticipate_it(large):
    late = large.assign(first=large["first"].replace(NEVER, 9))
    assert group_time(late).effects.cohorts.max() == np.inf
    early = group_time(late, anticipation=1)
    assert (early.effects.cohorts.max(), max(cell.period for cell in early.cells)) == (9.0, 7)


def test_anticipation_periods_step_from_the_last_clean_one(large):
    cells = {cell.name: cell for cell in group_time(large, anticipation=2).cells}
    assert [cells[f"7:{period}"].base for period in range(2, 9)] == [1, 2, 3, 4, 4, 4, 4]
    assert cells["5:3"].comparison == (7.0, np.inf)
    assert "4:1" not in cells


def test_without_never_treated_units_the_horizon_ends_with_the_last_cohort():
    found = group_time(panel({4: 30, 5: 25, 7: 20}))
    assert {cell.cohort for cell in found.cells} == {4, 5}
    assert max(cell.period for cell in found.cells) == 6
    assert "D206" in found.notices


def test_units_treated_from_the_start_are_set_aside_and_change_nothing(large):
    with_always = pd.concat([large, panel({1: 7}, seed=9).assign(unit=lambda table: table.unit + 1000)])
    found = group_time(with_always)
    np.testing.assert_array_equal(found.effects.att, group_time(large).effects.att)
    assert [notice.facts["units"] for notice in found.notices if notice.code == "D207"] == [7]
    huge = with_always.assign(y=np.where(with_always["first"] == 1, 1e6 * with_always.y, with_always.y))
    np.testing.assert_array_equal(group_time(huge).effects.covariance, found.effects.covariance)


def test_irregular_periods_step_over_the_missing_ones():
    data = panel(LARGE).query("time != 4")
    found = {cell.name: cell.base for cell in group_time(data).cells}
    assert (found["4:5"], found["5:5"], found["7:5"]) == (3, 3, 3)


def test_a_cohort_beyond_the_horizon_still_shows_what_it_anticipates():
    cells = group_time(panel({4: 30, 5: 25, 7: 20}), anticipation=2).cells
    assert [cell.name for cell in cells] == ["4:2", "4:3", "4:4", "5:2", "5:3", "5:4"]


def test_covariates_that_change_are_read_in_the_earlier_period():
    data = panel({NEVER: 40, 4: 30}, periods=5)
    moving = data.assign(x=data.x + (data.time == 5) * 100.0 * np.random.default_rng(0).normal(size=len(data)))
    found, plain = group_time(moving, covariates=["x"]), group_time(data, covariates=["x"])
    np.testing.assert_allclose(found.effects.att, plain.effects.att, rtol=1e-12)


def test_units_that_miss_periods_are_refused_or_dropped_and_counted(large):
    gapped = large[~((large.unit.isin([0, 70])) & (large.time > 6))]
    with pytest.raises(DesignError, match=r"2 of 135 units \(0, 70\) miss one of 8 periods"):
        group_time(gapped)
    found = group_time(gapped, gaps="drop_units")
    notice = next(notice for notice in found.notices if notice.code == "D208")
    assert dict(notice.facts) == {"units": 2, "treated": 1, "rows": 12, "kept": 133}
    assert found.rows == 133 * 8


def test_a_cohort_of_one_has_no_standard_error_of_its_own():
    found = group_time(panel({NEVER: 60, 4: 40, 5: 1}))
    assert found.estimates["5:6"].std_error.reason == "did_single_unit"
    assert found.aggregate("group")["5"].conf_low.reason == "did_single_unit"
    assert found.aggregate("group").headline.std_error > 0


def test_the_result_prints_and_tidies_itself(large):
    found = group_time(large)
    tidy = found.tidy()
    assert list(tidy.columns) == list(found.aggregate().tidy().columns)
    assert tidy.term.tolist() == [cell.name for cell in found.cells]
    assert found.estimates.headline.term == "4:4"
    assert "overall" in found.summary("en")
    assert "コーホート" in found.summary("ja")
    html = found._repr_html_()
    assert html.startswith("<p>")
    assert html.count("<table>") == 1


def test_aggregates_say_what_they_are(large):
    found = group_time(large, conf_level=0.9)
    event = found.aggregate("event")
    assert (event.headline.term, event.kind, event.headline.conf_level) == ("overall", "event", 0.9)
    assert event.positions == tuple(range(-5, 5))
    assert event.covariance.shape == (11, 11)
    assert event.critical_value > 1.6449
    assert found.aggregate("simple").terms == ("overall",)
    assert found.aggregate("group").terms == ("4", "5", "7", "overall")
    assert event.headline.n == len(large)
    assert event.headline.clusters == large.unit.nunique()


def test_bands_leave_the_overall_average_pointwise(large):
    event = group_time(large).aggregate("event")
    *parts, overall = event.bands()
    assert overall == (event.headline.conf_low, event.headline.conf_high)
    assert all(
        high - low > item.conf_high - item.conf_low for (low, high), item in zip(parts, event.items, strict=False)
    )


REFUSED = {
    "missing column": ({"unit": "uni"}, {}, DataError, "Did you mean: unit"),
    "control": ({"control": "never"}, {}, DataError, "not_yet_treated, never_treated"),
    "method": ({"method": "ols"}, {}, DataError, "dr, ipw, reg"),
    "base": ({"base": "long"}, {}, DataError, "varying, universal"),
    "gaps": ({"gaps": "drop"}, {}, DataError, "refuse, drop_units"),
    "anticipation": ({"anticipation": -1}, {}, DesignError, "anticipation=-1"),
    "level": ({"conf_level": 95}, {}, DesignError, "between 0 and 1"),
    "dates": ({}, {"time": lambda table: pd.to_datetime("2019-01-01")}, DataError, "whole numbers"),
    "halves": ({}, {"time": lambda table: table.time / 2}, DataError, "holds 0.5 in row 1"),
    "words": ({}, {"first": lambda table: "never"}, DataError, "whole numbers"),
    "half cohorts": ({}, {"first": lambda table: table["first"] + 0.5}, DataError, "holds 0.5 in row 1"),
    "one period": ({}, {"time": lambda table: 2019}, DesignError, "2019 in every row"),
    "zero": ({}, {"time": lambda table: table.time - 1}, DataError, "never treated, or treated in period 0"),
    "switching": ({}, {"first": lambda table: table["first"] + (table.time > 6)}, DataError, "135 units (0, 1, 2, 3, 4, …)"),
    "duplicates": ({}, {"unit": lambda table: table.unit.replace(1, 0)}, DataError, "unit 0 in period 1 with 2 rows"),
    "missing outcome": ({}, {"y": lambda table: table.y.where(table.index != 3)}, DataError, "missing in 1 rows"),
    "log of zero": ({}, {"y": lambda table: table.y.where(table.index != 3, -np.inf)}, DataError, "logarithm of zero"),
    "all treated at once": ({}, {"first": lambda table: 4}, DesignError, "first treated in 4"),
    "none treated": ({}, {"first": lambda table: 0}, DesignError, "first treated in inf"),
    "all from the start": ({}, {"first": lambda table: 1}, DesignError, "All 135 units"),
    "no never treated": (
        {"control": "never_treated"}, {"first": lambda table: table["first"].replace(0, 6)}, DesignError, "not_yet_treated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_was_given_and_what_to_do(large, case):
    choices, changes, kind, said = REFUSED[case]
    data = large.assign(**{name: change(large) for name, change in changes.items()})
    with pytest.raises(kind) as caught:
        did.att_gt(data, "y", **{**COLUMNS, **choices})
    assert said in str(caught.value)
    assert len(caught.value.explain("en").splitlines()) >= 3
    assert len(caught.value.explain("ja").splitlines()) >= 3


@pytest.mark.parametrize("method", ["ipw", "dr"])
def test_separated_covariates_have_no_propensity(large, method):
    with pytest.raises(DesignError, match="do not overlap"):
        group_time(large.assign(x=(large["first"] == 4) * 1.0 + 0.0 * large.x), covariates=["x"], method=method)


@pytest.mark.parametrize("method", ["reg", "dr"])
def test_collinear_covariates_are_refused(large, method):
    with pytest.raises(DesignError):
        group_time(large.assign(z=2 * large.x), covariates=["x", "z"], method=method)


def test_an_average_over_nothing_is_refused(large):
    with pytest.raises(DesignError, match="No effect from treatment on"):
        group_time(large).aggregate("event", window=(-3, -1))
    with pytest.raises(DesignError, match="balance=99"):
        group_time(large).aggregate("event", balance=99)
    with pytest.raises(DataError, match="simple, group, calendar, event"):
        group_time(large).aggregate("dynamic")
    with pytest.raises(DataError, match="belong to averages by event time"):
        group_time(large).aggregate("group", balance=1)
