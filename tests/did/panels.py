"""Small panels for the tests of ebpm.did."""

import numpy as np
import pandas as pd

NEVER = 0


def panel(cohorts, *, periods=8, effect=1.0, trend=0.0, noise=1.0, seed=1, level=0.0):
    """Return a long table with columns unit, time, first, y and x.

    Parameters
    ----------
    cohorts : {first treated period: units}, 0 is never treated.
    effect : of treatment in every period from the first treated one on.
    trend : added each period to the treated units alone, before and after.
    """
    rng = np.random.default_rng(seed)
    first = np.repeat(list(cohorts), list(cohorts.values()))
    time = np.arange(1, periods + 1)
    treated = (first[:, None] > NEVER) & (time >= first[:, None])
    x = rng.normal(size=len(first))
    y = level + rng.normal(size=(len(first), 1)) + 0.3 * time + 0.2 * x[:, None] * time
    y = y + trend * time * (first[:, None] > NEVER) + effect * treated + noise * rng.normal(size=treated.shape)
    units = np.arange(len(first))
    return pd.DataFrame(
        {
            "unit": np.repeat(units, periods), "time": np.tile(time, len(first)), "first": np.repeat(first, periods),
            "y": y.ravel(), "x": np.repeat(x, periods), "treated": treated.ravel().astype(float),
        }
    )  # fmt: skip


COLUMNS = {"unit": "unit", "time": "time", "first_treated": "first"}
LARGE = {NEVER: 60, 4: 30, 5: 25, 7: 20}
