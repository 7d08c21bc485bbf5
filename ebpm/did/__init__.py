"""Difference in differences: two groups and two times, two-way fixed effects, staggered adoption."""

from ebpm.did.advice.panel_advice import Advice, advise
from ebpm.did.advice.panel_view import Adoption, adoption
from ebpm.did.advice.screening import check_design
from ebpm.did.bacon import Bacon, bacon
from ebpm.did.doses.continuous_dose import continuous_dose
from ebpm.did.doses.response import DoseResponse
from ebpm.did.group_time.att_gt import att_gt
from ebpm.did.group_time.pretrend import PreTrend
from ebpm.did.group_time.result import GroupTime
from ebpm.did.poisson import poisson
from ebpm.did.redraws.few_treated import few_treated
from ebpm.did.redraws.randomise import randomisation_test
from ebpm.did.redraws.result import Redrawn
from ebpm.did.sensitivity.honest import Honest, honest
from ebpm.did.sensitivity.pretrends import Pretrends, pretrends
from ebpm.did.staggered.event_study import event_study, sun_abraham
from ebpm.did.staggered.extended_twfe import extended_twfe
from ebpm.did.staggered.imputation import imputation, two_stage
from ebpm.did.staggered.result import Staggered
from ebpm.did.switches.result import Switching
from ebpm.did.switches.switching import switching
from ebpm.did.synthetic.control import synthetic_control
from ebpm.did.synthetic.result import SyntheticControl
from ebpm.did.synthetic.synthetic_did import SyntheticDid, synthetic_did
from ebpm.did.triples.triple import triple
from ebpm.did.triples.triple_gt import triple_gt
from ebpm.did.twfe import twfe
from ebpm.did.two_by_two import two_by_two
from ebpm.did.wild import wild_twfe, wild_two_by_two
from ebpm.did.windows.local_projection import local_projection
from ebpm.did.windows.stacked import stacked

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


def __dir__() -> list[str]:
    return __all__
