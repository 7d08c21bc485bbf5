"""Two-way fixed effects with one covariate, 5 % of the rows missing, errors clustered by unit.

Run `python benchmarks/twfe.py` (a million and five million rows of 20 periods) or `... growth` for ebpm alone, 10^4 to 10^7 rows,
as they are, in no order, and in order of unit and period.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

PERIODS = 20
WHAT = "Two-way fixed effects, errors by unit"
CONTESTANTS = ["ebpm", "pyfixest_rust", "pyfixest_numba", "linearmodels"]
Job = Callable[[], str]


def panel(rows: int) -> pd.DataFrame:
    rng, units = np.random.default_rng(20190401), rows // PERIODS
    unit, time = np.repeat(np.arange(units), PERIODS), np.tile(np.arange(PERIODS), units)
    treated = (time >= rng.choice([5, 8, 11, 14, 100], units)[unit]).astype(float)
    x = rng.standard_normal(len(unit))
    y = rng.standard_normal(units)[unit] + 0.1 * time + 0.3 * treated + 0.2 * x + rng.standard_normal(len(unit))
    data = pd.DataFrame({"y": y, "d": treated, "x": x, "unit": unit, "time": time})
    return data.iloc[rng.permutation(len(data))[: int(0.95 * len(data))]].reset_index(drop=True)


def ebpm(rows: int) -> Job:
    return _ebpm(panel(rows))


def ebpm_in_order(rows: int) -> Job:
    return _ebpm(panel(rows).sort_values(["unit", "time"]).reset_index(drop=True))


def _ebpm(data: pd.DataFrame) -> Job:
    from ebpm import did

    def job() -> str:
        found = did.twfe(data, "y", unit="unit", time="time", treatment="d", covariates=["x"]).headline
        return f"{found.estimate:.12f} ({found.std_error:.12f})"

    return job


def _pyfixest(rows: int, backend: str) -> Job:
    import pyfixest

    data = panel(rows)

    def job() -> str:
        found = pyfixest.feols("y ~ d + x | unit + time", data, vcov={"CRV1": "unit"}, demeaner_backend=backend)
        return f"{found.coef().iloc[0]:.12f} ({found.se().iloc[0]:.12f})"

    return job


def pyfixest_rust(rows: int) -> Job:
    return _pyfixest(rows, "rust")


def pyfixest_numba(rows: int) -> Job:
    return _pyfixest(rows, "numba")


def linearmodels(rows: int) -> Job:
    from linearmodels.iv.absorbing import AbsorbingLS

    data = panel(rows)

    def job() -> str:
        effects = data[["unit", "time"]].astype("category")
        found = AbsorbingLS(data.y, data[["d", "x"]], absorb=effects).fit(cov_type="clustered", clusters=data.unit)
        return f"{found.params.iloc[0]:.12f} ({found.std_errors.iloc[0]:.12f})"

    return job


if __name__ == "__main__":
    if sys.argv[1:] == ["growth"]:
        for power in (4, 5, 6, 7):
            race(__file__, ["ebpm", "ebpm_in_order"], 10**power, WHAT)
    else:
        for size in (1_000_000, 5_000_000):
            race(__file__, CONTESTANTS, size, WHAT)
