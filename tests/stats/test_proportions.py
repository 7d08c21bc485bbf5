"""Shares against published values, against brute force and against each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from ebpm.errors import DesignError
from ebpm.stats.proportions import newcombe, wilson, worst_case
from ebpm.survey import bounds_from

SHARES = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_newcombe_1998a_table_1(x, n, low, high):
    assert wilson(x / n, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("after", "before", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_newcombe_is_newcombe_1998b_table_2(after, before, low, high):
    shares = [(x / n, n) for x, n in (before, after)]
    assert newcombe(*shares) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("x", "n", "y", "m"), [(3, 17, 9, 40), (0, 5, 5, 5), (300, 1000, 350, 1100), (1, 1, 0, 2)])
@pytest.mark.parametrize("conf_level", [0.5, 0.9, 0.99])
def test_intervals_are_those_of_statsmodels(x, n, y, m, conf_level):
    ours = wilson(x / n, n, conf_level=conf_level)
    assert ours == pytest.approx(proportion_confint(x, n, alpha=1 - conf_level, method="wilson"), abs=1e-12)
    theirs = confint_proportions_2indep(y, m, x, n, compare="diff", method="newcomb", alpha=1 - conf_level)
    assert newcombe((x / n, n), (y / m, m), conf_level=conf_level) == pytest.approx(theirs, abs=1e-12)


@given(SHARES, st.integers(1, 10**6))
def test_wilson_holds_the_share_and_stays_inside(share, n):
    low, high = wilson(share, n)
    assert 0.0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1.0


@given(SHARES, st.integers(1, 10**4), SHARES, st.integers(1, 10**4))
def test_newcombe_turns_with_its_arguments_and_holds_the_change(share_0, n_0, share_1, n_1):
    low, high = newcombe((share_0, n_0), (share_1, n_1))
    back = newcombe((share_1, n_1), (share_0, n_0))
    assert back == pytest.approx((-high, -low), abs=1e-12)
    assert low - 1e-12 <= share_1 - share_0 <= high + 1e-12


@given(SHARES, SHARES)
def test_worst_case_is_the_bound_of_the_survey_room(mean, rate):
    low, high = worst_case(mean, rate)
    theirs = bounds_from(mean=mean, response_rate=rate).headline
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-15)
    assert high - low == pytest.approx(1.0 - rate, abs=1e-12)


def test_a_level_must_lie_between_none_and_all():
    with pytest.raises(DesignError):
        wilson(0.5, 10, conf_level=1.0)
