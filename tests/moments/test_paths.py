"""Cohort path moments: sums that merge."""

import numpy as np
import pytest

from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.effects import effects_from_moments
from ebpm.errors import DataError
from ebpm.moments.panel import read_panel
from ebpm.moments.paths import PathMoments
from tests.did.panels import COLUMNS, LARGE, panel


@pytest.fixture(scope="module")
def whole():
    return read_panel(panel(LARGE), "y", **COLUMNS)


def test_moments_are_counts_means_and_scatters(whole):
    found = PathMoments.of_paths(whole.periods, whole.paths, whole.first_treated)
    paths = whole.paths[whole.first_treated == 5]
    assert found.cohorts.tolist() == [4, 5, 7, np.inf]
    assert found.counts.tolist() == [30, 25, 20, 60]
    np.testing.assert_allclose(found.means[1], paths.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(found.scatters[1], np.cov(paths.T, ddof=0) * 25, rtol=1e-11)


@pytest.mark.parametrize("cut", [1, 40, 100])
def test_moments_of_two_cities_add_to_those_of_both(whole, cut):
    """Cut 100 leaves cohorts that only one side has."""
    order = np.argsort(whole.first_treated, kind="stable")
    left, right = (
        PathMoments.of_paths(whole.periods, whole.paths[rows], whole.first_treated[rows])
        for rows in (order[:cut], order[cut:])
    )
    both, direct = left + right, PathMoments.of_paths(whole.periods, whole.paths, whole.first_treated)
    for name in ("cohorts", "counts", "means", "scatters"):
        np.testing.assert_allclose(getattr(both, name), getattr(direct, name), rtol=1e-11, atol=1e-11)


def test_effects_follow_from_added_moments_without_a_record(whole):
    half = np.arange(len(whole)) % 2 == 0
    added = PathMoments.of(whole.where(half)) + PathMoments.of(whole.where(~half))
    cells = CellDesign("not_yet_treated", "varying", 0).cells(added.cohorts, added.periods)
    pooled, direct = effects_from_moments(cells, added), effects_from_moments(cells, PathMoments.of(whole))
    np.testing.assert_allclose(pooled.att, direct.att, rtol=1e-10)
    np.testing.assert_allclose(pooled.covariance, direct.covariance, rtol=1e-9, atol=1e-15)


def test_large_levels_do_not_cancel(whole):
    """Yen totals: levels of 1e9 that differ between units by 1e8, changes of order one."""
    level = 1e9 + 1e8 * np.random.default_rng(1).integers(1, 9, (len(whole), 1))
    moved = type(whole)(whole.units, whole.periods, whole.paths + level, whole.first_treated, whole.covariates)
    cells = CellDesign("never_treated", "varying", 0).cells(np.unique(whole.first_treated), whole.periods)
    plain, large = (effects_from_moments(cells, PathMoments.of(one)) for one in (whole, moved))
    np.testing.assert_allclose(large.att, plain.att, atol=1e-6)  # 1e9 holds seven digits behind the point
    np.testing.assert_allclose(large.covariance, plain.covariance, rtol=1e-5, atol=1e-9)


def test_other_periods_are_refused(whole):
    shorter = PathMoments.of_paths(whole.periods[1:], whole.paths[:, 1:], whole.first_treated)
    with pytest.raises(DataError, match=r"1-8 \(8\) and 2-8 \(7\)"):
        PathMoments.of(whole) + shorter
