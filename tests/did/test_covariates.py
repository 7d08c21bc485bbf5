"""Covariates of doses and of switches: derivatives by weights, what they take out of the outcome, bad inputs."""

from dataclasses import replace

import numpy as np
import pytest

from ebpm import did
from ebpm.did.switches.covariates import without_covariates
from ebpm.did.switches.paths import read_switching
from ebpm.errors import DataError, DesignError
from tests.did.doses_and_switches import DOSES, SWITCHES, dose_panel, switching_panel

STEP = 1e-4


def with_covariates(data, seed=2):
    rng = np.random.default_rng(seed)
    one = np.repeat(rng.normal(size=data.unit.nunique()), data.time.nunique())
    return data.assign(z=one, x=rng.normal(size=len(data)) + 0.2 * data.time)


DOSED, SWITCHED = with_covariates(dose_panel(60, 4, cohorts=(0, 2, 3))), with_covariates(switching_panel(70, 5))


def doses(data, **more):
    found = did.continuous_dose(data, "y", **DOSES, covariates=["x", "z"], degree=2, grid=[0.6, 1.0, 1.5], **more)
    return [
        *found.estimates,
        *found.aggregate("dose"),
        *found.aggregate("event"),
        *found.aggregate("dose", target="slope"),
    ]


def switches(data, **more):
    return did.switching(data, "y", **SWITCHES, effects=2, placebos=1, **{"covariates": ["x"], **more}).aggregate(
        "event"
    )


def test_errors_of_doses_are_those_of_derivatives_by_the_weight_of_each_unit():
    units = DOSED.unit.nunique()

    def weighted(unit, step):
        weights = np.ones(units)
        weights[unit] += step
        return np.array([one.estimate for one in doses(DOSED.assign(w=weights[DOSED.unit]), weights="w")])

    slopes = np.array([(weighted(unit, STEP) - weighted(unit, -STEP)) / (2 * STEP) for unit in range(units)])
    found = [one.std_error for one in doses(DOSED)]
    np.testing.assert_allclose(found, np.sqrt((slopes**2).sum(axis=0)), rtol=1e-6)


def test_the_influence_on_the_coefficients_of_switches_is_their_derivative_by_weights():
    data = SWITCHED
    paths = read_switching(data, "y", **SWITCHES, covariates=["x"], cluster=None, weights=None, gaps="refuse")
    doubt = without_covariates(paths)[1]

    def slopes(unit, step):
        weights = paths.weights.copy()
        weights[unit] += step
        left = without_covariates(replace(paths, weights=weights))[0].outcome
        return (paths.outcome - left)[unit] / paths.covariates[unit, :, 0]

    for unit in (0, 7, 33):
        derivative = (slopes(unit, STEP) - slopes(unit, -STEP)) / (2 * STEP)
        np.testing.assert_allclose(derivative, doubt[unit, 0], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(("one", "other"), [(1.0, -2.0), (-40.0, 300.0)])
def test_what_covariates_add_to_the_outcome_is_taken_out(one, other):
    plain, moved = doses(DOSED), doses(DOSED.assign(y=DOSED.y + one * DOSED.z * DOSED.time))
    np.testing.assert_allclose([item.estimate for item in moved], [item.estimate for item in plain], atol=1e-9)
    plain, moved = switches(SWITCHED), switches(SWITCHED.assign(y=SWITCHED.y + other * SWITCHED.x))
    np.testing.assert_allclose([item.estimate for item in moved], [item.estimate for item in plain], atol=1e-9)


@pytest.mark.parametrize("routine", [doses, switches])
def test_the_order_of_rows_and_the_scale_of_covariates_do_not_matter(routine):
    data = DOSED if routine is doses else SWITCHED
    mixed = data.sample(frac=1.0, random_state=1).assign(x=lambda one: 1000 * one.x - 5)
    for ours, theirs in zip(routine(data), routine(mixed), strict=True):
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-8, abs=1e-10)


def test_a_covariate_that_does_not_vary_is_refused_for_doses():
    constant = DOSED.assign(z=0.0)
    with pytest.raises(DesignError, match="z"):
        doses(constant)


@pytest.mark.parametrize("columns", [["z"], ["x", "x2"]])
def test_covariates_that_never_change_or_are_collinear_are_refused(columns):
    with pytest.raises(DesignError, match=columns[-1]):
        switches(SWITCHED.assign(x2=2 * SWITCHED.x), covariates=columns)


@pytest.mark.parametrize("routine", [doses, switches])
def test_missing_values_of_covariates_are_refused(routine):
    data = (DOSED if routine is doses else SWITCHED).copy()
    data.loc[3, "x"] = np.nan
    with pytest.raises(DataError, match="x"):
        routine(data)


def test_units_that_miss_periods_and_covariates():
    found = switches(SWITCHED.drop(index=[3, 40, 41]), gaps="pairs")
    assert all(np.isfinite(item.estimate) for item in found)


def test_without_covariates_the_paths_are_as_they_were():
    paths = read_switching(SWITCHED, "y", **SWITCHES, covariates=(), cluster=None, weights=None, gaps="refuse")
    same, doubt = without_covariates(paths)
    assert (same.outcome == paths.outcome).all()
    assert doubt.shape == (len(paths.first), 0)


def test_a_covariate_that_the_switch_moves_is_named():
    moved = SWITCHED.assign(x=SWITCHED.x + 3.0 * SWITCHED.d)
    found = did.switching(moved, "y", **SWITCHES, covariates=["x"]).notices
    assert [notice.about for notice in found if notice.code == "D241"] == ["x"]
    assert "D241" not in did.switching(SWITCHED, "y", **SWITCHES, covariates=["x"]).notices
