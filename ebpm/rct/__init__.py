"""Randomised trials: by person or by cluster, stratified or paired, with two arms or more."""

from ebpm.rct.adjusted import lin
from ebpm.rct.adjustments import Adjustments, adjustments
from ebpm.rct.assignment import Assignment
from ebpm.rct.attrition import ArmAttrition, Attrition, attrition, attrition_table
from ebpm.rct.attrition_bounds import LeeBound, LeeBounds, lee_bounds
from ebpm.rct.baseline import ArmBalance, Balance, balance, balance_table
from ebpm.rct.cace import Cace, cace
from ebpm.rct.cautions import unequal_probabilities
from ebpm.rct.clearinghouse import clearinghouse_boundary
from ebpm.rct.cluster_estimands import cluster_estimands, informative_cluster_size
from ebpm.rct.compliers import Compliers, compliers
from ebpm.rct.conduct import coding, peeking, timing, unplanned
from ebpm.rct.delivery import compliance
from ebpm.rct.difference import difference_in_means
from ebpm.rct.factorial import factorial
from ebpm.rct.flow import Count, Flow, FlowArm, flow
from ebpm.rct.gee import gee
from ebpm.rct.horvitz_thompson import hajek, horvitz_thompson
from ebpm.rct.mixed import Mixed, mixed
from ebpm.rct.nonresponse import nonresponse_weighted
from ebpm.rct.omnibus import Omnibus
from ebpm.rct.pairwise import pairwise
from ebpm.rct.pooled import ancova
from ebpm.rct.post_stratified import post_stratified
from ebpm.rct.power import minimum_detectable_effect, power, sample_size
from ebpm.rct.power_curve import PowerCurve, power_curve
from ebpm.rct.power_from_data import PowerFromData, power_from_data
from ebpm.rct.randomisation import ArmTest, RandomisationTest, randomisation_test
from ebpm.rct.size_table import SizeTable, size_table
from ebpm.rct.spillover import Spillover, spillover
from ebpm.rct.step_down import step_down
from ebpm.rct.subgroups import Subgroups, subgroups
from ebpm.rct.trial_design import Continuous, Proportion, TrialDesign
from ebpm.rct.wild import wild_cluster
from ebpm.rct.worst_case import WorstBound, WorstCase, worst_case

__all__ = [
    "Adjustments",
    "ArmAttrition",
    "ArmBalance",
    "ArmTest",
    "Assignment",
    "Attrition",
    "Balance",
    "Cace",
    "Compliers",
    "Continuous",
    "Count",
    "Flow",
    "FlowArm",
    "LeeBound",
    "LeeBounds",
    "Mixed",
    "Omnibus",
    "PowerCurve",
    "PowerFromData",
    "Proportion",
    "RandomisationTest",
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
    "compliers",
    "difference_in_means",
    "factorial",
    "flow",
    "gee",
    "hajek",
    "horvitz_thompson",
    "informative_cluster_size",
    "lee_bounds",
    "lin",
    "minimum_detectable_effect",
    "mixed",
    "nonresponse_weighted",
    "pairwise",
    "peeking",
    "post_stratified",
    "power",
    "power_curve",
    "power_from_data",
    "randomisation_test",
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
