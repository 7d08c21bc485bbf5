"""Write data and case.json: `make_case.py data` (ebpm's environment), then `make_case.py doses` (diff-diff) and `make_case.py switches` (py_did_multiplegt_dyn)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
GRID = [0.5, 1.0, 1.5, 2.0]
CASE = {
    "id": "did32_covariates_simulated",
    "data": "doses.csv, switches.csv: synthetic, tests.did.doses_and_switches with two covariates that move the outcome",
    "spec": "doses: panel; regression on covariates in the earlier period, cubic in the dose, not yet treated. switches: three effects, two placebos",
    "software": ["diff-diff 3.13.0", "py_did_multiplegt_dyn 0.1.9 (polars 1.30.0)"],
    "tolerance": "1e-8",
    "expected": {},
}


def write_data() -> None:
    """Write both tables."""
    from tests.did.doses_and_switches import dose_panel, switching_panel

    rng, panels = np.random.default_rng(5), []
    for name, units, periods, cohorts in (("two", 120, 2, (0, 2)), ("staggered", 200, 4, (0, 3, 4))):
        one = dose_panel(units, periods, cohorts=cohorts, seed=11).assign(panel=name)
        one["z"] = np.repeat(rng.normal(size=units), periods) + 0.5 * one.dose
        one["x"] = rng.normal(size=len(one)) + 0.3 * one.time
        panels.append(one.assign(y=one.y + 0.4 * one.z * one.time + 0.3 * one.x))
    pd.concat(panels).to_csv(FOLDER / "doses.csv", index=False, float_format="%.10g")
    table = switching_panel(150, 6, seed=3)
    table["x"] = rng.normal(size=len(table)) + 0.2 * table.time + np.repeat(rng.normal(size=150), 6)
    table["z"] = rng.normal(size=len(table)).cumsum() / 5
    table.assign(y=table.y + 0.8 * table.x - 0.5 * table.z).to_csv(
        FOLDER / "switches.csv", index=False, float_format="%.10g"
    )


def doses() -> dict[str, object]:
    """Return the curves of diff-diff."""
    from diff_diff import ContinuousDiD

    found, table = {}, pd.read_csv(FOLDER / "doses.csv")
    for panel in ("two", "staggered"):
        model = ContinuousDiD(
            n_bootstrap=0,
            degree=3,
            num_knots=0,
            estimation_method="reg",
            dvals=np.array(GRID),
            control_group="not_yet_treated",
        )
        columns = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "first", "dose": "dose"}
        fit = model.fit(table[table.panel == panel], **columns, covariates=["x", "z"])
        curves = {"level": fit.dose_response_att, "slope": fit.dose_response_acrt}
        found[panel] = {
            name: {"estimate": [*map(float, curve.effects)], "se": [*map(float, curve.se)]}
            for name, curve in curves.items()
        } | {"att": [fit.overall_att, fit.overall_att_se], "acrt": [fit.overall_acrt, fit.overall_acrt_se]}
    return found


def switches() -> dict[str, object]:
    """Return effects, placebos and the average total effect of the authors' own package."""
    import polars as pl
    from did_multiplegt_dyn import DidMultiplegtDyn

    found, table = {}, pl.from_pandas(pd.read_csv(FOLDER / "switches.csv"))
    for name, more in {"plain": {}, "weights": {"weight": "w"}}.items():
        columns = {"outcome": "y", "group": "unit", "time": "time", "treatment": "d", "controls": ["x", "z"]}
        model = DidMultiplegtDyn(df=table, **columns, effects=3, placebo=2, **more)
        model.fit()
        result = model.result["did_multiplegt_dyn"]
        rows = [*result["Effects"].itertuples(), *result["Placebos"].itertuples(), *result["ATE"].itertuples()]
        terms = ["0", "1", "2", "-2", "-3", "overall"]
        found[name] = {
            term: {"estimate": float(row.Estimate), "se": float(row.SE)} for term, row in zip(terms, rows, strict=True)
        }
    return found


if __name__ == "__main__":
    if sys.argv[1] == "data":
        write_data()
    else:
        file = FOLDER / "case.json"
        case = json.loads(file.read_text(encoding="utf-8")) if file.exists() else CASE
        case["expected"][sys.argv[1]] = {"doses": doses, "switches": switches}[sys.argv[1]]()
        file.write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")
