"""Group-time effects of a balanced panel, 20 periods and nine cohorts: joint covariance and simultaneous band, beside peers.

Run `python benchmarks/att_gt.py` (100,000 units), `... all` with the slowest peers too, `... growth` for ebpm alone from 10^4 to 10^7
rows. `pivot` is the yardstick of the same run: the frame made wide and nothing else. The peers give standard errors without a band.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from contest import race

PERIODS, COHORTS, ROWS = 20, 9, 2_000_000
COVARIATES = ["x0", "x1", "x2"]
SLOW = ["statspai", "moderndid", "differences"]
WHAT = f"Group-time effects, {PERIODS} periods, {COHORTS} cohorts"
Job = Callable[[], str]


def panel(rows: int) -> pd.DataFrame:
    """Return a synthetic panel: nine cohorts and the never treated, in order of unit and period."""
    rng, units = np.random.default_rng(20190401), rows // PERIODS
    first = rng.choice(np.r_[0, np.linspace(3, PERIODS - 1, COHORTS).astype(int)], units)
    time = np.arange(1, PERIODS + 1)
    y = rng.normal(size=(units, 1)) + 0.1 * time + ((first[:, None] > 0) & (time >= first[:, None]))
    columns = {
        "unit": np.repeat(np.arange(units), PERIODS),
        "time": np.tile(time, units),
        "first": np.repeat(first, PERIODS),
    }
    columns["y"] = (y + rng.normal(size=y.shape)).ravel()
    return pd.DataFrame(columns | {name: np.repeat(rng.normal(size=units), PERIODS) for name in COVARIATES})


def pivot(rows: int) -> Job:
    data = panel(rows)
    return lambda: str(data.pivot(index="unit", columns="time", values="y").shape)  # noqa: PD010


def _ebpm(rows: int, covariates: list[str]) -> Job:
    from ebpm import did
    from ebpm.stats import inference

    data = panel(rows)

    def job() -> str:
        inference._sup_t.cache_clear()  # noqa: SLF001
        found = did.att_gt(
            data, "y", unit="unit", time="time", first_treated="first", covariates=covariates, control="never_treated"
        ).estimates
        item = found["3:4"]
        return f"{item.estimate:.10f} ({item.std_error:.6f}), band {found.critical_value:.3f}, covariance {found.covariance.shape}"

    return job


def ebpm(rows: int) -> Job:
    return _ebpm(rows, [])


def ebpm_dr(rows: int) -> Job:
    return _ebpm(rows, COVARIATES)


def _diff_diff(rows: int, covariates: list[str]) -> Job:
    from diff_diff import CallawaySantAnna

    data = panel(rows)
    named = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first", "covariates": covariates or None}

    def job() -> str:
        found = CallawaySantAnna(estimation_method="dr").fit(data, **named).group_time_effects[3, 4]
        return f"{found['effect']:.10f} ({found['se']:.6f})"

    return job


def diff_diff(rows: int) -> Job:
    return _diff_diff(rows, [])


def diff_diff_dr(rows: int) -> Job:
    return _diff_diff(rows, COVARIATES)


def _csdid(rows: int, covariates: list[str]) -> Job:
    from csdid.att_gt import ATTgt

    named = {"yname": "y", "gname": "first", "idname": "unit", "tname": "time", "xformla": _formula(covariates)}
    data = panel(rows)

    def job() -> str:
        found = ATTgt(**named, data=data, control_group="nevertreated").fit(est_method="dr", bstrap=False).results
        place = next(j for j, (g, t) in enumerate(zip(found["group"], found["year"], strict=True)) if (g, t) == (3, 4))
        return f"{found['att'][place]:.10f} ({found['se'][place]:.6f})"

    return job


def csdid(rows: int) -> Job:
    return _csdid(rows, [])


def csdid_dr(rows: int) -> Job:
    return _csdid(rows, COVARIATES)


def moderndid(rows: int) -> Job:
    import moderndid as package

    named = {"yname": "y", "gname": "first", "idname": "unit", "tname": "time", "xformla": _formula([])}
    data = panel(rows)
    return lambda: type(package.att_gt(data, **named, est_method="dr", boot=False, cband=False)).__name__


def differences(rows: int) -> Job:
    from differences import ATTgt

    data = panel(rows)
    table = data.assign(first=data["first"].where(data["first"] > 0)).set_index(["unit", "time"])
    return lambda: type(ATTgt(data=table, cohort_column="first").fit("y", est_method="dr", progress_bar=False)).__name__


def _statspai(rows: int, covariates: list[str]) -> Job:
    import statspai as package

    data = panel(rows)
    named = {"y": "y", "g": "first", "t": "time", "i": "unit", "x": covariates or None, "base_period": "varying"}

    def job() -> str:
        found = package.callaway_santanna(data, **named, estimator="dr").detail.set_index(["group", "time"]).loc[(3, 4)]
        return f"{found['att']:.10f} ({found['se']:.6f})"

    return job


def statspai(rows: int) -> Job:
    return _statspai(rows, [])


def statspai_dr(rows: int) -> Job:
    return _statspai(rows, COVARIATES)


def _formula(covariates: list[str]) -> str:
    return "~" + (" + ".join(covariates) or "1")


def main(choice: str = "") -> None:
    if choice == "growth":
        for power in (4, 5, 6, 7):
            race(__file__, ["ebpm"], 10**power, WHAT)
        return
    race(__file__, ["ebpm", "pivot", "diff_diff", "csdid", *(SLOW if choice == "all" else [])], ROWS, WHAT)
    adjusted = ["ebpm_dr", "diff_diff_dr", "csdid_dr", *(["statspai_dr"] if choice == "all" else [])]
    race(__file__, adjusted, ROWS, f"{WHAT}, doubly robust with 3 covariates")


if __name__ == "__main__":
    main(*sys.argv[1:])
