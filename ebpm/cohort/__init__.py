"""Cohorts of persons followed in time: target trials, propensity weights, time to event, and what would bias them."""

from ebpm.cohort.survival.cox import Cox, cox
from ebpm.cohort.survival.curves import Curve, Quantile
from ebpm.cohort.survival.kaplan_meier import SurvivalCurves, kaplan_meier
from ebpm.cohort.survival.proportional import ProportionalHazards
from ebpm.cohort.survival.restricted_mean import RestrictedMeans, rmst
from ebpm.cohort.weights.aipw import aipw
from ebpm.cohort.weights.balance import CovariateBalance
from ebpm.cohort.weights.g_computation import g_computation
from ebpm.cohort.weights.iptw import iptw
from ebpm.cohort.weights.propensity import Propensity, propensity
from ebpm.cohort.weights.standardised import Standardised
from ebpm.cohort.weights.weighted import Weighted
from ebpm.cohort.weights.weighting import Weighting

__all__ = [
    "CovariateBalance",
    "Cox",
    "Curve",
    "Propensity",
    "ProportionalHazards",
    "Quantile",
    "RestrictedMeans",
    "Standardised",
    "SurvivalCurves",
    "Weighted",
    "Weighting",
    "aipw",
    "cox",
    "g_computation",
    "iptw",
    "kaplan_meier",
    "propensity",
    "rmst",
]
