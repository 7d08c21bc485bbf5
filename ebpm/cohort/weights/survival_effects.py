"""Effects on time to event from weighted spells of two arms: risk, mean time without the event, hazard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.stacked import Weights, influence_covariance
from ebpm.stats.survival.cox import cox_fit
from ebpm.stats.survival.incidence import Incidence, incidence
from ebpm.stats.survival.risk_sets import Spells
from ebpm.texts import LANGUAGES, Words, coined, label

RATIOS = ("log_risk_ratio", "log_hazard_ratio")
HAZARD = 4
NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ArmCurves:
    """What the effects on time to event are made of.

    Parameters
    ----------
    curves : weighted cumulative incidence of the untreated (group 0) and the treated (group 1).
    values : risk at the horizon of either, restricted mean of either, and, where both have events, the log hazard ratio,
        shape (4,) or (5,).
    influence : what each person adds to them, shape (m, 4) or (m, 5).
    """

    curves: Incidence
    values: Floats
    influence: Floats


def arm_curves(spells: Spells, weights: Weights, *, kind: int, horizon: float) -> ArmCurves:
    """Return risks at a horizon, restricted means and the log hazard ratio of two arms, with influences of persons.

    Parameters
    ----------
    spells : n rows in groups 0 and 1, with the weights used.
    weights : their estimated part.
    kind : code of the event; others compete with it, and end the time without an event too.
    horizon : in the unit of time.

    Source: Xie and Liu (2005), Statistics in Medicine 24(20), for the curves; Shu, Young, Toh and Wang (2021), Biometrics 77(1), for the
    stacked standard error of the hazard ratio.
    """
    kinds = np.unique(spells.event[spells.event > 0]).tolist()
    found = incidence(spells, kind, removed_by=kinds or [kind])
    alive = found.removal
    values = [alive.at(found.value, arm, horizon, first=0.0) for arm in (0, 1)]
    values += [alive.restricted_mean(arm, horizon) for arm in (0, 1)]
    columns = [found.influence(arm, horizon) for arm in (0, 1)]
    columns += [alive.restricted_mean_influence(arm, horizon) for arm in (0, 1)]
    own = spells.with_event((spells.event == kind).astype(np.int64))
    if all(((own.event > 0) & (own.group == arm)).any() for arm in (0, 1)):
        hazard, influence = log_hazard_ratio(own)
        values, columns = [*values, hazard], [*columns, influence]
    rows = np.column_stack(columns) * spells.weights[:, None]
    return ArmCurves(found, np.array(values), weights.stacked(rows))


def log_hazard_ratio(spells: Spells) -> tuple[float, Floats]:
    """Return the log hazard ratio of group 1 to group 0, and its derivative by the weight of each row, shape (n,)."""
    arm = spells.group.astype(np.float64)
    pooled = Spells.of(spells.exit, spells.event, entry=spells.entry, weights=spells.weights, person=spells.person)
    fit = cox_fit(pooled, arm[:, None], names=("treated",))
    return float(fit.coefficients[0]), fit.influence()[:, 0]


def survival_effects(
    found: ArmCurves,
    *,
    clusters: Ints | None,
    n: int,
    arms: tuple[str, str],
    estimand: str,
    method: str,
    conf_level: float,
) -> Estimates:
    """Return differences and ratios of risks, of mean times and of hazards, with their joint covariance.

    Parameters
    ----------
    found : the curves.
    clusters : cluster of each person, shape (m,); None where persons are independent.
    n : persons.
    arms : labels of the untreated and of the treated.
    estimand : "ate", "att", "atc" or "ato".
    method : entry `method.<code>` of the texts.
    conf_level : level of the intervals.
    """
    matrix, df = influence_covariance(found.influence, clusters)
    rows = _combinations(found.values)
    slopes = np.array([slope for _, slope in rows.values()])
    covariance = slopes @ matrix @ slopes.T
    names = dict.fromkeys(("risk_untreated", "rmst_untreated"), arms[0]) | dict.fromkeys(
        ("risk_treated", "rmst_treated"), arms[1]
    )
    groups = 0 if clusters is None else int(clusters.max()) + 1

    def estimate(term: str, value: float, error: float) -> Estimate:
        return t_estimate(
            value, error, df=df, conf_level=conf_level, term=term, n=n, clusters=groups, method=method,
            estimand="mean" if term in names else estimand, name=_name(term, names),
        )  # fmt: skip

    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    known = np.where(errors > NOTHING * np.abs(found.values).max(), errors, np.inf).tolist()
    items = tuple(estimate(term, value, error) for (term, (value, _)), error in zip(rows.items(), known, strict=True))
    return Estimates(items=items, headline_term="risk_difference", covariance=covariance)


def _combinations(values: Floats) -> dict[str, tuple[float, Floats]]:
    untreated, treated, short, long = values[:4].tolist()
    unit = np.eye(len(values))
    rows = {"risk_difference": (treated - untreated, unit[1] - unit[0])}
    if min(untreated, treated) > 0.0:
        rows["log_risk_ratio"] = (math.log(treated / untreated), unit[1] / treated - unit[0] / untreated)
    rows["rmst_difference"] = (long - short, unit[3] - unit[2])
    if len(values) > HAZARD:
        rows["log_hazard_ratio"] = (float(values[HAZARD]), unit[HAZARD])
    return rows | {
        "risk_treated": (treated, unit[1]),
        "risk_untreated": (untreated, unit[0]),
        "rmst_treated": (long, unit[3]),
        "rmst_untreated": (short, unit[2]),
    }


def _name(term: str, names: dict[str, str]) -> Words:
    if term not in names:
        return coined(term)
    return {lang: label(f"cohort_{term}", lang, arm=names[term]) for lang in LANGUAGES}
