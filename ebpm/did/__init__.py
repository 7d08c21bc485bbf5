"""Difference in differences: two groups and two times, two-way fixed effects, staggered adoption."""

from ebpm.did.att_gt import att_gt
from ebpm.did.bacon import Bacon, bacon
from ebpm.did.continuous_dose import continuous_dose
from ebpm.did.dose_response import DoseResponse
from ebpm.did.event_study import event_study, sun_abraham
from ebpm.did.extended_twfe import extended_twfe
from ebpm.did.few_treated import few_treated
from ebpm.did.group_time import GroupTime
from ebpm.did.honest import Honest, honest
from ebpm.did.imputation import imputation, two_stage
from ebpm.did.local_projection import local_projection
from ebpm.did.panel_advice import Advice, advise
from ebpm.did.panel_view import Adoption, adoption
from ebpm.did.poisson import poisson
from ebpm.did.pretrend import PreTrend
from ebpm.did.pretrends import Pretrends, pretrends
from ebpm.did.randomise import randomisation_test
from ebpm.did.redrawn import Redrawn
from ebpm.did.screening import check_design
from ebpm.did.stacked import stacked
from ebpm.did.staggered import Staggered
from ebpm.did.switch_result import Switching
from ebpm.did.switching import switching
from ebpm.did.synthetic_control import synthetic_control
from ebpm.did.synthetic_did import SyntheticDid, synthetic_did
from ebpm.did.synthetic_result import SyntheticControl
from ebpm.did.triple import triple
from ebpm.did.triple_gt import triple_gt
from ebpm.did.twfe import twfe
from ebpm.did.two_by_two import two_by_two
from ebpm.did.wild import wild_twfe, wild_two_by_two

__all__ = [
    "Adoption",
    "Advice",
    "Bacon",
    "DoseResponse",
    "GroupTime",
    "Honest",
    "PreTrend",
    "Pretrends",
    "Redrawn",
    "Staggered",
    "Switching",
    "SyntheticControl",
    "SyntheticDid",
    "adoption",
    "advise",
    "att_gt",
    "bacon",
    "check_design",
    "continuous_dose",
    "event_study",
    "extended_twfe",
    "few_treated",
    "honest",
    "imputation",
    "local_projection",
    "poisson",
    "pretrends",
    "randomisation_test",
    "stacked",
    "sun_abraham",
    "switching",
    "synthetic_control",
    "synthetic_did",
    "triple",
    "triple_gt",
    "twfe",
    "two_by_two",
    "two_stage",
    "wild_twfe",
    "wild_two_by_two",
]
