"""Critical values, optimum and size of the intervals that allow for departures from parallel trends; targets; speed."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebpm import did
from ebpm.did.sensitivity import flci, moment_tests
from ebpm.did.sensitivity.coefficients import Coefficients
from ebpm.did.sensitivity.robust_intervals import RESTRICTIONS, Robust
from tests.did.panels import COLUMNS, LARGE, panel
from tests.did.test_honest import BOTH, drawn, few, seeds


@pytest.fixture(scope="module")
def event():
    return did.event_study(panel(LARGE, effect=1.0, noise=0.5), "y", **COLUMNS)


def test_the_least_favourable_value_has_its_size():
    rng = np.random.default_rng(1)
    for seed in range(6):
        for test in moment_tests.relative_magnitude_tests(drawn(seed), 1.0, 0.05, "hybrid"):
            values, vectors = np.linalg.eigh(test.covariance)
            assert (values[:-2] < 1e-12 * values[-1]).all()  # the statistics span two dimensions
            draws = rng.standard_normal((200_000, 2)) @ (vectors[:, -2:] * np.sqrt(values[-2:])).T
            assert (draws.max(axis=1) > test.first).mean() == pytest.approx(0.005, abs=5 * 0.005**0.5 / 200_000**0.5)


def test_the_least_favourable_value_of_one_statistic_and_of_a_pair_is_in_closed_form():
    assert moment_tests.least_favourable(np.diag([1.0, 0.0]), 0.05) == pytest.approx(1.6448536269514722, rel=1e-12)
    opposite = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert moment_tests.least_favourable(opposite, 0.05) == pytest.approx(1.959963984540054, rel=1e-12)
    assert moment_tests.least_favourable(np.eye(2), 0.05) == pytest.approx(1.9545083, rel=1e-7)  # Phi(c)^2 = 0.95
    assert moment_tests.least_favourable(np.zeros((3, 3)), 0.05) == 0.0


@few
@given(seeds, st.sampled_from([0.0, 0.05, 0.3, 1.0, 5.0]))
def test_no_other_weights_give_a_shorter_interval(seed, bound):
    problem = flci._Problem.of(drawn(seed), bound, 0.05)
    best = problem.minimiser()
    rng = np.random.default_rng(seed)
    for size in (1e-4, 1e-2, 1.0):
        for _ in range(20):
            assert problem.half(best + size * rng.normal(size=len(best))) >= problem.half(best) * (1 - 1e-13)


@few
@given(seed=seeds)
@pytest.mark.parametrize("restriction", BOTH)
def test_every_test_covers_the_effect_under_parallel_trends(restriction, seed):
    study = drawn(seed)
    for inference in RESTRICTIONS[restriction]:
        low, high = Robust(restriction, inference, 0.05).interval(study, 1.0)
        assert np.isfinite([low, high]).all()
        assert low < high
        assert (Robust(restriction, inference, 0.05).room(study, 1.0) >= 0) <= (low <= 0 <= high)


def test_the_conditional_and_the_least_favourable_test_have_their_size():
    rng, P, Q = np.random.default_rng(4), 2, 2
    V, weights = 0.01 * (np.eye(4) + 1.0), np.full(Q, 0.5)
    for restriction, departure, bound in (
        ("relative_magnitudes", np.array([-0.2, -0.1, 0.1, 0.2]), 1.0),
        ("smoothness", np.array([-0.2, -0.1, 0.4, 1.2]), 0.3),
    ):
        draws = rng.multivariate_normal(departure, V, 400)
        for inference in RESTRICTIONS[restriction]:
            robust = Robust(restriction, inference, 0.05)
            found = [robust.interval(Coefficients(one, V, P, weights), bound) for one in draws]
            assert np.mean([low <= 0.0 <= high for low, high in found]) > 0.92, (restriction, inference)


def test_a_target_is_a_name_a_mapping_or_weights(event):
    after = [term for term in event.terms if term.isdecimal()]
    by_name = did.honest(event, target="1", bounds=[1.0])
    assert by_name.intervals == did.honest(event, target={"1": 1.0}, bounds=[1.0]).intervals
    assert by_name.intervals == did.honest(event, target={1: 1.0}, bounds=[1.0]).intervals
    assert by_name.intervals == did.honest(event, target=[float(term == "1") for term in after], bounds=[1.0]).intervals
    growth = did.honest(event, target={"0": -1.0, "1": 1.0}, bounds=[0.0])
    assert growth.coefficients.estimate == pytest.approx(event["1"].estimate - event["0"].estimate)


def test_ten_coefficients_take_less_than_a_second():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(10, 13))
    values = np.append(0.2 * rng.normal(size=5), 4 + 0.2 * rng.normal(size=5))
    study = Coefficients(values, root @ root.T / 100, 5, np.full(5, 0.2))
    started = time.process_time()
    for restriction in BOTH:
        robust = Robust(restriction, RESTRICTIONS[restriction][0], 0.05)
        assert len([robust.interval(study, bound) for bound in (0.5, 1.0, 1.5, 2.0)]) == 4
        assert robust.breakdown(study, 1.0) > 0
    assert time.process_time() - started < 1.0
