"""Sample surveys: linearised and replicated estimates, calibration, response, bounds, list experiments, and their guard rails."""

from ebpm.stats.identified import imbens_manski
from ebpm.survey.checks import events_in_window, response, self_report
from ebpm.survey.design_effects import DesignEffect, DesignEffects, design_effects
from ebpm.survey.design_weights import design_weights
from ebpm.survey.greg import CalibratedWeights
from ebpm.survey.greg import calibrate_to as calibrate
from ebpm.survey.identification import Bound, Bounds
from ebpm.survey.list_design import ListDesign, TypeShare
from ebpm.survey.list_experiment import ListExperiment, double_list, list_experiment
from ebpm.survey.means import mean, proportion, ratio, total
from ebpm.survey.nonresponse import bounds, bounds_from, effect_bounds
from ebpm.survey.post_stratification import post_stratify
from ebpm.survey.quantiles import quantiles
from ebpm.survey.raked import raked_mean
from ebpm.survey.raking import Raked, rake
from ebpm.survey.replicates import Replicates, replicate_columns, replicates
from ebpm.survey.response_rates import GroupRates, ResponseRates, response_rates
from ebpm.survey.response_weights import ResponseWeights, response_weights
from ebpm.survey.weighted_means import calibrated_mean, response_weighted_mean
from ebpm.survey.weights import design_effect, effective_size

__all__ = [
    "Bound", "Bounds", "CalibratedWeights", "DesignEffect", "DesignEffects", "GroupRates", "ListDesign", "ListExperiment",
    "Raked", "Replicates", "ResponseRates", "ResponseWeights", "TypeShare", "bounds", "bounds_from", "calibrate",
    "calibrated_mean", "design_effect", "design_effects", "design_weights", "double_list", "effect_bounds", "effective_size",
    "events_in_window", "imbens_manski", "list_experiment", "mean", "post_stratify", "proportion", "quantiles", "rake",
    "raked_mean", "ratio", "replicate_columns", "replicates", "response", "response_rates", "response_weighted_mean",
    "response_weights", "self_report", "total",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
