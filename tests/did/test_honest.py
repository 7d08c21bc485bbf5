"""Intervals that allow for departures from parallel trends: exact parts, order, equivariance, words, figure, refusals."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import truncnorm

from ebpm import did
from ebpm.did.sensitivity import flci, moment_tests
from ebpm.did.sensitivity.coefficients import Coefficients
from ebpm.did.sensitivity.robust_intervals import Robust
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

few = settings(max_examples=10, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)


def relative(study, bound, alpha, inference="hybrid"):
    return Robust("relative_magnitudes", inference, alpha).interval(study, bound)


def smooth(study, bound, alpha, inference="flci"):
    return Robust("smoothness", inference, alpha).interval(study, bound)


BOTH = ("relative_magnitudes", "smoothness")


def drawn(seed):
    rng = np.random.default_rng(seed)
    P, Q = (int(one) for one in rng.integers(1, 6, 2))
    root = rng.normal(size=(P + Q, P + Q + 3))
    weights = [np.full(Q, 1 / Q), np.eye(Q)[int(rng.integers(Q))], rng.normal(size=Q)][seed % 3]
    return Coefficients(rng.normal(size=P + Q), root @ root.T / 10, P, weights)


@pytest.fixture(scope="module")
def event():
    return did.event_study(panel(LARGE, effect=1.0, noise=0.5), "y", **COLUMNS)


@few
@given(seeds, st.floats(0.0, 3.0), st.floats(-3, 3))
def test_the_vertices_solve_the_linear_programme(seed, bound, value):
    study = drawn(seed)
    P, Q = study.before, len(study.weights)
    steps = moment_tests.first_differences(P, Q)
    for place, test in enumerate(moment_tests.relative_magnitude_tests(study, bound, 0.05, "hybrid")):
        limit = bound * (1.0 if place % 2 == 0 else -1.0) * steps[place // 2]
        rows = np.vstack([steps[P:] - limit, -steps[P:] - limit])
        scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, study.covariance, rows))
        load = rows[:, P:]
        found = linprog(
            np.eye(Q + 1)[0], A_ub=np.column_stack([-scale, -load]), b_ub=-rows @ study.values,
            A_eq=np.array([[0.0, *study.weights]]), b_eq=[value], bounds=[(None, None)] * (Q + 1),
        )  # fmt: skip
        assert found.fun == pytest.approx((test.level - value * test.slope).max(), abs=1e-7)


def test_the_truncated_quantile_is_right_in_the_body_and_far_out():
    low, high, one = np.array([-1.0, 0.5, 20.0, 60.0, 60.0]), np.array([2.0, np.inf, np.inf, np.inf, 60.01]), np.ones(5)
    found = moment_tests.truncated(0.9, low, high, one)
    body = [truncnorm(*pair).ppf(0.9) for pair in zip(low[:3], high[:3], strict=True)]
    np.testing.assert_allclose(found[:3], body, rtol=1e-8)
    assert found[3] == pytest.approx(60.0 + np.log(10.0) / 60.0, abs=1e-4)
    assert found[4] == 60.01


def test_departures_of_the_wrong_sign_are_rejected_however_precise():
    study = Coefficients(np.array([5.0, 0.0, 1.0]), np.diag([1e-6, 1e-6, 1e-2]), 2, np.ones(1))
    low, high = relative(study, 0.01, 0.05)
    assert (low, high) == pytest.approx((1 - 0.05 - 0.197, 1 + 0.05 + 0.197), abs=0.05)


@few
@given(seeds)
def test_no_bend_at_all_is_generalised_least_squares(seed):
    study = drawn(seed)
    _, trend = flci.second_differences(study.before, len(study.weights))
    free = np.linalg.svd(trend[None, : study.before])[2][1:].T
    fixed = study.contrast + np.append(
        np.zeros(study.before - 1), [trend @ study.contrast, *np.zeros(len(study.weights))]
    )
    Z = np.vstack([free, np.zeros((len(study.weights), free.shape[1]))])
    v = fixed - Z @ np.linalg.solve(Z.T @ study.covariance @ Z, Z.T @ study.covariance @ fixed) if free.size else fixed
    low, high = smooth(study, 0.0, 0.05)
    assert high - low == pytest.approx(2 * 1.959963984540054 * np.sqrt(v @ study.covariance @ v), rel=1e-5)


@few
@given(seeds)
def test_bends_and_trend_say_what_a_departure_does(seed):
    study, rng = drawn(seed), np.random.default_rng(seed)
    P, n = study.before, len(study.values)
    bends, trend = flci.second_differences(P, n - P)
    path = rng.normal(size=n)
    whole = np.insert(path, P, 0.0)
    second = np.diff(whole, 2)
    slope = path[P]
    order = [*range(P - 1, -1, -1), *range(P, n - 1)]
    weights = rng.normal(size=n)
    assert weights @ path == pytest.approx((bends @ weights) @ second[order] + slope * (trend @ weights), abs=1e-9)


@pytest.mark.parametrize("interval", [relative, smooth])
@few
@given(seed=seeds)
def test_wider_with_the_bound_and_equivariant(interval, seed):
    study = drawn(seed)
    widths = [high - low for low, high in (interval(study, bound, 0.05) for bound in (0.0, 0.5, 1.0, 2.0))]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(widths))
    plain, scaled = (
        interval(study, 1.0, 0.05),
        replace(study, values=-3 * study.values, covariance=9 * study.covariance),
    )
    bound = 3.0 if interval is smooth else 1.0
    low, high = interval(scaled, bound, 0.05)
    assert (-high / 3, -low / 3) == pytest.approx(plain, abs=1e-7 * study.std_error)
    moved = replace(study, values=study.values + np.insert(np.full(len(study.weights), 5.0), 0, np.zeros(study.before)))
    assert np.subtract(interval(moved, 1.0, 0.05), 5.0 * study.weights.sum()) == pytest.approx(
        plain, abs=1e-7 * study.std_error
    )


def test_the_interval_covers_at_the_edge_of_what_is_allowed():
    rng, P, Q = np.random.default_rng(4), 2, 2
    departure, V = np.array([-0.2, -0.1, 0.1, 0.2]), 0.01 * (np.eye(4) + 1.0)
    weights, draws = np.full(Q, 0.5), rng.multivariate_normal(departure, V, 400)
    for interval, bound in ((relative, 1.0), (smooth, 0.0)):
        found = [interval(Coefficients(one, V, P, weights), bound, 0.05) for one in draws]
        assert np.mean([low <= 0.0 <= high for low, high in found]) > 0.92


@pytest.mark.parametrize("restriction", BOTH)
def test_the_breakdown_value_is_where_zero_comes_in(event, restriction):
    found = did.honest(event, restriction=restriction)
    at = {"relative_magnitudes": relative, "smoothness": smooth}[restriction]
    below, above = (at(found.coefficients, found.breakdown * one, 0.05) for one in (1 - 1e-8, 1 + 1e-8))
    assert not below[0] <= 0 <= below[1]
    assert above[0] <= 0 <= above[1]


def test_one_effect_and_the_average(event):
    found = did.honest(event, target="0", bounds=[1.0])
    assert found.coefficients.estimate == pytest.approx(event["0"].estimate)
    average = did.honest(event, bounds=[0.0, 1.0])
    assert average.coefficients.estimate == pytest.approx(event.headline.estimate)
    assert average.original == pytest.approx((event.headline.estimate - 1.95996 * event.headline.std_error,
                                              event.headline.estimate + 1.95996 * event.headline.std_error), rel=1e-4)  # fmt: skip
    assert (average.estimates.terms, average.estimates.headline_term) == (("original", "M=0", "M=1"), "M=1")
    assert isinstance(average.estimates.headline.std_error, Unavailable)


def test_an_effect_that_is_not_there_breaks_down_at_once():
    data = panel(LARGE, effect=0.0, seed=3)
    found = did.honest(did.event_study(data, "y", **COLUMNS))
    assert found.breakdown == 0.0
    assert found.notices.codes == ()


def test_the_notice_fires_when_a_small_departure_is_enough_and_not_when_a_large_one_is_needed(event):
    weak = did.event_study(panel(LARGE, effect=0.6, noise=1.0, seed=2), "y", **COLUMNS)
    found = did.honest(weak)
    assert 0 < found.breakdown < 1
    assert found.notices.codes == ("D218",)
    assert all("{" not in found.notices.to_text(lang) for lang in ("ja", "en"))
    strong = did.honest(did.event_study(panel(LARGE, effect=30.0, noise=0.3), "y", **COLUMNS))
    assert strong.breakdown > 1
    assert strong.notices.codes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("restriction", BOTH)
def test_words_table_and_figure(event, restriction, lang):
    found = did.honest(event.in_unit("kWh"), restriction=restriction)
    assert {"ja": "平行トレンド", "en": "parallel trends"}[lang] in found.summary(lang)
    assert len(found.tidy()) == 1 + len(found.bounds)
    assert "<p>" in found._repr_html_()
    ax = found.plot(lang=lang)
    ax.figure.draw_without_rendering()
    assert "kWh" in ax.get_ylabel()


def varying():
    return did.att_gt(panel(LARGE), "y", **COLUMNS).aggregate("event")


REFUSED = {
    "no reference": (varying, {}, DesignError, "did_honest_event"),
    "not an event study": (
        lambda: did.sun_abraham(panel(LARGE), "y", **COLUMNS).aggregate("group"),
        {},
        DesignError,
        "did_honest_event",
    ),
    "nothing before": (
        lambda: did.event_study(panel({NEVER: 9, 2: 9}), "y", **COLUMNS),
        {},
        DesignError,
        "did_honest_event",
    ),
    "negative bound": (None, {"bounds": [-1.0]}, DataError, "did_honest_bounds"),
    "infinite bound": (None, {"bounds": [np.inf]}, DataError, "did_honest_bounds"),
    "restriction": (None, {"restriction": "monotone"}, DataError, "bad_choice"),
    "target": (None, {"target": "-3"}, DataError, "bad_choice"),
    "target before the reference": (None, {"target": {"-3": 1.0}}, DataError, "bad_choice"),
    "no weight": (None, {"target": {"0": 0.0}}, DataError, "did_honest_target"),
    "too many weights": (None, {"target": [1.0] * 40}, DataError, "did_honest_target"),
    "inference": (None, {"inference": "flci"}, DataError, "bad_choice"),
    "level": (None, {"conf_level": 2}, DesignError, "bad_level"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(event, case):
    made, choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.honest(made() if made else event, **choices)
    assert caught.value.code == code
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )


def test_the_restriction_may_be_named_in_the_singular(event):
    assert did.honest(event, restriction="relative_magnitude").tidy().equals(did.honest(event).tidy())


@pytest.mark.parametrize(("lang", "words"), [("ja", "平行トレンドの下で"), ("en", "under parallel trends")])
def test_the_interval_under_parallel_trends_is_called_so(event, lang, words):
    found = did.honest(event, bounds=[1.0])
    assert [one.called(lang) for one in found.estimates] == [words, "M=1"]
    assert next(iter(found.estimates)).term == "original"
    assert "original" not in found.summary(lang)
