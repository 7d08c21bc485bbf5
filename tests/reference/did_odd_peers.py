"""Write the case did33 with other packages: run where diff-diff 3.13.0, pyfixest 0.60.0 and csdid 0.4.3 are installed."""

import json
import warnings
from pathlib import Path

import diff_diff
import numpy as np
import pandas as pd
import pyfixest
from csdid.att_gt import ATTgt

FOLDER = Path(__file__).parent / "did33_odd_panel"
ERRORS = {
    "classical": "iid",
    "HC1": "hetero",
    "CR1": {"CRV1": "id"},
    "area": {"CRV1": "area"},
    "both": {"CRV1": "id+t"},
}
ESTIMATORS = {
    "imputation": "ImputationDiD", "two_stage": "TwoStageDiD", "sun_abraham": "SunAbraham",
}  # fmt: skip
KEYS = {"outcome": "y", "unit": "id", "time": "t", "first_treat": "g"}


def odd_panel():
    """Sixty units of text labels, heavy tails, areas of two units, skewed weights; `kept` is 0 in an eighth of the rows."""
    rng = np.random.default_rng(12)
    unit = np.repeat(7 * np.arange(60) % 60, 8)
    k, t = np.repeat(np.arange(60), 8), np.tile(np.arange(2010, 2018), 60)
    g = np.array([0, 2013, 2015, 0, 2017])[k % 5]
    on = (g > 0) & (t >= g)
    w, x, z = np.exp(rng.normal(size=60))[k], rng.normal(size=60)[k], rng.normal(size=480)
    y = (
        rng.standard_t(4, size=480)
        + 0.3 * (k % 3)
        + 0.2 * t
        + on * (1 + 0.3 * (t - g))
        + 0.5 * z
        + 0.1 * x * (t - 2010)
    )
    table = pd.DataFrame(
        {
            "id": [f"u{one:02d}" for one in unit],
            "t": t,
            "g": g,
            "area": k // 2,
            "on": on.astype(int),
            "w": w,
            "x": x,
            "z": z,
            "y": y,
        }
    )
    return table.assign(
        count=np.round(3 * np.exp((y - y.mean()).clip(-8, 8) / 4)), kept=(rng.uniform(size=480) > 0.12).astype(int)
    )


def pair(value, error):
    return {"estimate": float(value), "se": float(error)}


def two_way(table):
    for name, errors in ERRORS.items():
        for weights in (None, "w"):
            given = {"weights": weights} if weights else {}
            fit = pyfixest.feols("y ~ on + z | t + id", data=table, vcov=errors, fixef_tol=1e-14, **given)
            yield f"twfe|{name}|{weights or 'plain'}", pair(fit.coef()["on"], fit.se()["on"])
    for name in ("classical", "HC1"):
        fit = pyfixest.fepois("count ~ on | t + id", data=table, vcov=ERRORS[name], iwls_tol=1e-13, fixef_tol=1e-13)
        yield f"poisson|{name}|plain", pair(fit.coef()["on"], fit.se()["on"])


def staggered(table):
    for ours, theirs in ESTIMATORS.items():
        for covariates in ([], ["z"]):
            fit = getattr(diff_diff, theirs)().fit(table, **KEYS, **({"covariates": covariates} if covariates else {}))
            yield f"{ours}|{''.join(covariates)}|plain", pair(fit.overall_att, fit.overall_se)


def cells(found):
    return {f"{int(g)}:{int(t)}": pair(one["effect"], one["se"]) for (g, t), one in found.group_time_effects.items()}


def group_time(table):
    yield "att_gt||reg", cells(diff_diff.CallawaySantAnna(estimation_method="reg").fit(table, **KEYS))
    if not table.kept.all():
        return
    numbered = table.assign(number=pd.factorize(table.id)[0] + 1)
    for column in ("x", "z"):
        for method in ("dr", "reg", "ipw"):
            fit = (
                ATTgt(yname="y", gname="g", idname="number", tname="t", xformla=f"y~{column}", data=numbered)
                .fit(est_method=method, bstrap=False)
                .results
            )
            rows = zip(fit["group"], fit["year"], fit["att"], fit["se"], strict=True)
            yield f"att_gt|{column}|{method}", {f"{int(g)}:{int(t)}": pair(value, error) for g, t, value, error in rows}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    whole = odd_panel()
    whole.to_csv(FOLDER / "data.csv", index=False)
    whole = pd.read_csv(FOLDER / "data.csv")
    expected = {}
    for sample, table in {"full": whole.assign(kept=1), "gaps": whole[whole.kept == 1].assign(kept=0)}.items():
        for part in (two_way, staggered, group_time):
            expected |= {f"{sample}|{name}": value for name, value in part(table)}
    case = {
        "id": "did33_odd_panel", "name": "A small odd panel: text labels, heavy tails, weights, gaps, covariates",
        "data": {"file": "data.csv", "source": "synthetic, did_odd_peers.odd_panel()", "licence": "CC0-1.0", "rows": len(whole)},
        "spec": "keys: sample|routine|options; 'gaps' is the rows with kept = 1. twfe: y on `on` and z, effects of id and t.",
        "software": ["pyfixest 0.60.0", "diff-diff 3.13.0", "csdid 0.4.3"],
        "tolerance": "1e-8; 1e-6 where the peer iterates (logit, effects of units with gaps, Poisson)",
        "notes": "diff-diff's doubly robust effects with a covariate (up to 0.02 and, in errors, 0.04 away here) are left out: csdid, R's did and ours agree. "
        "Its overall average of a panel with gaps weighs cells by their rows, R's did and ours by the size of the cohort: cells are compared.",
        "expected": expected,
    }  # fmt: skip
    (FOLDER / "case.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
