"""Reference rows of weighting and of time to event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from reference_rows import Witness

from ebpm import cohort
from ebpm.estimate import Estimate

VETERAN, HEART, MGUS, BLADDER = (
    "srv01_veteran_trial", "srv02_heart_changing", "srv04_mgus_competing", "srv05_bladder_recurrent",
)  # fmt: skip
NHEFS, WEIGHTED, LOST = "obs01_iptw_nhefs", "obs02_iptw_veteran", "obs03_nhefs_lost"
POOLED, CLONES = "obs04_veteran_pooled", "obs05_clones_lost"
CENSORED = "srv06_fine_gray_censoring"
SMOKERS = {
    "treatment": "qsmk",
    "covariates": [
        "sex", "race", "age", "age^2", "C(education)", "smokeintensity", "smokeintensity^2", "smokeyrs", "smokeyrs^2",
        "C(exercise)", "C(active)", "wt71", "wt71^2",
    ],
}  # fmt: skip
TRIAL = {"event": "status", "treatment": "trt"}
SPELLS = {"event": "event", "entry": "start"}
STATES = {"event": "event", "events": {1: "progression", 2: "death"}}
TUMOURS = {"event": "event", "events": {1: "recurrence", 2: "death"}, "cause": "recurrence"}


def rows() -> Iterator[Witness]:
    """Yield what the table compares."""
    yield from _weighting()
    yield from _time_to_event()


def _weighting() -> Iterator[Witness]:
    """Yield weighted means and survival, doubly robust estimates and g-computation."""
    for estimand in ("ATE", "ATT"):
        yield Witness(
            NHEFS, f"inverse probability weighting, {estimand}, stacked errors", (estimand,),
            lambda d, estimand=estimand: cohort.iptw(d, "wt82_71", estimand=estimand.lower(), **SMOKERS).estimates["difference"],
            (("estimate", "hajek"), ("std_error", "se_mestimation_ps_estimated")),
        )  # fmt: skip
        yield Witness(
            NHEFS, f"g-computation, {estimand}", (),
            lambda d, estimand=estimand: cohort.g_computation(d, "wt82_71", estimand=estimand.lower(), **SMOKERS).estimates["difference"],
            (("estimate", f"g_formula_{estimand}_separate_arms"),),
        )  # fmt: skip
    yield Witness(
        LOST, "weights for treatment and for lost outcomes, stacked errors", (),
        lambda d: cohort.iptw(d, "wt82_71", lost="weighted", **SMOKERS).estimates["difference"],
        (("estimate", "difference"), ("std_error", "std_error")),
    )  # fmt: skip
    yield Witness(
        POOLED, "standardised risks by pooled logistic regression, stacked errors", (),
        lambda d: cohort.pooled_logistic(
            d, "time", event="status", treatment="trt", covariates=["karno", "age", "karno^2"], horizon=180, interval=30
        ).estimates["difference"],
        (("estimate", "difference"), ("std_error", "std_error")),
    )  # fmt: skip
    yield Witness(
        NHEFS, "doubly robust, ATE, influence function", ("AIPW_ATE",),
        lambda d: cohort.aipw(d, "wt82_71", errors="influence", **SMOKERS).estimates["difference"],
    )  # fmt: skip
    for handling, words, term in (
        ("clone_censor_weight", "clones", "risk_difference"), ("time_varying", "treatment that varies in time", "log_hazard_ratio"),
    ):  # fmt: skip
        yield Witness(
            CLONES, f"{words}, weighted for leaving, a circumstance that changes", (handling,),
            lambda d, handling=handling, term=term: _history(d, handling)[term], (("estimate", term),),
        )  # fmt: skip
    for estimand in ("ate", "att"):
        yield Witness(
            WEIGHTED, f"weighted Cox regression, {estimand.upper()}, weights known", (),
            lambda d, estimand=estimand: _weighted(d, estimand)["log_hazard_ratio"],
            (("estimate", f"{estimand}_log_hazard_ratio"), ("std_error", f"{estimand}_hazard_se_known")),
        )  # fmt: skip
        yield Witness(
            WEIGHTED, f"weighted risk in 180 days, {estimand.upper()}, treated", (),
            lambda d, estimand=estimand: _weighted(d, estimand)["risk_treated"],
            (("estimate", f"{estimand}_risk"), ("std_error", f"{estimand}_risk_se_known")), 1,
        )  # fmt: skip


def _history(data: pd.DataFrame, handling: str) -> Any:
    strategies = {"started": "started", "handling": handling, "treated": "begun", "untreated": "none"}
    trial = {
        "person": "pid", "time_zero": "zero", "treatment": strategies | {"days": 90 if handling == "clone_censor_weight" else 0},
        "follow_up": {"days": 240, "interval": 30, "ends": ["left"], "lost": "weighted", "changes": ["worse"]},
        "outcome": {"date": "back", "text": "readmission"},
    }  # fmt: skip
    return cohort.emulate(data, "back", trial=trial, covariates=["x"]).estimates


def _weighted(data: pd.DataFrame, estimand: str) -> Any:
    columns = ["age", "karno", "prior"]
    return cohort.iptw_survival(
        data, "time", covariates=columns, horizon=180, estimand=estimand, errors="known", **TRIAL
    ).estimates


def _time_to_event() -> Iterator[Witness]:
    """Yield curves, tests, hazard ratios, restricted means, competing risks and recurrent events."""
    at_90 = (
        ("estimate", "surv"),
        ("std_error", "greenwood_se"),
        ("conf_low", "ci_low_log"),
        ("conf_high", "ci_high_log"),
    )
    yield Witness(
        VETERAN, "Kaplan-Meier at 90 days, log interval", ("km",),
        lambda d: cohort.kaplan_meier(d, "time", event="status", by="trt", at=[90], interval="log").estimates["0, 90"], at_90, 1,
    )  # fmt: skip
    for rho in (0, 1):
        yield Witness(
            VETERAN, f"log-rank family, rho = {rho}", (f"logrank_rho{rho}",),
            lambda d, rho=rho: cohort.log_rank(d, "time", rho=rho, **TRIAL), (("statistic", "chisq"), ("p_value", "p")),
        )  # fmt: skip
    for ties in ("efron", "breslow"):
        yield Witness(
            VETERAN, f"Cox, 5 columns, ties by {ties.capitalize()}, robust", (f"cox_cov_robust_{ties}",),
            lambda d, ties=ties: _veteran(d, ties), (("estimate", "coef"), ("std_error", "robust_se")),
        )  # fmt: skip
    yield Witness(
        VETERAN, "difference of restricted means, 365 days", ("rmst_tau365",),
        lambda d: cohort.rmst(d, "time", horizon=365, **TRIAL).estimates.headline,
        (("estimate", "diff"), ("conf_low", "diff_low"), ("conf_high", "diff_high"), ("p_value", "diff_p")),
    )  # fmt: skip
    yield Witness(
        HEART, "Cox, late entry, changing covariates, weights, strata, clusters", ("cox", "efron", "strata"),
        lambda d: cohort.cox(
            d, "stop", covariates=["age", "year", "transplant"], strata="surgery", weights="w", cluster="id", **SPELLS
        ).estimates["age"],
        (("estimate", "coef"),),
    )  # fmt: skip
    for place, term in enumerate(("F", "M")):
        yield Witness(
            MGUS, f"Aalen-Johansen, progression in 60 months, sex {term}", ("states",),
            lambda d, term=term: _progression(d, term), (("estimate", "progression"), ("std_error", "progression_se")), 3 * place,
        )  # fmt: skip
    yield Witness(
        MGUS, "Fine-Gray, age", ("fine_gray",), lambda d: _fine_gray(d).estimates["age"], (("estimate", "coef"),),
    )  # fmt: skip
    for errors in ("known", "stacked"):
        yield Witness(
            CENSORED, f"Fine-Gray, age, censoring weights {errors}", (),
            lambda d, errors=errors: cohort.fine_gray(
                d, "time", event="status", events={1: "transplant", 2: "death"}, cause="death", covariates=["trt", "age", "bili"],
                errors=errors,
            ).estimates["age"],
            (("estimate", "coef" if errors == "stacked" else "known_coef"), ("std_error", f"{errors}_se")), 1,
        )  # fmt: skip
    yield Witness(
        MGUS, "Gray's test, progression by sex", ("gray_sex",),
        lambda d: cohort.cumulative_incidence(d, "time", by="sex", **STATES).tests[0],
        (("statistic", "statistic"), ("p_value", "p")),
    )  # fmt: skip
    yield Witness(
        BLADDER, "Andersen-Gill, thiotepa", ("andersen_gill",),
        lambda d: cohort.cox(
            d, "stop", entry="start", cluster="id", treatment="arm", covariates=["number", "size"], **TUMOURS
        ).estimates["1"],
        (("estimate", "coef"),),
    )  # fmt: skip
    for terminal, key in ((None, "mcf"), ("death", "ghosh_lin")):
        columns = (("estimate", "value"), ("std_error", "se")) if key == "mcf" else (("estimate", "value"),)
        yield Witness(
            BLADDER, f"mean number of recurrences in 24 months, {key.replace('_', '-')}", (key, "0"),
            lambda d, terminal=terminal: _recurrences(d, terminal), columns, 2,
        )  # fmt: skip


def _veteran(data: pd.DataFrame, ties: str) -> Estimate:
    columns = ["age", "karno", "prior", "diagtime"]
    return cohort.cox(data, "time", covariates=columns, ties=ties, errors="robust", **TRIAL).estimates["1"]


def _progression(data: pd.DataFrame, sex: str) -> Estimate:
    found = cohort.cumulative_incidence(data, "time", by="sex", at=[60], **STATES).estimates
    return found[f"progression, {sex}, 60"]


def _fine_gray(data: pd.DataFrame) -> Any:
    table = data.assign(man=(data.sex == "M").astype(int))
    return cohort.fine_gray(table, "time", cause="progression", covariates=["age", "man"], **STATES)


def _recurrences(data: pd.DataFrame, terminal: str | None) -> Estimate:
    start, stop = ("start", "stop") if terminal is None else ("from", "to")
    found = cohort.recurrent(data, stop, entry=start, person="id", by="arm", at=[24], terminal=terminal, **TUMOURS)
    return found.estimates["0, 24"]
