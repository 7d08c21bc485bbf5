"""Power of the test before treatment: brute force, closed forms, symmetry, words, notices, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm, truncnorm

from ebpm import did
from ebpm.did.sensitivity.coefficients import Coefficients
from ebpm.did.sensitivity.pretrends import _Test
from ebpm.errors import DataError, DesignError
from ebpm.stats.normal.rectangle import rectangle, truncated_mean
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

Z = 1.959963984540054
few = settings(max_examples=15, deadline=None, derandomize=True)


def matrix(seed, size):
    root = np.random.default_rng(seed).normal(size=(size, size + 3))
    return root @ root.T / size


@pytest.fixture(scope="module")
def event():
    return did.event_study(panel(LARGE, effect=1.0, noise=0.5), "y", **COLUMNS)


@few
@given(st.integers(0, 1000), st.integers(1, 7))
def test_a_rectangle_against_simulation_and_scipy(seed, size):
    rng, V = np.random.default_rng(seed), matrix(seed, size)
    mean, half = rng.normal(size=size), np.abs(rng.normal(size=size)) + 1.0
    found = rectangle(mean, V, -half, half)
    theirs = multivariate_normal(mean, V, seed=1, maxpts=500_000, abseps=1e-9).cdf(half, lower_limit=-half)
    assert found == pytest.approx(theirs, abs=2e-5)
    draws = rng.multivariate_normal(mean, V, 400_000)
    inside = (np.abs(draws) <= half).all(axis=1)
    assert found == pytest.approx(inside.mean(), abs=6 * (0.25 / 400_000) ** 0.5)
    if inside.sum() > 1000:
        spread = draws[inside].std(axis=0) / inside.sum() ** 0.5
        assert (np.abs(truncated_mean(mean, V, -half, half) - draws[inside].mean(axis=0)) < 6 * spread).all()


def test_a_rectangle_of_one_variable_is_in_closed_form():
    args = np.array([0.3]), np.array([[4.0]]), np.array([-1.0]), np.array([2.5])
    assert rectangle(*args) == pytest.approx(norm.cdf(1.1) - norm.cdf(-0.65), abs=1e-15)
    assert truncated_mean(*args)[0] == pytest.approx(0.3 + 2 * truncnorm(-0.65, 1.1).mean(), rel=1e-12)
    assert rectangle(np.zeros(0), np.zeros((0, 0)), np.zeros(0), np.zeros(0)) == 1.0


def test_independent_coefficients_multiply():
    study = Coefficients(np.zeros(4), np.diag([1.0, 4.0, 0.25, 1.0]), 3, np.ones(1))
    test = _Test.of(study, Z)
    passes = np.prod([norm.cdf(Z - m / s) - norm.cdf(-Z - m / s) for m, s in ((-0.6, 1), (-0.4, 2), (-0.2, 0.5))])
    assert test.passes(0.2 * study.steps) == pytest.approx(passes, rel=1e-12)
    assert test.violation("slope", 0.2 * study.steps, 0.2).bias_passed == pytest.approx(0.2, rel=1e-12)


def test_bias_and_expected_coefficients_against_simulation(event):
    found = did.pretrends(event, powers=[0.5], target="1")
    one, study = found.violations[0], found.coefficients
    draws = np.random.default_rng(1).multivariate_normal(one.departure, study.covariance, 400_000)
    high = Z * np.sqrt(np.diag(study.covariance))[: study.before]
    passed = (np.abs(draws[:, : study.before]) <= high).all(axis=1)
    assert 1 - passed.mean() == pytest.approx(0.5, abs=5e-3)
    kept = draws[passed]
    assert (np.abs(kept.mean(axis=0) - one.expected) < 6 * kept.std(axis=0) / len(kept) ** 0.5).all()
    assert one.bias_passed == pytest.approx((kept[:, study.before :] @ study.weights).mean(), abs=6e-3)
    assert one.bias == pytest.approx(2 * one.slope)


def test_power_rises_with_the_slope_and_mirrors(event):
    found = did.pretrends(event, powers=[], slopes=[0.05, 0.1, 0.2, -0.2])
    power = [one.power for one in found.violations]
    assert power[0] < power[1] < power[2] == pytest.approx(power[3], rel=1e-9)
    assert found.violations[2].bias_passed == pytest.approx(-found.violations[3].bias_passed, rel=1e-6)
    zero = did.pretrends(event, powers=[], slopes=[0.0]).violations[0]
    assert (zero.bayes_factor, zero.likelihood_ratio, zero.bias_passed) == pytest.approx((1.0, 1.0, 0.0), abs=1e-12)


def test_a_departure_by_event_time_or_in_order(event):
    named = did.pretrends(event, powers=[], departure={"-2": 0.3}).violations[0]
    terms = [one for one in event.terms if one not in ("-1", "overall")]
    listed = did.pretrends(event, powers=[], departure=[0.3 * (term == "-2") for term in terms]).violations[0]
    assert named.power == listed.power
    assert named.bias == 0.0


def test_the_notice_fires_where_a_missed_trend_would_explain_the_effect_and_not_otherwise(event):
    assert did.pretrends(event).notices.codes == ()
    weak = did.event_study(panel(LARGE, effect=0.1, noise=2.0, seed=5), "y", **COLUMNS)
    assert did.pretrends(weak).notices.codes == ("D238",)
    assert all("{" not in did.pretrends(weak).notices.to_text(lang) for lang in ("ja", "en"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_table_and_figure(event, lang):
    found = did.pretrends(event.in_unit("kWh"), slopes=[0.1], departure={"-2": 0.1})
    assert [one.term for one in found.estimates] == ["departure", "slope_0.1", "power_50", "power_80"]
    assert found["power_80"].power == pytest.approx(0.8)
    assert {"ja": "処置前の係数", "en": "before treatment"}[lang] in found.summary(lang)
    assert list(found.tidy()["term"]) == list(found.estimates.terms)
    assert "<table>" in found._repr_html_()
    ax = found.plot(lang=lang)
    ax.figure.draw_without_rendering()
    assert "kWh" in ax.get_ylabel()


REFUSED = {
    "power below size": ({"powers": [0.01]}, DataError, "did_pretrends_power"),
    "power of one": ({"powers": [1.0]}, DataError, "did_pretrends_power"),
    "nothing": ({"powers": []}, DataError, "did_pretrends_nothing"),
    "unknown time": ({"departure": {"77": 1.0}}, DataError, "did_pretrends_shape"),
    "too short": ({"departure": [1.0]}, DataError, "did_pretrends_shape"),
    "not finite": ({"departure": {"-2": np.nan}}, DataError, "did_pretrends_shape"),
    "level": ({"conf_level": 0}, DesignError, "bad_level"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(event, case):
    choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.pretrends(event, **choices)
    assert caught.value.code == code
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )


def test_no_period_before_is_refused():
    with pytest.raises(DesignError):
        did.pretrends(did.event_study(panel({NEVER: 9, 2: 9}), "y", **COLUMNS))


def test_a_singular_covariance_is_refused():
    with pytest.raises(DesignError) as caught:
        rectangle(np.zeros(2), np.ones((2, 2)), -np.ones(2), np.ones(2))
    assert caught.value.code == "stats_singular_covariance"
