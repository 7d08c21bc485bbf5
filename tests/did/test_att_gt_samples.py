"""Group-time effects beyond the balanced panel: gaps, cross-sections, weights, clusters, joint tests, the bootstrap as a check."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.group_time.blocks import fit_panel
from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.cross_sections import fit_rows
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.moments.observations import read_observations
from ebpm.moments.panel import read_panel
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

SECTIONS = COLUMNS | {"unit": None}
METHODS = ["reg", "ipw", "dr", "dr_improved"]


def group_time(data, **choices):
    return did.att_gt(data, "y", **{**COLUMNS, **choices})


def spread(found):
    return np.sqrt(np.diag(found.effects.covariance))


@pytest.fixture(scope="module")
def large():
    return panel(LARGE).assign(town=lambda table: table.unit % 17, w=lambda table: 1.0 + table.unit % 3)


@pytest.fixture(scope="module")
def gapped(large):
    return large[(large.unit * 5 + large.time * 3) % 13 != 0]


@pytest.mark.parametrize("covariates", [(), ("x",)])
@pytest.mark.parametrize("method", METHODS)
def test_rows_of_a_balanced_panel_with_the_unit_as_cluster_are_the_panel(large, method, covariates):
    columns = COLUMNS | {"covariates": covariates, "weights": "w", "cluster": "town"}
    whole, rows = read_panel(large, "y", **columns), read_observations(large, "y", **columns)
    cells = CellDesign("not_yet_treated", "varying", 0).cells(np.unique(whole.first_treated), whole.periods)
    left, right = fit_panel(cells, whole, method).effects, fit_rows(cells, rows, method).effects
    np.testing.assert_allclose(right.att, left.att, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(right.covariance, left.covariance, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(right.cross, left.cross, atol=1e-12)
    np.testing.assert_allclose(right.shares_covariance, left.shares_covariance, atol=1e-14)
    assert right.counts.tolist() == left.counts.tolist()
    assert right.clusters == left.clusters


@pytest.mark.parametrize("gaps", ["pairs", "all_rows"])
def test_where_nothing_is_missing_every_way_with_gaps_is_the_panel(large, gaps):
    left, right = group_time(large), group_time(large, gaps=gaps)
    np.testing.assert_array_equal(left.effects.att, right.effects.att)
    np.testing.assert_array_equal(left.effects.covariance, right.effects.covariance)


def test_a_cross_section_clustered_by_unit_is_the_panel(large):
    left, right = group_time(large), did.att_gt(large, "y", **SECTIONS, cluster="unit")
    np.testing.assert_allclose(right.effects.att, left.effects.att, atol=1e-12)
    np.testing.assert_allclose(right.effects.covariance, left.effects.covariance, atol=1e-13)
    np.testing.assert_allclose(right.aggregate("event").covariance, left.aggregate("event").covariance, atol=1e-13)


def test_pairs_are_the_units_seen_in_both_periods(gapped):
    found = group_time(gapped, gaps="pairs", control="never_treated")
    wide = gapped.pivot_table(index=["unit", "first"], columns="time", values="y").reset_index()
    cell = next(cell for cell in found.cells if cell.name == "5:6")
    change = wide[6] - wide[4]
    groups = [change[wide["first"] == cohort].dropna() for cohort in (5, 0)]
    assert found.estimates["5:6"].estimate == pytest.approx(groups[0].mean() - groups[1].mean(), rel=1e-12)
    variance = sum(group.var(ddof=0) / len(group) for group in groups)
    assert found.estimates["5:6"].std_error == pytest.approx(np.sqrt(variance), rel=1e-12)
    assert found.estimates["5:6"].n == 2 * sum(map(len, groups))
    assert cell.base == 4


def test_all_rows_are_a_difference_of_four_means(gapped):
    found = group_time(gapped, gaps="all_rows", control="never_treated")
    means = gapped.groupby(["first", "time"]).y.mean()
    expected = means[5, 6] - means[5, 4] - means[0, 6] + means[0, 4]
    assert found.estimates["5:6"].estimate == pytest.approx(expected, rel=1e-12)
    assert found.estimates["5:6"].n == len(gapped[gapped["first"].isin([0, 5]) & gapped.time.isin([4, 6])])
    assert found.effects.counts.tolist() == [30, 25, 20, 60]
    assert found.aggregate("event").headline.n == len(gapped)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gaps", ["drop_units", "pairs", "all_rows"])
def test_a_weight_of_two_is_the_unit_twice_in_the_estimate(gapped, gaps, method):
    twice = gapped.assign(w=np.where(gapped.unit % 4 == 1, 2.0, 1.0))
    copies = pd.concat([gapped, gapped[gapped.unit % 4 == 1].assign(unit=lambda table: table.unit + 1000)])
    choices = {"gaps": gaps, "covariates": ["x"], "method": method}
    left, right = group_time(twice, weights="w", **choices), group_time(copies, **choices)
    np.testing.assert_allclose(left.effects.att, right.effects.att, rtol=1e-9, atol=1e-11)
    for kind in ("event", "group", "calendar", "simple"):
        assert left.aggregate(kind).headline.estimate == pytest.approx(
            right.aggregate(kind).headline.estimate, rel=1e-9
        )


def test_copies_in_one_cluster_are_a_weight_in_the_error_too(large):
    copies = pd.concat([large, large.assign(unit=large.unit + 1000)]).assign(pair=lambda table: table.unit % 1000)
    left, right = group_time(large.assign(w=2.0), weights="w"), group_time(copies, cluster="pair")
    np.testing.assert_allclose(left.effects.covariance, right.effects.covariance, atol=1e-14)
    np.testing.assert_allclose(left.effects.covariance, group_time(large).effects.covariance, atol=1e-14)


def test_clusters_sum_what_their_units_add(large):
    found = group_time(large, cluster="town")
    blocks = [block for _, block in found.refit().contributions.blocks()]
    assert sum(map(len, blocks)) == 17
    assert found.estimates.headline.clusters == 17
    assert found.aggregate("event").headline.clusters == 17
    assert spread(found)[0] != pytest.approx(spread(group_time(large))[0], rel=1e-3)


def test_clusters_and_units_may_be_texts_and_rows_in_any_order(gapped):
    plain = group_time(gapped, gaps="all_rows", cluster="town", weights="w", covariates=["x"])
    named = gapped.assign(unit=[f"第{unit}" for unit in gapped.unit], town=[f"町{town}" for town in gapped.town])
    again = group_time(
        named.sample(frac=1, random_state=3), gaps="all_rows", cluster="town", weights="w", covariates=["x"]
    )
    np.testing.assert_allclose(again.effects.att, plain.effects.att, rtol=1e-11)
    np.testing.assert_allclose(again.effects.covariance, plain.effects.covariance, rtol=1e-9)


@pytest.mark.parametrize("never", [0, np.inf, np.nan, 9, 2000])
def test_the_never_treated_of_cross_sections_may_be_coded_in_several_ways(large, never):
    coded = large.assign(first=large["first"].astype(float).replace(0.0, never))
    np.testing.assert_array_equal(
        did.att_gt(coded, "y", **SECTIONS).effects.att, did.att_gt(large, "y", **SECTIONS).effects.att
    )


def test_without_never_treated_rows_the_cross_sections_end_with_the_last_cohort():
    found = did.att_gt(panel({4: 30, 5: 25, 7: 20}), "y", **SECTIONS)
    assert max(cell.period for cell in found.cells) == 6
    assert found.rows == 75 * 6
    assert "D206" in found.notices


def test_a_balanced_window_keeps_the_same_cohorts(gapped):
    found = group_time(gapped, gaps="all_rows").aggregate("event", balance=3, window=(-2, 3))
    assert found.positions == (-2, -1, 0, 1, 2, 3)
    assert found.covariance.shape == (7, 7)


@pytest.mark.parametrize("kind", ["cells", "event", "group", "calendar"])
@pytest.mark.parametrize("choices", [{}, {"covariates": ["x"]}, {"unit": None}])
def test_the_bootstrap_agrees_with_the_band_where_cohorts_are_large(choices, kind):
    found = group_time(panel({NEVER: 400, 4: 250, 6: 250}, periods=6), **choices)
    analytic = found.estimates if kind == "cells" else found.aggregate(kind)
    drawn = found.multiplier_band(kind, draws=4000, seed=1)
    assert drawn.critical_value == pytest.approx(analytic.critical_value, abs=0.09)  # 4,000 draws: 0.03
    assert drawn.items == analytic.items


def test_the_bootstrap_is_the_same_for_the_same_seed(large):
    found = group_time(large)
    first, again, other = (found.multiplier_band("event", seed=seed).critical_value for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("draws", [0, 99, 200.5])
def test_too_few_draws_are_refused(large, draws):
    with pytest.raises(DesignError, match="draws="):
        group_time(large).multiplier_band(draws=draws)


@pytest.mark.parametrize("by", ["event", "cell"])
def test_effects_from_treatment_on_are_tested_jointly(by):
    strong, none = (group_time(panel(LARGE, effect=size)).effect_test(by) for size in (1.0, 0.0))
    assert strong.p_value < 1e-4
    assert none.p_value > 0.01
    assert "from treatment on" in strong.summary("en")
    assert "処置後" in strong.summary("ja")


def test_the_test_of_one_effect_is_its_statistic_squared():
    found = group_time(panel({NEVER: 30, 2: 30}, periods=2))
    assert found.effect_test("cell").statistic == pytest.approx(found.estimates.headline.statistic**2)
    assert isinstance(group_time(panel({NEVER: 2, 2: 2}, periods=4)).effect_test(), Unavailable)


def test_a_single_cluster_has_no_standard_error(large):
    alone = large.assign(town=np.where(large["first"] == 4, -1, large.town))
    found = group_time(alone, cluster="town")
    assert found.estimates["4:5"].std_error.reason == "did_single_cluster"
    assert "single cluster" in str(found.estimates["4:5"].std_error)
    assert found.estimates["5:6"].std_error > 0


REFUSED = {
    "weights that change": ({"weights": "y2"}, DataError, "changes within a unit"),
    "weights of zero": ({"weights": "zero"}, DataError, "zero"),
    "clusters that change": ({"cluster": "time"}, DataError, "several clusters"),
    "no such weight": ({"weights": "ww"}, DataError, "Did you mean: w"),
    "method": ({"method": "improved"}, DataError, "dr, ipw, reg, dr_improved"),
    "gaps": ({"gaps": "all"}, DataError, "refuse, drop_units, pairs, all_rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(large, case):
    choices, kind, said = REFUSED[case]
    table = large.assign(y2=large.y**2 + 1, zero=0.0)
    with pytest.raises(kind, match=said) as caught:
        group_time(table, **choices)
    assert all(len(caught.value.explain(lang).splitlines()) >= 3 for lang in ("ja", "en"))


def test_a_constant_outcome_of_cross_sections_is_refused(large):
    with pytest.raises(DesignError, match="no finding of an effect of zero"):
        did.att_gt(large.assign(y=2.0), "y", **SECTIONS)


def test_an_outcome_that_is_missing_in_a_row_is_refused_not_taken_for_a_gap(large):
    with pytest.raises(DataError, match="missing in 1 rows"):
        group_time(large.assign(y=large.y.where(large.index != 3)), gaps="pairs")
