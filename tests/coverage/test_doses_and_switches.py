"""Simulations: intervals and bands over doses cover, and so do those of treatments that switch, with effects that differ between units."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from tests.did.doses_and_switches import DOSES, SWITCHES

pytestmark = pytest.mark.slow

DRAWS = 400
GRID = np.array([0.5, 0.8, 1.2, 1.6, 2.0])


def draw_doses(seed):
    """Draw 160 units over 4 periods: effects quadratic in the dose that differ between cohorts and units, heavy-tailed changes."""
    rng = np.random.default_rng(seed)
    first = rng.choice([0, 2, 3], p=[0.4, 0.3, 0.3], size=160)
    dose, time = np.where(first > 0, rng.uniform(0.3, 2.2, 160), 0.0), np.arange(1, 5)
    treated = (first[:, None] > 0) & (time >= first[:, None])
    effect = (curve(dose) * (1 + 0.3 * (first == 3)) * (1 + 0.3 * rng.normal(size=160)))[:, None] * treated
    y = rng.normal(size=(160, 1)) + 0.3 * time + effect + 0.5 * rng.standard_t(5, size=treated.shape)
    units = np.repeat(np.arange(160), 4)
    return pd.DataFrame(
        {"unit": units, "time": np.tile(time, 160), "first": first[units], "dose": dose[units], "y": y.ravel()}
    )


def curve(dose):
    return 2.0 * dose - 0.6 * dose**2


def test_intervals_and_bands_over_doses_cover():
    true = {"level": 1.15 * curve(GRID), "slope": 1.15 * (2.0 - 1.2 * GRID)}
    mean = 1.15 * np.array([2.0 * 1.25 - 0.6 * (1.25**2 + 1.9**2 / 12), 2.0 - 1.2 * 1.25])
    points, bands, overall, tests = {"level": [], "slope": []}, {"level": [], "slope": []}, [], []
    for seed in range(DRAWS):
        found = did.continuous_dose(draw_doses(seed), "y", **DOSES, degree=2, grid=GRID)
        for target, truth in true.items():
            estimates = found.aggregate("dose", target=target)
            points[target].append(
                [one.conf_low <= value <= one.conf_high for one, value in zip(estimates, truth, strict=False)]
            )
            limits = zip(estimates.bands(), truth, strict=False)
            bands[target].append(all(low <= value <= high for (low, high), value in limits))
        overall.append(
            [one.conf_low <= value <= one.conf_high for one, value in zip(found.estimates, mean, strict=True)]
        )
        tests.append(found.pretrend().p_value < 0.05)
    # 400 draws: a standard error of one point; 48 units a cohort with three coefficients each cost up to three.
    for target in true:
        assert 0.91 <= np.mean(points[target]) <= 0.97
        assert 0.90 <= np.mean(bands[target]) <= 0.98
    np.testing.assert_array_less([0.91, 0.91], np.mean(overall, axis=0))
    np.testing.assert_array_less(np.mean(overall, axis=0), [0.98, 0.98])
    assert np.mean(tests) <= 0.09


def draw_switches(seed):
    """Draw outcomes for 90 units over 6 periods whose treatments, on and off, are always the same; effects differ between units."""
    fixed, rng = np.random.default_rng(7), np.random.default_rng(seed)
    base, d = fixed.integers(0, 2, 90), np.empty((90, 6))
    for one in range(90):
        start = fixed.integers(2, 6) if fixed.random() < 0.6 else 6
        d[one] = np.where(np.arange(6) >= start, 1 - base[one], base[one])
        if fixed.random() < 0.3:
            d[one, min(start + 2, 6) :] = base[one]
    lagged = d + 0.5 * np.c_[d[:, :1], d[:, :-1]]
    effect = lagged * (1 + 0.5 * rng.normal(size=(90, 1)))
    y = 2 * rng.normal(size=(90, 1)) + 0.5 * np.arange(6) * (1 + base[:, None]) + effect + rng.normal(size=d.shape)
    units = np.repeat(np.arange(90), 6)
    return pd.DataFrame({"unit": units, "time": np.tile(np.arange(1, 7), 90), "d": d.ravel(), "y": y.ravel()}), lagged


def test_intervals_and_bands_over_periods_since_the_switch_cover():
    data, lagged = draw_switches(0)
    exact = did.switching(data.assign(y=lagged.ravel()), "y", **SWITCHES, effects=3, placebos=2)
    true, total = [item.estimate for item in exact.aggregate("event")], exact.estimates.headline.estimate
    points, bands, totals, tests = [], [], [], []
    for seed in range(DRAWS):
        found = did.switching(draw_switches(seed)[0], "y", **SWITCHES, effects=3, placebos=2)
        event = found.aggregate("event")
        kept = [place for place, item in enumerate(event) if item.term != "-1"]
        points.append([event.items[place].conf_low <= true[place] <= event.items[place].conf_high for place in kept])
        bands.append(all(event.bands()[place][0] <= true[place] <= event.bands()[place][1] for place in kept))
        head = found.estimates.headline
        totals.append(head.conf_low <= total <= head.conf_high)
        tests.append(found.pretrend().p_value < 0.05)
    # Given the treatments the truth does not move; cohorts of five to ten units cost the normal approximation up to three points.
    assert 0.91 <= np.mean(points) <= 0.97
    assert 0.89 <= np.mean(bands) <= 0.98
    assert 0.91 <= np.mean(totals) <= 0.98
    assert np.mean(tests) <= 0.10
