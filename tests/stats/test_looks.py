"""Repeated looks against the published constants, simulation, and what must hold."""

import numpy as np
import pytest

from ebpm.errors import DesignError
from ebpm.stats.looks import crossing, repeated_looks

# Pocock (1977), table 1, and O'Brien and Fleming (1979) as tabled by Jennison and Turnbull (2000), tables 2.1 and 2.3
POCOCK = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555}
OBRIEN_FLEMING = {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087}
ARMITAGE = {2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193}


@pytest.mark.parametrize("looks", POCOCK)
def test_published_constants(looks):
    found = repeated_looks(looks)
    assert found.pocock == pytest.approx(POCOCK[looks], abs=6e-4)
    assert found.obrien_fleming[-1] == pytest.approx(OBRIEN_FLEMING[looks], abs=6e-4)
    assert found.size == pytest.approx(ARMITAGE[looks], abs=6e-4)


def test_bounds_hold_the_level():
    found = repeated_looks(4, conf_level=0.9)
    assert crossing([found.pocock] * 4) == pytest.approx(0.1, abs=1e-9)
    assert crossing(found.obrien_fleming) == pytest.approx(0.1, abs=1e-9)
    assert found.nominal < 0.1 < found.size


def test_one_look_is_the_test():
    found = repeated_looks(1)
    assert (found.size, found.nominal) == pytest.approx((0.05, 0.05))


def test_simulated_walks():
    walks = np.random.default_rng(0).normal(size=(40_000, 3)).cumsum(axis=1) / np.sqrt(np.arange(1, 4))
    bounds = [2.5, 2.2, 2.0]
    assert crossing(bounds) == pytest.approx((np.abs(walks) >= bounds).any(axis=1).mean(), abs=0.005)


@pytest.mark.parametrize("looks", [0, -1, 31])
def test_other_numbers_are_refused(looks):
    with pytest.raises(DesignError, match="looks"):
        repeated_looks(looks)
