"""Randomised trials: by person or by cluster, stratified or paired, with two arms or more."""

from ebpm.rct.adjusted import lin
from ebpm.rct.assignment import Assignment
from ebpm.rct.attrition import ArmAttrition, Attrition, attrition, attrition_table
from ebpm.rct.attrition_bounds import LeeBound, LeeBounds, lee_bounds
from ebpm.rct.baseline import ArmBalance, Balance, balance, balance_table
from ebpm.rct.cace import Cace, cace
from ebpm.rct.clearinghouse import clearinghouse_boundary
from ebpm.rct.conduct import coding, peeking, timing, unplanned
from ebpm.rct.delivery import compliance
from ebpm.rct.difference import difference_in_means
from ebpm.rct.flow import Count, Flow, FlowArm, flow
from ebpm.rct.nonresponse import nonresponse_weighted
from ebpm.rct.omnibus import Omnibus
from ebpm.rct.pairwise import pairwise
from ebpm.rct.power import minimum_detectable_effect, power, sample_size
from ebpm.rct.power_curve import PowerCurve, power_curve
from ebpm.rct.randomisation import ArmTest, RandomisationTest, randomisation_test
from ebpm.rct.step_down import step_down
from ebpm.rct.subgroups import Subgroups, subgroups
from ebpm.rct.trial_design import Continuous, Proportion, TrialDesign
from ebpm.rct.wild import wild_cluster

__all__ = [
    "ArmAttrition",
    "ArmBalance",
    "ArmTest",
    "Assignment",
    "Attrition",
    "Balance",
    "Cace",
    "Continuous",
    "Count",
    "Flow",
    "FlowArm",
    "LeeBound",
    "LeeBounds",
    "Omnibus",
    "PowerCurve",
    "Proportion",
    "RandomisationTest",
    "Subgroups",
    "TrialDesign",
    "attrition",
    "attrition_table",
    "balance",
    "balance_table",
    "cace",
    "clearinghouse_boundary",
    "coding",
    "compliance",
    "difference_in_means",
    "flow",
    "lee_bounds",
    "lin",
    "minimum_detectable_effect",
    "nonresponse_weighted",
    "pairwise",
    "peeking",
    "power",
    "power_curve",
    "randomisation_test",
    "sample_size",
    "step_down",
    "subgroups",
    "timing",
    "unplanned",
    "wild_cluster",
]
