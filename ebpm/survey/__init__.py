"""Sample surveys: linearised and replicated estimates, calibration, response, bounds, list experiments, and their guard rails."""

from ebpm.stats.identified import imbens_manski
from ebpm.survey.answering.identification import Bound, Bounds
from ebpm.survey.answering.nonresponse import bounds, bounds_from, effect_bounds
from ebpm.survey.answering.response_rates import GroupRates, ResponseRates, response_rates
from ebpm.survey.checks import events_in_window, response, self_report
from ebpm.survey.design.effects import DesignEffect, DesignEffects, design_effects
from ebpm.survey.design.replicates import Replicates, replicate_columns, replicates
from ebpm.survey.design.unequal import design_effect, effective_size
from ebpm.survey.design.weights import design_weights
from ebpm.survey.lists.design import ListDesign, TypeShare
from ebpm.survey.lists.experiment import ListExperiment, double_list, list_experiment
from ebpm.survey.means import mean, proportion, ratio, total
from ebpm.survey.quantiles import quantiles
from ebpm.survey.weighting.greg import CalibratedWeights
from ebpm.survey.weighting.greg import calibrate_to as calibrate
from ebpm.survey.weighting.post_stratification import post_stratify
from ebpm.survey.weighting.raked import raked_mean
from ebpm.survey.weighting.raking import Raked, rake
from ebpm.survey.weighting.response_weights import ResponseWeights, response_weights
from ebpm.survey.weighting.weighted_means import calibrated_mean, response_weighted_mean

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
