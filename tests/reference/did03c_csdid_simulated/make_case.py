"""Write case.json and data.csv: csdid 0.4.3 on a simulated panel. Run with csdid installed; the tests do not need it."""

import json
from itertools import product
from pathlib import Path

import numpy as np
from csdid.att_gt import ATTgt

from tests.did.panels import LARGE, panel

HERE = Path(__file__).parent
DIGITS = 15


def run(data, covariates, control, anticipation, base, method):
    formula = f"y~{covariates}" if covariates != "none" else None
    named = {"yname": "y", "gname": "first", "idname": "unit", "tname": "time"}
    design = ATTgt(**named, xformla=formula, data=data.copy(), control_group=control, anticipation=anticipation)
    found = design.fit(est_method=method, base_period=base, bstrap=False).results
    cells = [f"{int(group)}:{int(year)}" for group, year in zip(found["group"], found["year"], strict=True)]
    errors = [None if np.isnan(value) else float(f"{value:.{DIGITS}g}") for value in found["se"]]
    return {"cells": cells, "att": [float(f"{value:.{DIGITS}g}") for value in found["att"]], "se": errors}


def main():
    data = panel(LARGE)
    data["z"] = data.x + np.sin(data.unit * data.time)
    data.to_csv(HERE / "data.csv", index=False)
    expected = {}
    for covariates, control, anticipation, base, method in product(
        ("x", "z"), ("nevertreated", "notyettreated"), (0, 1, 2), ("varying", "universal"), ("dr", "reg")
    ):
        key = f"all|{control}|{anticipation}|{base}|{covariates}|{method}"
        expected[key] = run(data, covariates, control, anticipation, base, method)
    treated = data[data["first"] > 0]
    for anticipation, base in product((0, 1, 2), ("varying", "universal")):
        key = f"treated|notyettreated|{anticipation}|{base}|none|dr"
        expected[key] = run(treated, "none", "notyettreated", anticipation, base, "dr")
    case = {
        "id": "did03c_csdid_simulated",
        "data": "data.csv: synthetic, tests.did.panels.panel(LARGE) and z = x + sin(unit * time)",
        "spec": "keys: units|control|anticipation|base|covariates|method; 'treated' leaves out the never treated",
        "software": ["csdid 0.4.3"],
        "tolerance": "1e-8",
        "expected": expected,
    }
    (HERE / "case.json").write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
