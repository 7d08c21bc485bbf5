"""The routines and checks that a plan may name: adding one means a name here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from ebpm.notices import Notices

Routine = Callable[..., Any]
CheckRoutine = Callable[..., Notices]

ROUTINES = {
    "cohort": (
        "aipw", "cox", "cumulative_incidence", "emulate", "fine_gray", "g_computation", "iptw", "iptw_survival",
        "kaplan_meier", "log_rank", "mean_frequency", "pooled_logistic", "recurrent", "risk", "rmst",
    ),
    "did": (
        "att_gt", "bacon", "continuous_dose", "event_study", "extended_twfe", "few_treated", "imputation",
        "local_projection", "poisson", "randomisation_test", "stacked", "sun_abraham", "switching",
        "synthetic_control", "synthetic_did", "triple", "triple_gt", "twfe", "two_by_two", "two_stage",
        "wild_twfe", "wild_two_by_two",
    ),
    "its": ("arima", "placebo_dates", "segmented", "sites", "structural", "synthetic"),
    "rct": (
        "adjustments", "ancova", "cace", "cluster_estimands", "compliance_table", "compliers", "difference_in_means", "factorial",
        "gee", "hajek", "horvitz_thompson", "lee_bounds", "lin", "mixed", "nonresponse_weighted", "pairwise",
        "post_stratified", "randomisation_test", "risks", "spillover", "step_down", "subgroups", "wild_cluster",
        "worst_case",
    ),
    "survey": (
        "bounds", "calibrated_mean", "design_effects", "double_list", "effect_bounds", "list_experiment",
        "mean", "proportion", "quantiles", "raked_mean", "ratio", "response_rates", "response_weighted_mean",
        "total",
    ),
}  # fmt: skip
FOLLOWERS = {
    "did": ("honest", "pretrends"),
}  # fmt: skip
CHECKS = {
    "cohort": ("event_codes",),
    "data": (
        "changed", "dominance", "gaps", "heaping", "late_reporting", "leavers", "small_cells", "small_counts",
    ),
    "did": ("check_design",),
    "its": ("earlier_change", "events_in_window", "irregular_periods", "negative_control"),
    "rct": (
        "attrition", "balance", "coding", "compliance", "declared", "informative_cluster_size", "peeking", "post_treatment", "timing",
        "unequal_probabilities", "unplanned",
    ),
    "survey": ("events_in_window", "response", "self_report"),
}  # fmt: skip


class Named(Mapping[str, Callable[..., Any]]):
    """Functions by room and name ("did.twfe"); a room is loaded when one of its functions is asked for.

    Parameters
    ----------
    held : names by room.
    """

    def __init__(self, held: Mapping[str, tuple[str, ...]]) -> None:
        self._names = {f"{room}.{name}": (room, name) for room, names in held.items() for name in names}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        room, function = self._names[name]
        found: Callable[..., Any] = getattr(import_module(f"ebpm.{room}"), function)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def routines() -> Mapping[str, Routine]:
    """Return the estimators by the name under which a plan calls them."""
    return Named(ROUTINES)


@cache
def followers() -> Mapping[str, Routine]:
    """Return the routines that look at the event study of another analysis of the plan, by name."""
    return Named(FOLLOWERS)


@cache
def checks() -> Mapping[str, CheckRoutine]:
    """Return the checks by the name under which a plan calls them."""
    return Named(CHECKS)
