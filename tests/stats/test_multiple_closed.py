"""Hommel's and Sidak's p values: by closure over all sets, against other programs, and their order."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from ebpm.errors import DataError
from ebpm.stats.multiple import bonferroni, hochberg, holm, hommel, sidak, sidak_step_down

families = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def simes(p_values):
    ordered = np.sort(p_values)
    return (len(ordered) * ordered / np.arange(1, len(ordered) + 1)).min()


@given(family=families)
@settings(max_examples=60, deadline=None)
def test_hommel_is_the_closure_of_simes(family):
    every = [set_ for size in range(1, len(family) + 1) for set_ in combinations(range(len(family)), size)]
    expected = [
        max(simes([family[i] for i in set_]) for set_ in every if place in set_) for place in range(len(family))
    ]
    assert hommel(family) == pytest.approx(np.minimum(1, expected), abs=1e-12)


@given(family=families)
@settings(max_examples=60, deadline=None)
def test_none_exceeds_the_one_it_refines(family):
    assert (hommel(family) <= hochberg(family) + 1e-12).all()
    assert (hochberg(family) <= holm(family) + 1e-12).all()
    assert (sidak(family) <= bonferroni(family) + 1e-12).all()
    assert (sidak_step_down(family) <= np.minimum(holm(family), sidak(family)) + 1e-12).all()
    assert (hommel(family) >= np.array(family) - 1e-12).all()


@pytest.mark.parametrize(("ours", "theirs"), [(hommel, "hommel"), (sidak, "sidak"), (sidak_step_down, "holm-sidak")])
def test_other_programs(ours, theirs):
    family = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0,
    ]  # fmt: skip
    with np.errstate(divide="ignore"):  # theirs takes the logarithm of 1 - p, also where p is 1
        expected = multipletests(family, method=theirs)[1]
    assert ours(family) == pytest.approx(expected, rel=1e-9)


@given(family=families)
@settings(max_examples=60, deadline=None)
def test_sidak_is_the_chance_that_the_least_of_independent_p_values_is_as_small(family):
    assert sidak(family) == pytest.approx(1 - (1 - np.array(family)) ** len(family), abs=1e-12)


def test_values_that_are_no_probabilities_are_refused():
    for adjust in (hommel, sidak, sidak_step_down):
        with pytest.raises(DataError):
            adjust([0.1, 1.2])
