"""Cohorts of persons followed in time: target trials, propensity weights, time to event, and what would bias them."""

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
    "Propensity",
    "Standardised",
    "Weighted",
    "Weighting",
    "aipw",
    "g_computation",
    "iptw",
    "propensity",
]
