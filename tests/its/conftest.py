"""Made-up monthly series with a known change."""

import numpy as np
import pandas as pd
import pytest

FIRST_YEAR = 2014


@pytest.fixture(scope="session")
def made():
    """Return a maker of a table of months: counts around a log-linear rate, alone or with a comparison series."""

    def make(periods=96, start=60, *, level=-0.2, slope=0.0, rho=0.0, wave=0.0, noise=0.03, seed=0, comparison=False):
        rng = np.random.default_rng(seed)
        tables = []
        for exposed in (1, 0) if comparison else (1,):
            t = np.arange(periods)
            shocks = rng.normal(size=periods + 50)
            for i in range(1, periods + 50):
                shocks[i] = rho * shocks[i - 1] + np.sqrt(1 - rho**2) * shocks[i]
            index = -2 - 0.001 * t + wave * np.cos(2 * np.pi * t / 12) + noise * shocks[50:]
            index = index + exposed * (level + slope * (t - start)) * (t >= start)
            exposure = np.round(rng.uniform(4_900, 5_100, periods))
            months = [f"{FIRST_YEAR + i // 12}-{i % 12 + 1:02d}" for i in t]
            rate = np.exp(index)
            counts = rng.poisson(exposure * rate)
            columns = {"month": months, "cases": counts, "people": exposure, "rate": rate, "city": exposed}
            tables.append(pd.DataFrame(columns))
        return pd.concat(tables, ignore_index=True)

    return make


@pytest.fixture(scope="session")
def month():
    """Return a maker of the name of the n-th month, from 0."""
    return lambda place: f"{FIRST_YEAR + place // 12}-{place % 12 + 1:02d}"
