"""Adjusted p values: order, bounds, refusal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebpm.errors import DataError
from ebpm.stats.multiple import ADJUSTMENTS, bonferroni, hochberg, holm

families = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(families, st.randoms())
@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_order_of_the_tests_does_not_matter(name, p_values, random):
    order = list(range(len(p_values)))
    random.shuffle(order)
    shuffled = ADJUSTMENTS[name]([p_values[i] for i in order])
    np.testing.assert_array_equal(shuffled, ADJUSTMENTS[name](p_values)[order])


@given(families)
def test_holm_lies_between_raw_and_bonferroni_and_hochberg_below_holm(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= bonferroni(p_values)).all()
    assert (hochberg(p_values) <= adjusted).all()


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_values_outside_zero_and_one_are_refused(name):
    with pytest.raises(DataError, match=r"1\.2"):
        ADJUSTMENTS[name]([0.1, 1.2])
    with pytest.raises(DataError, match="nan"):
        ADJUSTMENTS[name]([float("nan")])
