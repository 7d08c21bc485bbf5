"""Rows of the table of reference values for differences in differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from reference_rows import Witness

from ebpm import did
from ebpm.did.joint import Reading
from ebpm.estimate import Estimate, Estimates

NORMAL_196 = 0.9500042097035591  # the package takes 1.96 itself
COUNTIES = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}


def rows() -> Iterator[Witness]:
    """Yield what the table compares."""
    yield from _differences()
    yield from _windows()
    yield from _doses_and_switches()
    yield from _with_covariates()
    yield from _pretests()


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
    for errors, theirs in (("classical", "iid"), ("HC1", "hetero")):
        yield Witness(
            "did02_castle_twfe", f"two-way fixed effects, {errors}", ("unw", theirs, "coef", "post_bin"),
            lambda data, errors=errors: did.twfe(
                data, "l_homicide", unit="sid", time="year", treatment="post_bin", errors=errors
            ).headline,
        )  # fmt: skip
        yield Witness(
            "did12_ppml_castle", f"Poisson, count offset logpop, {errors}", ("count_offset_logpop", theirs, "coef", "post_bin"),
            lambda data, errors=errors: did.poisson(
                data, "hom_count", unit="sid", time="year", treatment="post_bin", exposure="population", errors=errors
            ).headline,
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
        "did06_bjs_mpdta", "imputation, log population by year, all treated rows", ("hand_lpop_x_year", "static"),
        lambda data: did.imputation(
            data.assign(**{f"lpop_{year}": data.lpop * (data.year == year) for year in range(2004, 2008)}), "lemp", **COUNTIES,
            covariates=[f"lpop_{year}" for year in range(2004, 2008)],
        ).estimates.headline,
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
    for routine in (did.sun_abraham, did.imputation, did.two_stage):
        yield Witness(
            "did33_odd_panel", f"{routine.__name__.replace('_', ' ')}, a covariate, all treated rows",
            (f"full|{routine.__name__}|z|plain",),
            lambda data, routine=routine: routine(
                data, "y", unit="id", time="t", first_treated="g", covariates=["z"]
            ).estimates.headline,
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


def _with_covariates() -> Iterator[Witness]:
    columns = {"unit": "unit", "time": "time", "covariates": ["x", "z"]}
    for term in ("0", "-2", "overall"):
        yield Witness(
            "did32_covariates_simulated", f"treatments that switch, two covariates, {term}", ("switches", "plain", term),
            lambda data, term=term: _by_term(did.switching(data, "y", treatment="d", effects=3, placebos=2, **columns), term),
            (("estimate", "estimate"),), file="switches.csv",
        )  # fmt: skip
    yield Witness(
        "did32_covariates_simulated", "cubic in the dose, two covariates, dose 1", ("doses", "two", "level"),
        lambda data: did.continuous_dose(
            data[data.panel == "two"], "y", dose="dose", first_treated="first", grid=[1.0], **columns
        ).aggregate("dose")["1"],
        position=1, file="doses.csv",
    )  # fmt: skip


def _by_term(found: did.Switching, term: str) -> Estimate:
    return found.estimates.headline if term == "overall" else found.aggregate("event")[term]


def _pretests() -> Iterator[Witness]:
    for what, place, options in (
        ("a linear trend", "linear", lambda case: {"slopes": [case["slope50"]]}),
        ("a quadratic departure", "quadratic", lambda case: {"departure": _curved(case)}),
    ):
        yield Witness(
            "did13_pretrends_he_wang", f"test before treatment, {what}", (place,),
            lambda case, options=options: did.pretrends(_published(case), powers=[], conf_level=NORMAL_196, **options(case)).violations[0],
            (("power", "power"), ("bayes_factor", "bayes_factor"), ("likelihood_ratio", "likelihood_ratio")), file="case.json",
        )  # fmt: skip


def _curved(case: dict[str, Any]) -> list[float]:
    return [case["quadratic"]["curvature"] * (place + 1.0) ** 2 for place in case["tVec"]]


def _published(case: dict[str, Any]) -> Estimates:
    """Return a published event study, with the reference period at -1."""
    places = sorted({*case["tVec"], -1.0})
    at = [places.index(place) for place in case["tVec"]]
    values, covariance = np.zeros(len(places)), np.zeros((len(places), len(places)))
    values[at], covariance[np.ix_(at, at)] = case["betahat"], case["sigma"]
    reading = Reading(method="did.event_study.twfe", rows=1, clusters=1, df=np.inf, conf_level=0.95)
    named = [(f"{place:g}", "did_reference" if place == -1.0 else "") for place in places]
    return reading.given("event", named, values, covariance, positions=places, headline="0")


def _switching(data: pd.DataFrame, panel: str, term: str, options: dict[str, Any]) -> Estimate:
    rows = data[data.panel == panel]
    found = did.switching(rows, "y", unit="unit", time="time", treatment="d", effects=4, placebos=2, **options)
    return found.estimates.headline if term == "total" else found.aggregate("event")[term]
