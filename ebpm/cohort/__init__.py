"""Cohorts of persons followed in time: target trials, propensity weights, time to event, and what would bias them."""

from ebpm.cohort.sensitivity.bias import BiasCorrected, bias_bound, bias_formula
from ebpm.cohort.sensitivity.e_value import EValue, e_value
from ebpm.cohort.survival.contrasts import HorizonEffects
from ebpm.cohort.survival.cox import Cox, cox
from ebpm.cohort.survival.cumulative_incidence import CumulativeIncidence, cumulative_incidence, risk
from ebpm.cohort.survival.curves import Curve, Quantile
from ebpm.cohort.survival.fine_gray import fine_gray
from ebpm.cohort.survival.kaplan_meier import SurvivalCurves, kaplan_meier
from ebpm.cohort.survival.log_rank import LogRank, log_rank
from ebpm.cohort.survival.proportional import ProportionalHazards
from ebpm.cohort.survival.recurrent import MeanFrequency, mean_frequency, recurrent
from ebpm.cohort.survival.restricted_mean import rmst
from ebpm.cohort.trial.codes import event_codes
from ebpm.cohort.trial.declaration import TargetTrial
from ebpm.cohort.trial.emulate import Emulation, emulate
from ebpm.cohort.trial.flow import CohortFlow
from ebpm.cohort.trial.person_time import PersonTime, person_time
from ebpm.cohort.weights.aipw import aipw
from ebpm.cohort.weights.balance import CovariateBalance
from ebpm.cohort.weights.g_computation import g_computation
from ebpm.cohort.weights.iptw import iptw
from ebpm.cohort.weights.iptw_survival import WeightedSurvival, iptw_survival
from ebpm.cohort.weights.pooled import pooled_logistic
from ebpm.cohort.weights.propensity import Propensity, propensity
from ebpm.cohort.weights.standardised import Standardised
from ebpm.cohort.weights.streamed_result import StreamedWeighted
from ebpm.cohort.weights.weighted import Weighted
from ebpm.cohort.weights.weighting import Weighting

__all__ = [
    "BiasCorrected",
    "CohortFlow",
    "CovariateBalance",
    "Cox",
    "CumulativeIncidence",
    "Curve",
    "EValue",
    "Emulation",
    "HorizonEffects",
    "LogRank",
    "MeanFrequency",
    "PersonTime",
    "Propensity",
    "ProportionalHazards",
    "Quantile",
    "Standardised",
    "StreamedWeighted",
    "SurvivalCurves",
    "TargetTrial",
    "Weighted",
    "WeightedSurvival",
    "Weighting",
    "aipw",
    "bias_bound",
    "bias_formula",
    "cox",
    "cumulative_incidence",
    "e_value",
    "emulate",
    "event_codes",
    "fine_gray",
    "g_computation",
    "iptw",
    "iptw_survival",
    "kaplan_meier",
    "log_rank",
    "mean_frequency",
    "person_time",
    "pooled_logistic",
    "propensity",
    "recurrent",
    "risk",
    "rmst",
]


def __dir__() -> list[str]:
    return __all__
