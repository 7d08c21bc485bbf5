"""Simulations with common factors: errors of synthetic DiD cover, placebo and conformal tests keep their level."""

import numpy as np
import pytest

from ebpm import did
from ebpm.estimate import Unavailable
from tests.did.factors import COLUMNS, factors

pytestmark = pytest.mark.slow

EFFECT = 1.0
ONE, MANY = [2016] + [0] * 29, [2014] * 12 + [0] * 28


def headlines(starts, panels, routine=did.synthetic_did, **options):
    for seed in range(panels):
        data = factors(starts, effect=EFFECT, noise=1.0, seed=seed)
        yield routine(data, "y", **COLUMNS, **options).estimates.headline


def covered(items):
    return np.mean([inside(one) for one in items])


def inside(one):
    """Whether the effect is not ruled out: no interval is an empty one or, where the placebos set no bound, the whole line."""
    if isinstance(one.conf_low, Unavailable):
        return one.conf_low.reason != "synthetic_no_constant"
    return one.conf_low <= EFFECT <= one.conf_high


def test_placebo_errors_of_one_treated_unit_cover():
    assert 0.90 <= covered(headlines(ONE, 300)) <= 0.98


def test_jackknife_errors_of_several_treated_units_cover():
    # the jackknife with fixed weights is conservative (Arkhangelsky et al. 2021, theorem 2)
    assert 0.91 <= covered(headlines(MANY, 300, inference="jackknife")) <= 0.99


def test_bootstrap_errors_of_several_treated_units_cover():
    assert 0.90 <= covered(headlines(MANY, 100, inference="bootstrap", draws=60)) <= 1.0


def test_the_placebo_rank_keeps_its_level_and_its_interval_covers():
    items = list(headlines([2016] + [0] * 19, 300, did.synthetic_control, conf_level=0.9))
    assert 0.85 <= covered(items) <= 0.95


def test_the_conformal_test_keeps_its_level():
    rejected = []
    for seed in range(200):
        data = factors([2017] + [0] * 19, noise=1.0, seed=seed)
        found = did.synthetic_control(data, "y", **COLUMNS, inference="none").conformal("simple")
        rejected.append(found.headline.p_value <= 0.1)
    assert np.mean(rejected) <= 0.145
