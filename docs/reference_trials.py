"""Rows of the table of reference values for randomised trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from reference_rows import Witness

from ebpm import rct
from ebpm.estimate import Estimate

NSW = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


def rows() -> Iterator[Witness]:
    """Yield what the table compares."""
    yield from _trials()
    yield from _repeated_and_clustered()
    yield from _over_time()
    yield from _missing_and_balance()
    yield from _declared()


def _trials() -> Iterator[Witness]:
    yield Witness(
        "rct01_diff_in_means_nsw", "difference in means", ("neyman_welch",),
        lambda data: rct.difference_in_means(data, "re78", treatment="treat").headline,
    )  # fmt: skip
    yield Witness(
        "rct02_lin_nsw", "Lin's adjustment, 8 covariates, HC2", ("HC2", "treat"),
        lambda data: rct.lin(data, "re78", treatment="treat", covariates=NSW, errors="HC2").headline,
    )  # fmt: skip
    yield Witness(
        "rct05_blocked_star", "difference in means in strata", ("difference_in_means_blocks",),
        lambda data: rct.difference_in_means(_both_arms(data), "mathk", treatment="small", strata="schoolidk").headline,
    )  # fmt: skip
    yield Witness(
        "rct06_matched_pairs_sleep", "matched pairs", ("matched_pair",),
        lambda data: rct.difference_in_means(data, "extra", treatment="drug", strata="id").headline,
    )  # fmt: skip
    yield Witness(
        "rct08_cace_vitaminA", "effect on compliers, HC2", ("iv_HC2", "d"),
        lambda data: rct.cace(data, "y", delivered="d", assigned="z").effect,
    )  # fmt: skip
    yield Witness(
        "rct08_cace_vitaminA", "first stage, HC2", ("first_stage_HC2",),
        lambda data: rct.cace(data, "y", delivered="d", assigned="z").first_stage,
    )  # fmt: skip
    yield Witness(
        "rct10_ri_exact_plantgrowth", "all 184,756 assignments", (),
        lambda data: rct.randomisation_test(data, "weight", treatment="treat", statistic="difference").headline.estimate,
        (("estimate", "diff_in_means"), ("p_value", "p_two_sided_abs")),
    )  # fmt: skip
    yield Witness(
        "rct10_ri_exact_plantgrowth", "interval by inversion", ("ci95_inversion_abs_diff",),
        lambda data: rct.randomisation_test(data, "weight", treatment="treat", statistic="difference").headline.estimate,
        (("conf_low", "low"), ("conf_high", "high")),
    )  # fmt: skip
    yield Witness(
        "rct13_lee_bounds_star", "Lee's bounds, kept up to the quantile", ("imbens_manski95",),
        lambda data: rct.lee_bounds(data, "read3", treatment="small", ties="quantile").estimates.headline,
        (("conf_low", "low"), ("conf_high", "high")),
    )  # fmt: skip


def _both_arms(data: pd.DataFrame) -> pd.DataFrame:
    known = data.dropna(subset=["mathk", "small", "schoolidk"])
    arms = pd.crosstab(known["schoolidk"], known["small"])
    return known[known["schoolidk"].isin(arms.index[(arms >= 2).all(axis=1)])]


def _repeated_and_clustered() -> Iterator[Witness]:
    star = {"treatment": "small", "cluster": "schoolidk", "covariates": ["female", "lunch_free"]}
    visits = {"treatment": "treatA", "cluster": "uid", "covariates": ["male", "age", "baseline"], "strata": "center"}
    robust: dict[str, Any] = {"keys": (("estimate", "estimate"), ("std_error", "robust_se")), "position": 1}
    for likelihood in ("REML", "ML"):
        yield Witness(
            "rct22_mixed_gee_star", f"random intercept by school, {likelihood}, Satterthwaite's df", (likelihood.lower(), "coef", "small"),
            lambda data, likelihood=likelihood: rct.mixed(data, "mathk", **star, likelihood=likelihood).estimates["1"],
            (("estimate", "estimate"), ("std_error", "se"), ("df", "df_satt")),
        )  # fmt: skip
    for correlation in ("independence", "exchangeable"):
        yield Witness(
            "rct22_mixed_gee_star", f"estimating equations, {correlation}", (f"gee_{correlation}",),
            lambda data, correlation=correlation: rct.gee(
                data, "mathk", **star, correlation=correlation, errors="LZ", reference="normal"
            )["1"],
            **robust,
        )  # fmt: skip
    yield Witness(
        "rct23_gee_respiratory", "estimating equations, logit, exchangeable", ("logit_exchangeable",),
        lambda data: rct.gee(data, "outcome", family="binomial", errors="LZ", reference="normal", **visits)["1"],
        **robust,
    )  # fmt: skip
    yield Witness(
        "rct23_gee_respiratory", "ANCOVA by patient, CR2", ("lpm_CR2", "treatA"),
        lambda data: rct.ancova(data, "outcome", **visits)["1"],
    )  # fmt: skip


def _over_time() -> Iterator[Witness]:
    visits = {"treatment": "treatA", "cluster": "uid", "covariates": ["male", "age", "baseline"], "strata": "center"}
    robust: dict[str, Any] = {"keys": (("estimate", "estimate"), ("std_error", "robust_se")), "position": 1}
    large: dict[str, Any] = {"errors": "LZ", "reference": "normal"}
    for case, correlation, family in (
        ("rct23_gee_respiratory", "ar1", "logit"), ("rct23_gee_respiratory", "ar1", "lpm"),
        ("rct27_respiratory_correlations", "unstructured", "logit"), ("rct27_respiratory_correlations", "unstructured", "lpm"),
    ):  # fmt: skip
        how = {"family": "binomial" if family == "logit" else "gaussian", "correlation": correlation, "time": "visit"}
        yield Witness(
            case, f"estimating equations, {family}, {correlation}", (f"{family}_{correlation}",),
            lambda data, how=how: rct.gee(data, "outcome", **how, **large, **visits)["1"], **robust,
        )  # fmt: skip
    for what, part, keys in (
        ("risk difference after logistic regression", "estimates", ("difference", "se_difference")),
        ("risk of control", "levels", ("risk0", "se_risk0")),
    ):
        yield Witness(
            "rct27_respiratory_correlations", what, ("standardised",),
            lambda data, part=part: getattr(rct.risks(data, "outcome", **large, **visits), part).items[0],
            (("estimate", keys[0]), ("std_error", keys[1])),
        )  # fmt: skip


def _missing_and_balance() -> Iterator[Witness]:
    yield Witness(
        "svy03_manski_bounds_star", "bounds with the worst missing outcomes", ("binary",),
        lambda data: rct.worst_case(data, "y", treatment="small").items[0],
        (("low", "ATE_lower"), ("high", "ATE_upper")),
    )  # fmt: skip
    yield Witness(
        "svy03_manski_bounds_star", "their Imbens-Manski interval", ("binary", "imbens_manski"),
        lambda data: rct.worst_case(data, "y", treatment="small").items[0],
        (("conf_low", "ci_low"), ("conf_high", "ci_high")),
    )  # fmt: skip
    yield Witness(
        "rct19_balance_nsw", "test of all covariates at once", ("omnibus", "hansen_bowers_chi2"),
        lambda data: rct.balance_table(data, NSW, treatment="treat").arms[0], (("statistic", "chisq"),),
    )  # fmt: skip


def _declared() -> Iterator[Witness]:
    schools = {"treatment": "zs", "cluster": "school"}
    covariate = {"covariates": ["x"], **schools}
    calls: dict[str, tuple[str, Callable[[pd.DataFrame], Estimate]]] = {
        "ht_coins_rows": ("Horvitz-Thompson, coins by row", lambda data: rct.horvitz_thompson(
            data, "y_zr", treatment="zr", probability="pr", reference="normal")["1"]),
        "ht_coins_clusters": ("Horvitz-Thompson, coins by cluster", lambda data: rct.horvitz_thompson(
            data, "y_zc", treatment="zc", cluster="school", probability="p", reference="normal")["1"]),
        "clusters_means": ("average of clusters", lambda data: rct.difference_in_means(
            data, "y_zs", estimand="clusters", **schools)["1"]),
        "clusters_lin": ("average of clusters, Lin's adjustment", lambda data: rct.lin(
            data, "y_zs", estimand="clusters", errors="HC2", **covariate)["1"]),
        "ancova_strata_CR2": ("ANCOVA in strata, CR2", lambda data: rct.ancova(data, "y_zs", strata="stratum", **covariate)["1"]),
        "iv_CR2": ("effect on compliers by cluster, CR2", lambda data: rct.cace(
            data, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school").effect),
    }  # fmt: skip
    for place, (what, ours) in calls.items():
        yield Witness("rct26_design_based", what, (place,), ours)
