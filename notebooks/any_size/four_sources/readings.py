"""Synthetic meter readings of homes in two cities, drawn with a seed into Parquet files: no record of any home."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20191001
YEARS = np.arange(2011, 2021)
STARTS, SHARES = np.array([0, 2014, 2016, 2018]), np.array([0.4, 0.2, 0.2, 0.2])
SAVED = 0.6
"""Electricity saved by a home once it takes part, in kWh a day: the truth behind the data."""


def homes(first: int, count: int, seed: int = SEED) -> pd.DataFrame:
    """Return the readings of some homes, one row a home and year.

    Parameters
    ----------
    first : number of the first home.
    count : of homes.
    seed : of the draws, with the number of the first home.
    """
    rng = np.random.default_rng([seed, first])
    start = rng.choice(STARTS, count, p=SHARES)
    level, noise = rng.gamma(9.0, 1.0, count), rng.normal(0.0, 1.2, (count, len(YEARS)))
    on = (start[:, None] > 0) & (YEARS >= start[:, None])
    kwh = 2.0 + level[:, None] + 0.05 * (YEARS - YEARS[0]) - SAVED * on + noise
    number = np.arange(first, first + count)
    return pd.DataFrame({
        "home": np.repeat(number, len(YEARS)), "city": np.repeat(np.where(number % 5 < 3, "north", "south"), len(YEARS)),
        "year": np.tile(YEARS, count).astype(np.int32), "start": np.repeat(start, len(YEARS)).astype(np.int32),
        "area": np.repeat(np.clip(30 + 7 * level + rng.normal(0.0, 10.0, count), 20, 200).astype(np.int32), len(YEARS)),
        "kwh": np.maximum(kwh, 0.0).round(1).ravel(),
    })  # fmt: skip


def write_readings(folder: Path, rows: int, *, files: int = 20) -> Path:
    """Write readings as Parquet files and return their folder.

    Parameters
    ----------
    folder : to write to.
    rows : of homes and years.
    files : how many.
    """
    each = rows // len(YEARS) // files
    for number in range(files):
        homes(number * each, each).to_parquet(folder / f"readings_{number:02d}.parquet", index=False)
    return folder
