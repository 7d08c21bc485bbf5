"""Randomised trials: by person or by cluster, stratified or paired, with two arms or more."""

from ebpm.rct.assignment.declaration import Assignment
from ebpm.rct.assignment.declared import declared
from ebpm.rct.cautions import unequal_probabilities
from ebpm.rct.cluster_estimands import cluster_estimands, informative_cluster_size
from ebpm.rct.means.difference import difference_in_means
from ebpm.rct.means.horvitz_thompson import hajek, horvitz_thompson
from ebpm.rct.means.pairwise import pairwise
from ebpm.rct.means.post_stratified import post_stratified
from ebpm.rct.missing.attrition import ArmAttrition, Attrition, attrition, attrition_table
from ebpm.rct.missing.attrition_bounds import LeeBound, LeeBounds, lee_bounds
from ebpm.rct.missing.clearinghouse import clearinghouse_boundary
from ebpm.rct.missing.nonresponse import nonresponse_weighted
from ebpm.rct.missing.worst_case import WorstBound, WorstCase, worst_case
from ebpm.rct.noncompliance.cace import Cace, cace
from ebpm.rct.noncompliance.compliance_table import Compliance, compliance_table
from ebpm.rct.noncompliance.compliers import Compliers, compliers
from ebpm.rct.noncompliance.delivery import compliance
from ebpm.rct.planning.looks import LookPlan, looks
from ebpm.rct.planning.power import minimum_detectable_effect, power, sample_size
from ebpm.rct.planning.power_curve import PowerCurve, power_curve
from ebpm.rct.planning.power_from_data import PowerFromData, power_from_data
from ebpm.rct.planning.size_table import SizeTable, size_table
from ebpm.rct.planning.trial_design import Continuous, Proportion, TrialDesign
from ebpm.rct.randomisation import randomisation_test
from ebpm.rct.redrawn import ArmTest, RandomisationTest
from ebpm.rct.regression.adjustments import Adjustments, adjustments
from ebpm.rct.regression.factorial import factorial
from ebpm.rct.regression.gee import gee
from ebpm.rct.regression.lin import lin
from ebpm.rct.regression.mixed import Mixed, mixed
from ebpm.rct.regression.pooled import ancova
from ebpm.rct.regression.risks import Risks, risks
from ebpm.rct.step_down import step_down
from ebpm.rct.subgroups import Subgroups, subgroups
from ebpm.rct.threats.arm_balance import ArmBalance
from ebpm.rct.threats.baseline import Balance, balance, balance_table
from ebpm.rct.threats.conduct import coding, peeking, timing, unplanned
from ebpm.rct.threats.flow import Count, Flow, FlowArm, flow
from ebpm.rct.threats.omnibus import Omnibus
from ebpm.rct.threats.post_treatment import post_treatment
from ebpm.rct.threats.spillover import Spillover, spillover
from ebpm.rct.wild import wild_cluster

__all__ = [
    "Adjustments",
    "ArmAttrition",
    "ArmBalance",
    "ArmTest",
    "Assignment",
    "Attrition",
    "Balance",
    "Cace",
    "Compliance",
    "Compliers",
    "Continuous",
    "Count",
    "Flow",
    "FlowArm",
    "LeeBound",
    "LeeBounds",
    "LookPlan",
    "Mixed",
    "Omnibus",
    "PowerCurve",
    "PowerFromData",
    "Proportion",
    "RandomisationTest",
    "Risks",
    "SizeTable",
    "Spillover",
    "Subgroups",
    "TrialDesign",
    "WorstBound",
    "WorstCase",
    "adjustments",
    "ancova",
    "attrition",
    "attrition_table",
    "balance",
    "balance_table",
    "cace",
    "clearinghouse_boundary",
    "cluster_estimands",
    "coding",
    "compliance",
    "compliance_table",
    "compliers",
    "declared",
    "difference_in_means",
    "factorial",
    "flow",
    "gee",
    "hajek",
    "horvitz_thompson",
    "informative_cluster_size",
    "lee_bounds",
    "lin",
    "looks",
    "minimum_detectable_effect",
    "mixed",
    "nonresponse_weighted",
    "pairwise",
    "peeking",
    "post_stratified",
    "post_treatment",
    "power",
    "power_curve",
    "power_from_data",
    "randomisation_test",
    "risks",
    "sample_size",
    "size_table",
    "spillover",
    "step_down",
    "subgroups",
    "timing",
    "unequal_probabilities",
    "unplanned",
    "wild_cluster",
    "worst_case",
]


def __dir__() -> list[str]:
    return __all__
