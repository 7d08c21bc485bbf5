"""Write docs/reference_values.md: our estimates beside those of other programs, from the cases of tests/reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ebpm import did, its, rct, survey
from ebpm.estimate import Estimate

PAGE = Path(__file__).with_name("reference_values.md")
CASES = Path(__file__).parents[1] / "tests" / "reference"
HEAD = """\
# Reference values

Ours, theirs, and the relative difference. Written by `docs/make_reference_table.py`, which runs the estimators on the data of
`tests/reference`; each case there says how its values were made. The tests compare many more numbers than stand here.

| case | what | quantity | ours | theirs | difference | theirs by |
| --- | --- | --- | --: | --: | --: | --- |
"""
NSW = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
COUNTIES = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}
QUANTITIES = {
    "estimate": "estimate", "std_error": "std. error", "df": "df", "p_value": "p value", "conf_low": "low", "conf_high": "high",
}  # fmt: skip
THEIRS = {
    "estimate": ("estimate", "overall_att", "weighted_sum"),
    "std_error": ("se", "overall_se"),
    "df": ("df", "df_t"),
}
STEPS = (1e-10, 1e-8, 1e-6)


@dataclass(frozen=True, slots=True)
class Witness:
    """One estimate and the place of its witness in a case.

    Parameters
    ----------
    case : folder of tests/reference.
    what : the estimate in words.
    place : keys that lead to the expected values.
    ours : data of the case -> our estimate.
    keys : what is compared and its key there, where these are not the usual ones.
    position : of the value, where the case holds one a coefficient.
    """

    case: str
    what: str
    place: tuple[str, ...]
    ours: Callable[[pd.DataFrame], Estimate]
    keys: tuple[tuple[str, str], ...] = ()
    position: int = 0


def witnesses() -> Iterator[Witness]:
    """Yield what the table compares, room by room."""
    yield from _trials()
    yield from _repeated_and_clustered()
    yield from _declared()
    yield from _differences()
    yield from _windows()
    yield from _doses_and_switches()
    yield from _series()
    yield from _surveys()


def _trials() -> Iterator[Witness]:
    yield Witness(
        "rct01_diff_in_means_nsw", "difference in means", ("neyman_welch",),
        lambda data: rct.difference_in_means(data, "re78", treatment="treat").headline,
    )  # fmt: skip
    yield Witness(
        "rct02_lin_nsw", "Lin's adjustment, 8 covariates, HC2", ("HC2", "treat"),
        lambda data: rct.lin(data, "re78", treatment="treat", covariates=NSW).headline,
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
            data, "y_zs", estimand="clusters", **covariate)["1"]),
        "ancova_strata_CR2": ("ANCOVA in strata, CR2", lambda data: rct.ancova(data, "y_zs", strata="stratum", **covariate)["1"]),
        "iv_CR2": ("effect on compliers by cluster, CR2", lambda data: rct.cace(
            data, "y_d", delivered="d", assigned="zs", covariates=["x"], cluster="school").effect),
    }  # fmt: skip
    for place, (what, ours) in calls.items():
        yield Witness("rct26_design_based", what, (place,), ours)


def _differences() -> Iterator[Witness]:
    for errors in ("classical", "HC1", "HC3"):
        yield Witness(
            "did01_kielmc_2x2", f"2 x 2, {errors}", ("rprice", errors, "y81:nearinc"),
            lambda data, errors=errors: did.two_by_two(data, "rprice", treated="nearinc", post="y81", errors=errors).headline,
        )  # fmt: skip
    yield Witness(
        "did01_kielmc_2x2", "2 x 2 by cluster, CR2", ("rprice", "cluster_nbh_CR2", "y81:nearinc"),
        lambda data: did.two_by_two(data, "rprice", treated="nearinc", post="y81", cluster="nbh", errors="CR2").headline,
    )  # fmt: skip
    yield Witness(
        "did02_castle_twfe", "two-way fixed effects, CR1", ("unw", "cluster_sid_default_ssc", "coef", "post_bin"),
        lambda data: did.twfe(data, "l_homicide", unit="sid", time="year", treatment="post_bin", errors="CR1").headline,
    )  # fmt: skip
    for kind, theirs in {"simple": "simple", "event": "dynamic", "group": "group", "calendar": "calendar"}.items():
        yield Witness(
            "did03_callaway_santanna_mpdta", f"Callaway-Sant'Anna, doubly robust, {kind}",
            ("notyettreated|varying|lpop|dr", "agg", theirs),
            lambda data, kind=kind: _group_time(data).aggregate(kind).headline,
        )  # fmt: skip
    for sample, shown in {"gaps": "a panel with gaps", "sections": "cross-sections"}.items():
        yield Witness(
            "did04c_att_gt_gaps_sections", f"Callaway-Sant'Anna, doubly robust, {shown}, event",
            (f"{sample}|notyettreated|varying|lpop|dr|plain", "aggregates", "dynamic"),
            lambda data, sample=sample: _counties(data, sample).aggregate("event").headline,
            (("estimate", "overall_att"), ("std_error", "overall_se")),
        )  # fmt: skip
    yield Witness(
        "did05_sunab_mpdta", "Sun-Abraham, all treated rows", ("att",),
        lambda data: did.sun_abraham(data, "lemp", **COUNTIES).estimates.headline,
    )  # fmt: skip
    for term in ("0", "3"):
        yield Witness(
            "did05_sunab_mpdta", f"Sun-Abraham, event time {term}", ("event_study", "coef", f"year::{term}"),
            lambda data, term=term: did.event_study(data, "lemp", **COUNTIES)[term],
        )  # fmt: skip
        yield Witness(
            "did06_bjs_mpdta", f"imputation, event time {term}", ("hand", f"h{term}"),
            lambda data, term=term: did.imputation(data, "lemp", **COUNTIES).aggregate("event")[term],
        )  # fmt: skip
    yield Witness(
        "did06_bjs_mpdta", "imputation, all treated rows", ("hand", "static"),
        lambda data: did.imputation(data, "lemp", **COUNTIES).estimates.headline,
    )  # fmt: skip
    yield Witness(
        "did07_gardner_mpdta", "two stages, all treated rows", ("static", "d::1"),
        lambda data: did.two_stage(data, "lemp", **COUNTIES).estimates.headline,
    )  # fmt: skip
    for what, outcome, options in (
        ("rate_homicide", "homicide", {}), ("count_offset_logpop", "hom_count", {"exposure": "population"}),
        ("rate_homicide_popweighted", "homicide", {"weights": "popwt"}),
    ):  # fmt: skip
        yield Witness(
            "did12_ppml_castle", f"Poisson, {what.replace('_', ' ')}", (what, "coef", "post_bin"),
            lambda data, outcome=outcome, options=options: did.poisson(
                data, outcome, unit="sid", time="year", treatment="post_bin", **options
            ).headline,
        )  # fmt: skip
    for errors in ("classical", "HC1", "HC2", "HC3"):
        yield Witness(
            "did11_ddd_injury", f"triple difference, {errors}", (errors, "afchnge:highearn:ky"),
            lambda data, errors=errors: did.triple(
                data, "ldurat", treated="ky", eligible="highearn", post="afchnge", errors=errors
            ).headline,
        )  # fmt: skip
    for what, routine in (("sdid", did.synthetic_did), ("sc", did.synthetic_control)):
        yield Witness(
            "did10_synthdid_prop99", f"{routine.__name__.replace('_', ' ')}, exact optimum", ("qp_exact",),
            lambda data, routine=routine: routine(
                data.assign(first=1989 * (data.State == "California")), "PacksPerCapita", unit="State", time="Year",
                first_treated="first",
            ).estimates.headline,
            (("estimate", f"{what}_estimate"),),
        )  # fmt: skip
    yield Witness(
        "did08_bacon_castle", "Goodman-Bacon, weighted sum of 25 comparisons", (),
        lambda data: did.bacon(data, "l_homicide", unit="sid", time="year", first_treated="first").estimates.headline,
    )  # fmt: skip


def _counties(data: pd.DataFrame, sample: str) -> did.GroupTime:
    gaps = sample == "gaps"
    return did.att_gt(
        data[data.kept == 1] if gaps else data, "lemp", **COUNTIES | {"unit": "countyreal" if gaps else None},
        covariates=("lpop",), gaps="all_rows",
    )  # fmt: skip


def _group_time(data: pd.DataFrame) -> did.GroupTime:
    return did.att_gt(
        data, "lemp", unit="countyreal", time="year", first_treated="first_treat", covariates=("lpop",),
        control="not_yet_treated", method="dr",
    )  # fmt: skip


def _doses_and_switches() -> Iterator[Witness]:
    for place, term, options in (
        ("up|plain", "0", {}), ("up|plain", "3", {}), ("up|plain", "-2", {}), ("up|weights", "0", {"weights": "w"}),
        ("gaps|plain", "1", {"gaps": "pairs"}), ("up|same_switchers", "total", {"same_switchers": True}),
    ):  # fmt: skip
        yield Witness(
            "did30_switching_simulated", f"treatments that switch, {place.replace('|', ', ').replace('_', ' ')}, {term}", (place, term),
            lambda data, place=place, term=term, options=options: _switching(data, place.partition("|")[0], term, options),
        )  # fmt: skip
    for target, term in (("level", "overall"), ("level", "1.137769989"), ("slope", "1.137769989")):
        yield Witness(
            "did31_dose_simulated", f"cubic spline in the dose, 2 knots, {target}, {term}", ("two|3|2|never_treated", target, term),
            lambda data, target=target, term=term: did.continuous_dose(
                data[data.panel == "two"], "y", unit="unit", time="time", dose="dose", first_treated="first", knots=2,
                grid=[data.dose[(data.panel == "two") & (data.dose > 0)].median()],
            ).aggregate("dose", target=target)[term],
        )  # fmt: skip


def _switching(data: pd.DataFrame, panel: str, term: str, options: dict[str, Any]) -> Estimate:
    rows = data[data.panel == panel]
    found = did.switching(rows, "y", unit="unit", time="time", treatment="d", effects=4, placebos=2, **options)
    return found.estimates.headline if term == "total" else found.aggregate("event")[term]


def _windows() -> Iterator[Witness]:
    castle = {"unit": "sid", "time": "year", "first_treated": "first", "kappa_pre": 3, "kappa_post": 2}
    for weighting in ("corrective", "none"):
        yield Witness(
            "did20_stacked_castle", f"stacked, weights {weighting}, event time 0", (weighting, "0"),
            lambda data, weighting=weighting: did.stacked(data, "l_homicide", **castle, weighting=weighting)["0"],
        )  # fmt: skip
    for case, options in (("variance", {}), ("variance_lpop", {"covariates": ["lpop"]})):
        yield Witness(
            "did21_lpdid_mpdta", f"local projection, {case.replace('_', ' ')}, horizon 1", (case, "1"),
            lambda data, options=options: did.local_projection(
                data, "lemp", **COUNTIES, weighting="variance", **options
            )["1"],
        )  # fmt: skip
    yield Witness(
        "did22_etwfe_mpdta", "extended TWFE, linear, all treated rows", ("gaussian", "overall"),
        lambda data: did.extended_twfe(data, "lemp", **COUNTIES).estimates.headline,
    )  # fmt: skip
    for family, outcome in (("poisson", "emp"), ("logit", "above")):
        yield Witness(
            "did22_etwfe_mpdta", f"extended TWFE, {family}, all treated rows", (family, "overall"),
            lambda data, family=family, outcome=outcome: did.extended_twfe(
                data, outcome, **COUNTIES, family=family
            ).estimates.headline,
            keys=(("estimate", "estimate"),),
        )  # fmt: skip
    for case, options in (("none", {}), ("dr", {"covariates": ["lpop"]})):
        yield Witness(
            "did23_ddd_mpdta", f"triple differences, {case}, 2004 in 2005", (f"never_treated/varying/{case}", "cells", "2004:2005"),
            lambda data, options=options: did.triple_gt(
                data, "lemp", **COUNTIES, eligible="eligible", control="never_treated", **options
            ).estimates["2004:2005"],
        )  # fmt: skip


def _series() -> Iterator[Witness]:
    for lags in (4, 12):
        for term, theirs in {"level_change": "law", "slope_change": "tpost"}.items():
            yield Witness(
                "its01_seatbelts_segmented_ols_nw", f"{term.replace('_', ' ')}, Newey-West, {lags} lags",
                ("month_dummies", f"NW_lag{lags}_adj_n_over_nk", theirs),
                lambda data, lags=lags, term=term: _segmented(data, lags).coefficients[term],
            )  # fmt: skip

    for errors, place in (("prais_winsten", "prais_winsten_iterated"), ("cochrane_orcutt", "cochrane_orcutt_iterated")):
        yield Witness(
            "its03_seatbelts_prais_winsten", f"level change, {errors.replace('_', '-').title()}", (place, "coef", "law"),
            lambda data, errors=errors: _autoregressive(data, errors),
        )  # fmt: skip
    for lags in (1, 2):
        yield Witness(
            "its04_seatbelts_reml", f"level change, AR({lags}) by restricted likelihood", (f"ar{lags}",),
            lambda data, lags=lags: _autoregressive(data, "reml_unadjusted", lags=lags),
            (("estimate", "coef"), ("std_error", "se")), position=2,
        )  # fmt: skip


def _autoregressive(data: pd.DataFrame, errors: str, **options: Any) -> Estimate:
    return its.segmented(
        _months(data), "drivers", time="period", intervention="1983-02", family="log_gaussian", errors=errors, **options
    ).estimates["level_change"]


def _months(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(period=[f"{year}-{month:02d}" for year, month in zip(data.year, data.month, strict=True)])


def _segmented(data: pd.DataFrame, lags: int) -> its.Segmented:
    return its.segmented(
        _months(data), "drivers", time="period", intervention="1983-02", season="month", family="log_gaussian",
        errors="newey_west", lags=lags,
    )  # fmt: skip


def _surveys() -> Iterator[Witness]:
    design = {"weights": "pw", "strata": "stype", "population": "fpc"}
    yield Witness(
        "svy01_stratified_mean", "mean in strata, finite population", ("strat_fpc", "mean_api00"),
        lambda data: survey.mean(data, "api00", **design).headline,
    )  # fmt: skip
    yield Witness(
        "svy01_stratified_mean", "total in strata, finite population", ("strat_fpc", "total_enroll"),
        lambda data: survey.total(data, "enroll", **design).headline,
    )  # fmt: skip
    yield from _samples_in_stages()
    yield from _calibrated()


def _samples_in_stages() -> Iterator[Witness]:
    for what, place, routine, outcome in (
        ("mean in strata", "mean", survey.mean, "api00"), ("total in strata", "total", survey.total, "enroll"),
    ):  # fmt: skip
        yield Witness(
            "svy04_api_stratified", what, ("basics", place),
            lambda data, routine=routine, outcome=outcome: routine(
                data, outcome, weights="pw", strata="stype", population="fpc"
            ).headline,
        )  # fmt: skip
    case, stages = "svy06_api_two_stage", {"cluster": ["dnum", "snum"], "population": ["fpc1", "fpc2"]}
    for what, place, where in (("mean in two stages", "mean", None), ("its domain", "mean_wide", {"sch.wide": "Yes"})):
        yield Witness(
            case, what, (place,), lambda data, where=where: survey.mean(data, "api00", where=where, **stages).headline
        )
    yield Witness(
        case, "share, Korn-Graubard interval", ("props", "beta"),
        lambda data: survey.proportion(data, "sch.wide", interval="korn_graubard", **stages)["Yes"],
        (("conf_low", "low"), ("conf_high", "high")),
    )  # fmt: skip


def _calibrated() -> Iterator[Witness]:
    types, clusters = {"E": 4421, "H": 755, "M": 1018}, {"cluster": "dnum", "population": "fpc"}
    made = {
        "post": ("post-stratified mean", lambda data: survey.post_stratify(data, "stype", cells=types, weights="pw")),
        "linear": ("GREG mean", lambda data: survey.calibrate(data, {"stype": types, "api99": 3914069}, weights="pw")),
    }  # fmt: skip
    for kind, (what, weights) in made.items():
        yield Witness(
            "svy05_api_clusters", what, ("calibrated", kind, "mean"),
            lambda data, weights=weights: survey.mean(data, "api00", weights=weights(data), **clusters).headline,
        )  # fmt: skip


def page() -> str:
    """Return the page: three lines a witness at most."""
    return HEAD + "".join(line for witness in witnesses() for line in _lines(witness))


def _lines(witness: Witness) -> Iterator[str]:
    folder = CASES / witness.case
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    expected: dict[str, Any] = reduce(lambda found, key: found[key], witness.place, case["expected"])
    own = folder / "data.csv"
    ours = witness.ours(pd.read_csv(own if own.exists() else folder / case["data"]["file"]))
    by = ", ".join(name for name in case["software"] if not name.endswith("(peer)"))
    link = f"[{witness.case.partition('_')[0]}](../tests/reference/{witness.case})"
    places = {name: (key,) for name, key in witness.keys} or THEIRS
    for name, keys in places.items():
        theirs, shown = next((expected[key] for key in keys if key in expected), None), QUANTITIES[name]
        if theirs is not None:
            theirs = theirs[witness.position] if isinstance(theirs, list) else theirs
            value = float(getattr(ours, name))
            yield f"| {link} | {witness.what} | {shown} | {value:.10g} | {theirs:.10g} | {_apart(value, theirs)} | {by} |\n"


def _apart(ours: float, theirs: float) -> str:
    apart = float(np.abs(ours - theirs) / np.abs(theirs))
    return next((f"< {step:.0e}" for step in STEPS if apart < step), f"{apart:.0e}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
