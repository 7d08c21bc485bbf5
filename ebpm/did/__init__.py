"""Difference in differences: two groups and two times, two-way fixed effects, staggered adoption."""

from ebpm.did.att_gt import att_gt
from ebpm.did.bacon import Bacon, bacon
from ebpm.did.continuous_dose import continuous_dose
from ebpm.did.dose_response import DoseResponse
from ebpm.did.event_study import event_study, sun_abraham
from ebpm.did.extended_twfe import extended_twfe
from ebpm.did.group_time import GroupTime
from ebpm.did.honest import Honest, honest
from ebpm.did.imputation import imputation, two_stage
from ebpm.did.local_projection import local_projection
from ebpm.did.poisson import poisson
from ebpm.did.pretrend import PreTrend
from ebpm.did.pretrends import Pretrends, pretrends
from ebpm.did.stacked import stacked
from ebpm.did.staggered import Staggered
from ebpm.did.synthetic_control import synthetic_control
from ebpm.did.synthetic_did import SyntheticDid, synthetic_did
from ebpm.did.synthetic_result import SyntheticControl
from ebpm.did.switch_result import Switching
from ebpm.did.switching import switching
from ebpm.did.triple import triple
from ebpm.did.triple_gt import triple_gt
from ebpm.did.twfe import twfe
from ebpm.did.two_by_two import two_by_two

__all__ = [
    "Bacon",
    "DoseResponse",
    "GroupTime",
    "Honest",
    "PreTrend",
    "Pretrends",
    "Staggered",
    "SyntheticControl",
    "SyntheticDid",
    "Switching",
    "att_gt",
    "bacon",
    "continuous_dose",
    "event_study",
    "extended_twfe",
    "honest",
    "imputation",
    "local_projection",
    "poisson",
    "pretrends",
    "stacked",
    "sun_abraham",
    "synthetic_control",
    "synthetic_did",
    "switching",
    "triple",
    "triple_gt",
    "twfe",
    "two_by_two",
    "two_stage",
]
