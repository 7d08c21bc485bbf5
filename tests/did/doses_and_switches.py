"""Small synthetic panels of treatments that switch, and of treatments with a dose."""

import numpy as np
import pandas as pd


def switching_panel(units=80, periods=7, *, seed=5, effect=1.0, noise=1.0, both_ways=False, stay=0.3):
    """Return a long table with unit, time, d, y, ward and w; a third of the switchers switches again.

    Parameters
    ----------
    effect : of one unit of treatment, at once.
    both_ways : whether treatments may also fall, and cross their first value.
    stay : share of units that never switch.
    """
    rng = np.random.default_rng(seed)
    first = rng.choice([1, 2] if both_ways else [0, 1], size=units, p=[0.6, 0.4])
    d = np.repeat(first[:, None], periods, axis=1).astype(float)
    steps = [-1, 1, 2] if both_ways else [1, 2]
    for one in np.flatnonzero(rng.random(units) > stay):
        start = rng.integers(1, periods)
        d[one, start:] = first[one] + rng.choice(steps)
        if rng.random() < 0.3 and start < periods - 1:
            d[one, rng.integers(start + 1, periods) :] = first[one] + rng.choice([*steps, 0])
    common = rng.normal(size=periods).cumsum() + 0.4 * first[:, None] * np.arange(periods)
    y = 2 * rng.normal(size=(units, 1)) + common + effect * d + noise * rng.normal(size=d.shape)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods), "time": np.tile(np.arange(1, periods + 1), units),
            "d": d.ravel(), "y": y.ravel(), "ward": np.repeat(rng.integers(0, units // 3, units), periods),
            "w": np.repeat(rng.uniform(0.5, 2.0, units), periods),
        }
    )  # fmt: skip


def dose_panel(units=240, periods=5, *, cohorts=(0, 2, 3, 5), seed=1, levels=(), noise=0.6):
    """Return a long table with unit, time, first, dose, y, ward and w; the effect of dose d is 1.2 d - 0.25 d^2.

    Parameters
    ----------
    cohorts : first treated periods, drawn with equal chances; 0 is never treated.
    levels : doses, drawn with equal chances; a gamma distribution where empty.
    """
    rng = np.random.default_rng(seed)
    first = rng.choice(cohorts, size=units)
    drawn = rng.choice(levels, size=units) if levels else rng.gamma(3.0, 0.4, units) + 0.05
    dose, time = np.where(first > 0, drawn, 0.0), np.arange(1, periods + 1)
    treated = (first[:, None] > 0) & (time >= first[:, None])
    effect = (1.2 * dose - 0.25 * dose**2)[:, None] * treated
    y = rng.normal(size=(units, 1)) + 0.3 * time + effect + noise * rng.normal(size=treated.shape)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), periods), "time": np.tile(time, units), "first": np.repeat(first, periods),
            "dose": np.repeat(dose, periods), "y": y.ravel(), "ward": np.repeat(rng.integers(0, units // 4, units), periods),
            "w": np.repeat(rng.uniform(0.5, 2.0, units), periods),
        }
    )  # fmt: skip


SWITCHES = {"unit": "unit", "time": "time", "treatment": "d"}
DOSES = {"unit": "unit", "time": "time", "dose": "dose", "first_treated": "first"}
