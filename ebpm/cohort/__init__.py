"""Cohorts of persons followed in time: target trials, propensity weights, time to event, and what would bias them."""

from ebpm.cohort.aipw import aipw
from ebpm.cohort.balance import CovariateBalance
from ebpm.cohort.g_computation import g_computation
from ebpm.cohort.iptw import iptw
from ebpm.cohort.propensity import Propensity, propensity
from ebpm.cohort.standardised import Standardised
from ebpm.cohort.weighted import Weighted
from ebpm.cohort.weighting import Weighting

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
