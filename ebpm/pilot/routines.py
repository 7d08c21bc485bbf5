"""The routines and checks that a plan may name: adding one means a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ebpm.notices import Notices

Routine = Callable[..., Any]
CheckRoutine = Callable[..., Notices]


@cache
def routines() -> Mapping[str, Routine]:
    """Return the estimators by the name under which a plan calls them."""
    from ebpm import did, its, rct, survey

    return MappingProxyType({
        "did.att_gt": did.att_gt,
        "did.bacon": did.bacon,
        "did.continuous_dose": did.continuous_dose,
        "did.event_study": did.event_study,
        "did.extended_twfe": did.extended_twfe,
        "did.few_treated": did.few_treated,
        "did.imputation": did.imputation,
        "did.local_projection": did.local_projection,
        "did.poisson": did.poisson,
        "did.randomisation_test": did.randomisation_test,
        "did.stacked": did.stacked,
        "did.sun_abraham": did.sun_abraham,
        "did.switching": did.switching,
        "did.synthetic_control": did.synthetic_control,
        "did.synthetic_did": did.synthetic_did,
        "did.triple": did.triple,
        "did.twfe": did.twfe,
        "did.triple_gt": did.triple_gt,
        "did.two_by_two": did.two_by_two,
        "did.two_stage": did.two_stage,
        "did.wild_twfe": did.wild_twfe,
        "did.wild_two_by_two": did.wild_two_by_two,
        "its.placebo_dates": its.placebo_dates,
        "its.segmented": its.segmented,
        "rct.adjustments": rct.adjustments,
        "rct.ancova": rct.ancova,
        "rct.cace": rct.cace,
        "rct.cluster_estimands": rct.cluster_estimands,
        "rct.compliers": rct.compliers,
        "rct.difference_in_means": rct.difference_in_means,
        "rct.factorial": rct.factorial,
        "rct.gee": rct.gee,
        "rct.hajek": rct.hajek,
        "rct.horvitz_thompson": rct.horvitz_thompson,
        "rct.lee_bounds": rct.lee_bounds,
        "rct.lin": rct.lin,
        "rct.mixed": rct.mixed,
        "rct.nonresponse_weighted": rct.nonresponse_weighted,
        "rct.pairwise": rct.pairwise,
        "rct.post_stratified": rct.post_stratified,
        "rct.randomisation_test": rct.randomisation_test,
        "rct.spillover": rct.spillover,
        "rct.step_down": rct.step_down,
        "rct.subgroups": rct.subgroups,
        "rct.wild_cluster": rct.wild_cluster,
        "rct.worst_case": rct.worst_case,
        "survey.bounds": survey.bounds,
        "survey.calibrated_mean": survey.calibrated_mean,
        "survey.design_effects": survey.design_effects,
        "survey.double_list": survey.double_list,
        "survey.effect_bounds": survey.effect_bounds,
        "survey.list_experiment": survey.list_experiment,
        "survey.mean": survey.mean,
        "survey.proportion": survey.proportion,
        "survey.quantiles": survey.quantiles,
        "survey.raked_mean": survey.raked_mean,
        "survey.ratio": survey.ratio,
        "survey.response_rates": survey.response_rates,
        "survey.response_weighted_mean": survey.response_weighted_mean,
        "survey.total": survey.total,
    })  # fmt: skip


@cache
def followers() -> Mapping[str, Routine]:
    """Return the routines that look at the event study of another analysis of the plan, by name."""
    from ebpm import did

    return MappingProxyType({"did.honest": did.honest, "did.pretrends": did.pretrends})


@cache
def checks() -> Mapping[str, CheckRoutine]:
    """Return the checks by the name under which a plan calls them."""
    from ebpm import data, its, rct, survey

    return MappingProxyType({
        "data.changed": data.changed,
        "data.dominance": data.dominance,
        "data.gaps": data.gaps,
        "data.heaping": data.heaping,
        "data.late_reporting": data.late_reporting,
        "data.leavers": data.leavers,
        "data.small_cells": data.small_cells,
        "data.small_counts": data.small_counts,
        "its.events_in_window": its.events_in_window,
        "rct.attrition": rct.attrition,
        "rct.balance": rct.balance,
        "rct.coding": rct.coding,
        "rct.compliance": rct.compliance,
        "rct.informative_cluster_size": rct.informative_cluster_size,
        "rct.peeking": rct.peeking,
        "rct.timing": rct.timing,
        "rct.unequal_probabilities": rct.unequal_probabilities,
        "rct.unplanned": rct.unplanned,
        "survey.events_in_window": survey.events_in_window,
        "survey.response": survey.response,
        "survey.self_report": survey.self_report,
    })  # fmt: skip
