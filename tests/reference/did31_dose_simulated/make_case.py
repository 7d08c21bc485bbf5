"""Write case.json and data.csv: diff-diff 3.13.0 on simulated doses. Run with diff-diff installed; the tests do not need it."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff import ContinuousDiD

from tests.did.doses_and_switches import dose_panel

HERE = Path(__file__).parent
PANELS = {
    "two": dose_panel(periods=2, cohorts=(0, 2)), "staggered": dose_panel(), "levels": dose_panel(periods=2, cohorts=(0, 2), levels=(0.5, 1.0, 2.0)),
}  # fmt: skip


def run(name, **options):
    data = PANELS[name]
    grid = (
        np.unique(np.quantile(data.dose[data.dose > 0], [0.2, 0.5, 0.8]))
        if name != "levels"
        else np.array([0.5, 1.0, 2.0])
    )
    model = ContinuousDiD(dvals=grid, **options)
    found = model.fit(data, outcome="y", unit="unit", time="time", first_treat="first", dose="dose")
    curves = {"level": found.dose_response_att, "slope": found.dose_response_acrt}
    overall = {"level": (found.overall_att, found.overall_att_se), "slope": (found.overall_acrt, found.overall_acrt_se)}
    parts = {}
    for target, curve in curves.items():
        numbers = zip([*curve.effects, overall[target][0]], [*curve.se, overall[target][1]], strict=True)
        names = [*(f"{dose:.10g}" for dose in grid), "overall"]
        parts[target] = {
            name: {"estimate": float(a), "se": float(b)} for name, (a, b) in zip(names, numbers, strict=True)
        }
    return {"grid": grid.tolist()} | parts


def main():
    warnings.simplefilter("ignore")
    pd.concat([data.assign(panel=name) for name, data in PANELS.items()]).to_csv(HERE / "data.csv", index=False)
    expected = {
        f"{name}|{degree}|{knots}|{control}": run(name, degree=degree, num_knots=knots, control_group=control)
        for name in ("two", "staggered") for degree, knots in ((1, 0), (3, 0), (3, 2), (2, 1)) for control in ("never_treated", "not_yet_treated")
    }  # fmt: skip
    expected["levels|saturated"] = run("levels", treatment_type="discrete")
    case = {
        "id": "did31_dose_simulated",
        "data": "data.csv: synthetic, tests.did.doses_and_switches.dose_panel() with two periods, five periods, and three doses",
        "spec": "keys: panel|degree|knots|control; standard errors are analytical",
        "software": ["diff-diff 3.13.0"],
        "tolerance": "1e-8",
        "expected": expected,
    }
    (HERE / "case.json").write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
