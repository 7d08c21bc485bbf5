"""Panels with a factor structure, for the tests of synthetic comparisons."""

import numpy as np
import pandas as pd

COLUMNS = {"unit": "city", "time": "year", "first_treated": "start"}


def factors(starts, *, periods=20, effect=0.0, noise=0.5, rank=2, seed=1, level=50.0):
    """Return a long table with columns city, year, start, y and x.

    Parameters
    ----------
    starts : first treated year of each city (years from 2001 on); 0 is never treated.
    effect : of treatment, in every treated year.
    rank : number of common factors; loadings are positive and sum to one.
    """
    rng = np.random.default_rng(seed)
    starts = np.asarray(starts)
    loadings = rng.dirichlet(np.ones(rank), size=len(starts))
    common = rng.normal(size=(rank, periods)).cumsum(axis=1) * 2.0
    years = np.arange(2001, 2001 + periods)
    treated = (starts[:, None] > 0) & (years >= starts[:, None])
    x = rng.normal(size=treated.shape)
    y = level + loadings @ common + effect * treated + noise * rng.normal(size=treated.shape)
    cities = [f"city{place:02d}" for place in range(len(starts))]
    return pd.DataFrame(
        {
            "city": np.repeat(cities, periods), "year": np.tile(years, len(starts)), "start": np.repeat(starts, periods),
            "y": y.ravel(), "x": x.ravel(),
        }
    )  # fmt: skip


ONE = [2015] + [0] * 19
BLOCK = [2013] * 4 + [0] * 16
STAGGERED = [2012] * 3 + [2015] * 2 + [0] * 17
