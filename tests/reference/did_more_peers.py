"""Write the cases did20 to did23 with other packages: run where diff-diff 3.13.0, moderndid 0.2.0, pyfixest 0.60.0 and statsmodels are installed."""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import diff_diff
import moderndid
import numpy as np
import pandas as pd
import pyfixest

HERE = Path(__file__).parent
COUNTIES = ("countyreal", "year", "first_treat")
COUNTIES_LICENCE = "R did::mpdta (GPL-3 package; Callaway & Sant'Anna 2021 example, QWI-derived)"
CASTLE_LICENCE = "PyPI causaldata::castle (MIT package; Cheng & Hoekstra 2013)"


def software(*names):
    return [f"{name} {version(name)}" for name in names]


def write(case, table, **what):
    folder = HERE / case
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "data.csv", index=False)
    (folder / "case.json").write_text(json.dumps({"id": case, **what}, indent=1) + "\n", encoding="utf-8")


def stacks(data, pre, post):
    """Return the stacked table, hand-built: one sub-experiment a cohort that is seen in the whole window."""
    first, found = data["first"].replace(0, np.inf).fillna(np.inf), []
    for cohort in sorted(first[np.isfinite(first)].unique()):
        if cohort - pre < data.year.min() or cohort + post > data.year.max():
            continue
        own = data[((first == cohort) | (first > cohort + post)) & data.year.between(cohort - pre, cohort + post)]
        found.append(own.assign(D=(first[own.index] == cohort) * 1, e=(own.year - cohort).astype(int), sub=int(cohort)))
    table = pd.concat(found, ignore_index=True)
    treated, other = (table[table.D.eq(d)].groupby("sub").sid.nunique() for d in (1, 0))
    table["q"] = np.where(table.D == 1, 1.0, table["sub"].map((treated / treated.sum()) / (other / other.sum())))
    for time in sorted(table.e.unique()):
        if time != -1:
            table[name(time)] = table.D * (table.e == time)
    return table.assign(
        stack_unit=table["sub"].astype(str) + "_" + table.sid.astype(str),
        stack_time=table["sub"].astype(str) + "_" + table.e.astype(str),
    )


def name(time):
    return f"{'m' if time < 0 else 'p'}{abs(time)}"


def coefficients(fit):
    table = fit.tidy()
    return {
        (f"-{key[1:]}" if key[0] == "m" else key[1:]): {"estimate": row["Estimate"], "se": row["Std. Error"]}
        for key, row in table.iterrows()
    }


def stacked():
    castle = pd.read_csv(HERE / "did02_castle_twfe" / "data.csv")[["sid", "year", "first", "l_homicide"]]
    found = diff_diff.StackedDiD(kappa_pre=3, kappa_post=2).fit(
        castle.fillna({"first": 0}), "l_homicide", "sid", "year", "first"
    )
    table = stacks(castle, 3, 2)
    terms = " + ".join(name(time) for time in sorted(table.e.unique()) if time != -1)
    corrective = pyfixest.feols(f"l_homicide ~ {terms} | D + e", table, vcov={"CRV1": "sid"}, weights="q")
    plain = pyfixest.feols(f"l_homicide ~ {terms} | stack_unit + stack_time", table, vcov={"CRV1": "sid"})
    write(
        "did20_stacked_castle", castle, name="Stacked DiD: castle-doctrine laws, window -3 to 2",
        data={"file": "data.csv", "source": "PyPI causaldata::castle", "licence": CASTLE_LICENCE, "rows": len(castle)},
        spec="unit sid, time year, first_treated first; kappa_pre 3, kappa_post 2; clean controls treated after the window or never; reference -1; "
        "corrective: Q-weights of Wing, Freedman and Hollingsworth (diff-diff StackedDiD 'aggregate'; feols of the stack on D and event-time effects, "
        "weights Q); none: feols with stack-unit and stack-time effects (Cengiz et al.). Clustered by sid.",
        software=software("diff-diff", "pyfixest"), tolerance=1e-8, agree="diff-diff and pyfixest to 1e-9",
        expected={
            "diff_diff_overall": {"estimate": found.overall_att, "se": found.overall_se},
            "corrective": coefficients(corrective), "none": coefficients(plain),
        },
    )  # fmt: skip


def projected():
    counties = pd.read_csv(HERE / "did06_bjs_mpdta" / "data.csv")[[*COUNTIES, "lpop", "lemp"]]
    table = counties.assign(D=((counties.first_treat > 0) & (counties.year >= counties.first_treat)) * 1)
    choices = {
        "variance": ({}, {}), "variance_never": ({"control_group": "never_treated"}, {}),
        "variance_lpop": ({}, {"covariates": ["lpop"]}), "equal": ({"reweight": True}, {}),
        "equal_lpop": ({"reweight": True}, {"covariates": ["lpop"]}), "equal_mean_base": ({"reweight": True, "pmd": "max"}, {}),
        "variance_fixed": ({"no_composition": True}, {"only_event": True}),
    }  # fmt: skip
    expected = {}
    for key, (options, arguments) in choices.items():
        found = diff_diff.LPDiD(pre_window=4, post_window=3, **options).fit(
            table, "lemp", "countyreal", "year", "D", **arguments
        )
        rows = [(str(int(row.horizon)), row) for row in found.event_study.itertuples() if row.horizon != -1]
        if found.pooled is not None:
            rows += [(f"pooled_{row.window}", row) for row in found.pooled.itertuples()]
        expected[key] = {
            term: {"estimate": row.coefficient, "se": row.se, "n": int(row.n_obs), "clusters": int(row.n_clusters)}
            for term, row in rows
        }
    fit = pyfixest.lpdid(counties, "lemp", *(COUNTIES[0], COUNTIES[1], COUNTIES[2]), never_treated=0, att=False).tidy()
    expected["pyfixest_variance"] = {
        term.split("::")[1]: {"estimate": row["Estimate"], "se": row["Std. Error"], "n": int(row["N"])}
        for term, row in fit.iterrows()
    }
    write(
        "did21_lpdid_mpdta", counties, name="LP-DiD, mpdta",
        data={"file": "data.csv", "source": "R did::mpdta", "licence": COUNTIES_LICENCE, "rows": len(counties)},
        spec="unit countyreal, time year, first_treated first_treat, outcome lemp; horizons -4 to 3; clean controls (untreated till the horizon) or "
        "never treated; equal: reweight=True, with lpop regression adjustment; mean base: pmd='max'; clustered by county. diff-diff's errors: 'variance' and "
        "'equal' without covariates are CR1 of the (weighted) regression, with covariates influence functions without G/(G-1).",
        software=software("diff-diff", "pyfixest"), tolerance=1e-8, agree="diff-diff and pyfixest ('variance') to 1e-9", expected=expected,
    )  # fmt: skip


def extended():
    counties = pd.read_csv(HERE / "did06_bjs_mpdta" / "data.csv")[[*COUNTIES, "lpop", "lemp"]]
    counties = counties.assign(emp=np.exp(counties.lemp), above=(counties.lemp > counties.lemp.mean()) * 1)
    choices = {
        "gaussian": ("ols", "lemp", {}), "gaussian_lpop": ("ols", "lemp", {"xtvar": ["lpop"]}), "poisson": ("poisson", "emp", {}),
        "poisson_lpop": ("poisson", "emp", {"xtvar": ["lpop"]}), "logit": ("logit", "above", {}),
        "logit_lpop_separated": ("logit", "above", {"xtvar": ["lpop"]}),
    }  # fmt: skip
    expected = {}
    for key, (method, outcome, options) in choices.items():
        found = diff_diff.WooldridgeDiD(method=method).fit(counties, outcome, *COUNTIES, **options)
        expected[key] = {
            "overall": {"estimate": found.overall_att, "se": found.overall_se},
            "cells": {
                f"{g}:{t}": {"estimate": one["att"], "se": one["se"]}
                for (g, t), one in found.group_time_effects.items()
            },
        }
        for kind in ("group", "calendar", "event"):
            parts = getattr(found.aggregate(kind), f"{'event_study' if kind == 'event' else kind}_effects")
            expected[key][kind] = {
                str(int(one)): {"estimate": row["att"], "se": row["se"]} for one, row in parts.items()
            }
    write(
        "did22_etwfe_mpdta", counties, name="Extended TWFE, linear, Poisson and logit, mpdta",
        data={"file": "data.csv", "source": "R did::mpdta; emp = exp(lemp), above = lemp over its mean", "licence": COUNTIES_LICENCE, "rows": len(counties)},
        spec="unit countyreal, time year, first_treated first_treat; outcomes lemp (ols), emp (poisson), above (logit); not-yet-treated; lpop as xtvar; clustered "
        "by county. K: regressors and period effects with the constant. diff-diff's nonlinear errors carry G/(G-1) (n-1)/(n-K), and its errors with covariates take "
        "the means of the covariates as known. logit_lpop_separated: cohort 2004 has one outcome alone above a population, so that no finite maximum exists; "
        "diff-diff reports effects of 1e-10 there.",
        software=software("diff-diff"), tolerance=1e-7, agree="single witness", expected=expected,
    )  # fmt: skip


def tripled():
    counties = pd.read_csv(HERE / "did06_bjs_mpdta" / "data.csv")
    table = counties.assign(eligible=((counties.countyreal % 10) >= 5) * 1)[[*COUNTIES, "eligible", "lpop", "lemp"]]
    expected = {}
    for control in ("never_treated", "not_yet_treated"):
        for base in ("universal", "varying"):
            for method, formula in (("none", None), ("reg", "~lpop"), ("ipw", "~lpop"), ("dr", "~lpop")):
                expected[f"{control}/{base}/{method}"] = moderndid_ddd(table, control, base, method, formula)
        found = diff_diff.StaggeredTripleDifference(
            control_group=control.replace("_", ""), base_period="universal"
        ).fit(table, "lemp", *COUNTIES, "eligible", aggregate="all")
        expected[f"diff_diff/{control}"] = {
            "cells": {f"{int(g)}:{int(t)}": {"estimate": one["effect"], "se": one["se"]} for (g, t), one in found.group_time_effects.items()},
            "overall": {"estimate": found.overall_att, "se": found.overall_se},
            "event": {str(int(e)): {"estimate": one["effect"], "se": one["se"]} for e, one in found.event_study_effects.items()},
        }  # fmt: skip
    write(
        "did23_ddd_mpdta", table, name="Staggered triple differences, mpdta",
        data={"file": "data.csv", "source": "R did::mpdta; eligible made up: last digit of the county code above 4", "licence": COUNTIES_LICENCE, "rows": len(table)},
        spec="unit countyreal, time year, first_treated first_treat (also of counties not eligible), eligible; outcome lemp; covariate lpop. moderndid ddd, "
        "analytic errors; not yet treated: GMM over comparison cohorts. moderndid's aggregates weigh cohorts by all their units, eligible or not.",
        software=software("moderndid", "diff-diff"), tolerance=1e-7, agree="cells to 1e-9 where one comparison cohort", expected=expected,
    )  # fmt: skip


def moderndid_ddd(table, control, base, method, formula):
    found = moderndid.ddd(
        table, "lemp", "year", "countyreal", "first_treat", "eligible", xformla=formula, control_group=control.replace("_", ""),
        base_period=base, est_method="dr" if method == "none" else method,
    )  # fmt: skip
    cells = {
        f"{int(g)}:{int(t)}": {"estimate": float(att), "se": None if np.isnan(se) else float(se)}
        for g, t, att, se in zip(found.groups, found.times, found.att, found.se, strict=True)
    }
    simple = moderndid.agg_ddd(found, type="simple", boot=False, cband=False)
    return {"cells": cells, "simple": {"estimate": float(simple.overall_att), "se": float(simple.overall_se)}}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    stacked()
    projected()
    extended()
    tripled()
