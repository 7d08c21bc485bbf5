"""From the means of two arms to effects: difference, and for outcomes of yes or no the ratios of risks and of odds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ebpm.cohort.subjects import Subjects
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.stacked import influence_covariance
from ebpm.texts import LANGUAGES, Words, coined, label

RATIOS = ("log_risk_ratio", "log_odds_ratio")


@dataclass(frozen=True, slots=True, eq=False)
class ArmMeans:
    """Means of the outcome had nobody, and had everybody, of the target population been treated.

    Parameters
    ----------
    values : untreated and treated, shape (2,).
    influence : what each row adds to them, shape (n, 2).
    """

    values: Floats
    influence: Floats


@dataclass(frozen=True, slots=True, eq=False)
class JointMeans:
    """The same two means with their covariance.

    Parameters
    ----------
    values : untreated and treated, shape (2,).
    covariance : shape (2, 2).
    df : degrees of freedom.
    arms : labels of the untreated and of the treated.
    n : persons.
    clusters : of them; 0 where they are independent.
    """

    values: Floats
    covariance: Floats
    df: float
    arms: tuple[str, str]
    n: int
    clusters: int


def effects(
    means: ArmMeans, subjects: Subjects, *, estimand: str, method: str, binary: bool, conf_level: float,
    small_sample: float = 1.0, df: float | None = None,
) -> Estimates:  # fmt: skip
    """Return the effects that follow from two means, with their joint covariance.

    Parameters
    ----------
    means : of the arms.
    subjects : who they are of.
    estimand : "ate", "att", "atc" or "ato".
    method : entry `method.<code>` of the texts.
    binary : whether the outcome is yes or no; only then are there ratios.
    conf_level : level of the intervals.
    small_sample : factor of the covariance.
    df : degrees of freedom; clusters less one, or infinity, where None.

    Formula: with means m_0, m_1: m_1 - m_0, log (m_1 / m_0), log of m_1 (1 - m_0) / (m_0 (1 - m_1)); standard errors by the delta
    method, so that a ratio's interval is symmetric on the log scale.
    """
    matrix, own_df = influence_covariance(means.influence, subjects.within)
    joint = JointMeans(
        means.values, small_sample * matrix, own_df if df is None else df, subjects.arms, subjects.n, subjects.groups
    )
    return joint_effects(joint, estimand=estimand, method=method, binary=binary, conf_level=conf_level)


def joint_effects(means: JointMeans, *, estimand: str, method: str, binary: bool, conf_level: float) -> Estimates:
    """Return the effects that follow from two means and their covariance; parameters and formula as in `effects`."""
    low, high = means.values
    rows = {"difference": (high - low, (-1.0, 1.0))}
    if binary and min(low, high) > 0.0 and max(low, high) < 1.0:
        rows["log_risk_ratio"] = (math.log(high / low), (-1.0 / low, 1.0 / high))
        odds = math.log(high * (1.0 - low) / (low * (1.0 - high)))
        rows["log_odds_ratio"] = (odds, (-1.0 / (low * (1.0 - low)), 1.0 / (high * (1.0 - high))))
    rows |= {"mean_treated": (high, (0.0, 1.0)), "mean_untreated": (low, (1.0, 0.0))}
    slopes = np.array([slope for _, slope in rows.values()])
    covariance = slopes @ means.covariance @ slopes.T
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    names = {"mean_treated": means.arms[1], "mean_untreated": means.arms[0]}
    items = tuple(
        t_estimate(
            float(value), float(error), df=means.df, conf_level=conf_level, term=term, n=means.n,
            clusters=means.clusters, estimand="mean" if term in names else estimand, method=method, name=_name(term, names), unit=_unit(term),
        )
        for (term, (value, _)), error in zip(rows.items(), errors, strict=True)
    )  # fmt: skip
    return Estimates(items=items, headline_term="difference", covariance=covariance, notices=Notices())


def _unit(term: str) -> Words:
    return {str(lang): label("cohort_unit_log", lang) for lang in LANGUAGES} if term.startswith("log_") else ""


def _name(term: str, names: dict[str, str]) -> Words:
    if term not in names:
        return coined(term)
    return {lang: label(f"cohort_{term}", lang, arm=names[term]) for lang in LANGUAGES}


def ratio_sentence(item: Estimate, lang: str | None = None) -> str:
    """Return a ratio and its interval, from its logarithm."""
    ends = (item.estimate, item.conf_low, item.conf_high)
    shown = ["-" if isinstance(end, Unavailable) else f"{math.exp(end):.3g}" for end in ends]
    level = f"{100 * item.conf_level:g}"
    return label("cohort_ratio", lang, name=item.called(lang), ratio=shown[0], low=shown[1], high=shown[2], level=level)
