"""Exact tests of shares against scipy and by going through every table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact

from ebpm.stats.exact_shares import exact_power

sizes = st.integers(2, 14)
shares = st.floats(0.02, 0.98)


@given(n0=sizes, n1=sizes, share0=shares, share1=shares)
@settings(max_examples=25, deadline=None)
def test_fisher_is_the_sum_over_all_tables(n0, n1, share0, share1):
    expected = sum(
        binom.pmf(a, n0, share0) * binom.pmf(b, n1, share1)
        for a in range(n0 + 1) for b in range(n1 + 1)
        if fisher_exact([[a, n0 - a], [b, n1 - b]]).pvalue <= 0.05
    )  # fmt: skip
    assert exact_power(n0, n1, share0=share0, share1=share1) == pytest.approx(expected, abs=1e-9)


@given(n0=sizes, n1=sizes, share=shares)
@settings(max_examples=25, deadline=None)
def test_the_level_holds_and_boschloo_has_no_less_power(n0, n1, share):
    assert exact_power(n0, n1, share0=share, share1=share, rule="boschloo") <= 0.05 + 1e-4
    fisher, boschloo = (exact_power(n0, n1, share0=share, share1=0.5, rule=rule) for rule in ("fisher", "boschloo"))
    assert boschloo >= fisher - 1e-12


def test_arms_can_be_exchanged():
    one = exact_power(17, 9, share0=0.2, share1=0.7, rule="boschloo")
    assert one == pytest.approx(exact_power(9, 17, share0=0.7, share1=0.2, rule="boschloo"), rel=1e-9)
    assert np.isclose(one, exact_power(17, 9, share0=0.8, share1=0.3, rule="boschloo"), rtol=1e-6)
