"""Write case.json and data.csv: csdid and moderndid on counties with gaps and as cross-sections. The tests need neither package."""

import json
from itertools import product
from pathlib import Path

import moderndid
import numpy as np
import pandas as pd
from csdid.att_gt import ATTgt

HERE = Path(__file__).parent
COUNTIES = HERE.parent / "did03_callaway_santanna_mpdta" / "data.csv"
DIGITS = 15
KINDS = ("simple", "dynamic", "group", "calendar")


def counties():
    """Return the counties with a state, a weight, and whether a rule drops the row from the panel with gaps."""
    data = pd.read_csv(COUNTIES).drop(columns="treat")
    data["state"] = data.countyreal // 1000
    data["weight"] = 1.0 + data.countyreal % 7 / 3.0
    data["kept"] = ((data.countyreal * 7 + data.year * 3) % 11 != 0).astype(int)
    return data.astype({"first_treat": float, "year": float})


def shortened(values):
    return [None if not np.isfinite(value) else float(f"{value:.{DIGITS}g}") for value in np.asarray(values, float)]


def by_csdid(data, panel, control, base, covariates, method, extra):
    choices = (
        {"weights_name": "weight"} if extra == "weights" else {"clustervar": "state"} if extra == "cluster" else {}
    )
    model = ATTgt(
        yname="lemp", gname="first_treat", idname="countyreal" if panel else "row", tname="year", data=data.copy(), panel=panel,
        allow_unbalanced_panel=panel, control_group=control, xformla="~1" if covariates == "none" else f"~{covariates}", **choices,
    ).fit(est_method=method, base_period=base, bstrap=False)  # fmt: skip
    found = model.results
    cells = {
        f"{int(g)}:{int(t)}": pair
        for g, t, *pair in zip(found["group"], found["year"], found["att"], found["se"], strict=True)
    }
    averages = {}
    for kind in KINDS:
        part = model.aggte(typec=kind, bstrap=False, cband=False).atte
        averages[kind] = {
            "overall_att": shortened([part["overall_att"]])[0],
            "overall_se": shortened(np.ravel(part["overall_se"]))[0],
            "egt": [] if kind == "simple" else [int(at) for at in part["egt"]],
            "att": [] if kind == "simple" else shortened(part["att_egt"]),
            "se": [] if kind == "simple" else shortened(np.ravel(part["se_egt"])),
        }
    return cells, averages


def by_moderndid(data, panel, control, base, covariates, method, extra):
    choices = {"weightsname": "weight"} if extra == "weights" else {}
    found = moderndid.att_gt(
        data.astype({"first_treat": float}), "lemp", "year", idname="countyreal" if panel else "row", gname="first_treat",
        xformla="~1" if covariates == "none" else f"~{covariates}", est_method=method, panel=panel, control_group=control,
        base_period=base, boot=False, cband=False, **choices,
    )  # fmt: skip
    rows = zip(found.groups, found.times, found.att_gt, found.se_gt, strict=True)
    return {f"{int(g)}:{int(t)}": (att, se) for g, t, att, se in rows}


def main():
    data = counties()
    data.to_csv(HERE / "data.csv", index=False)
    whole = data.assign(row=np.arange(len(data)))
    expected = {}
    methods = [("none", "reg"), ("lpop", "reg"), ("lpop", "ipw"), ("lpop", "dr")]
    for sample, control, base, (covariates, method), extra in product(
        ("gaps", "sections"),
        ("nevertreated", "notyettreated"),
        ("varying", "universal"),
        methods,
        ("plain", "weights", "cluster"),
    ):
        panel = sample == "gaps"
        used = whole[whole.kept == 1] if panel else whole
        cells, averages = by_csdid(used, panel, control, base, covariates, method, extra)
        one = {
            "cells": list(cells),
            "att": shortened([a for a, _ in cells.values()]),
            "se": shortened([s for _, s in cells.values()]),
        }
        if not panel and extra != "cluster":
            peer = by_moderndid(used, panel, control, base, covariates, method, extra)
            one["moderndid"] = {
                "att": shortened([peer[name][0] for name in cells]),
                "se": shortened([peer[name][1] for name in cells]),
            }
        expected[f"{sample}|{control}|{base}|{covariates}|{method}|{extra}"] = one | {"aggregates": averages}
    case = {
        "id": "did04c_att_gt_gaps_sections",
        "data": "data.csv: the counties of did03 (R did::mpdta, GPL-3), with state = countyreal // 1000, weight = 1 + countyreal % 7 / 3 and "
        "kept = 0 for the rows that a rule drops from the panel with gaps",
        "spec": "keys: sample|control|base|covariates|method|extra; 'gaps' is the kept rows as an unbalanced panel (all rows of both "
        "periods, influence summed by county), 'sections' all rows as repeated cross-sections",
        "software": ["csdid 0.4.3", "moderndid 0.2.0"],
        "tolerance": "1e-8 (1e-6 for ipw/dr because of the convergence of their logit)",
        "notes": "Standard errors of dr in cross-sections differ between the two: moderndid (as R DRDID 1.2.3) adds the estimation effect of the "
        "outcome regression before treatment where it must be subtracted. See tests/did/test_cross_sections.py.",
        "expected": expected,
    }
    (HERE / "case.json").write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
