"""Two-way fixed effects with one covariate, 5 % of the rows missing, errors clustered by unit.

Run `python benchmarks/twfe.py [units]` (20 periods; 50,000 units are a million rows).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

PERIODS = 20
Job = Callable[[], str]


def panel(units: int) -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    unit, time = np.repeat(np.arange(units), PERIODS), np.tile(np.arange(PERIODS), units)
    treated = (time >= rng.choice([5, 8, 11, 14, 100], units)[unit]).astype(float)
    x = rng.standard_normal(len(unit))
    y = rng.standard_normal(units)[unit] + 0.1 * time + 0.3 * treated + 0.2 * x + rng.standard_normal(len(unit))
    data = pd.DataFrame({"y": y, "d": treated, "x": x, "unit": unit, "time": time})
    return data.iloc[rng.permutation(len(data))[: int(0.95 * len(data))]].reset_index(drop=True)


def ebpm(units: int) -> Job:
    from ebpm import did

    data = panel(units)

    def job() -> str:
        found = did.twfe(data, "y", unit="unit", time="time", treatment="d", covariates=["x"]).headline
        return f"{found.estimate:.12f} ({found.std_error:.12f})"

    return job


def _pyfixest(units: int, backend: str) -> Job:
    import pyfixest

    data = panel(units)

    def job() -> str:
        found = pyfixest.feols("y ~ d + x | unit + time", data, vcov={"CRV1": "unit"}, demeaner_backend=backend)
        return f"{found.coef().iloc[0]:.12f} ({found.se().iloc[0]:.12f})"

    return job


def pyfixest_rust(units: int) -> Job:
    return _pyfixest(units, "rust")


def pyfixest_numba(units: int) -> Job:
    return _pyfixest(units, "numba")


def linearmodels(units: int) -> Job:
    from linearmodels.iv.absorbing import AbsorbingLS

    data = panel(units)

    def job() -> str:
        effects = data[["unit", "time"]].astype("category")
        found = AbsorbingLS(data.y, data[["d", "x"]], absorb=effects).fit(cov_type="clustered", clusters=data.unit)
        return f"{found.params.iloc[0]:.12f} ({found.std_errors.iloc[0]:.12f})"

    return job


if __name__ == "__main__":
    race(__file__, ["ebpm", "pyfixest_rust", "pyfixest_numba", "linearmodels"], int((sys.argv[1:] or ["50000"])[0]))
