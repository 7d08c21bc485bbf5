"""Sample surveys: linearised and replicated estimates, calibration, response, bounds, list experiments, and their guard rails."""

from ebpm.stats.identified import imbens_manski
from ebpm.survey.checks import events_in_window, response, self_report
from ebpm.survey.greg import CalibratedWeights
from ebpm.survey.greg import calibrate_to as calibrate
from ebpm.survey.identification import Bound, Bounds
from ebpm.survey.means import mean, proportion, ratio, total
from ebpm.survey.nonresponse import bounds, bounds_from, effect_bounds
from ebpm.survey.post_stratification import post_stratify
from ebpm.survey.raked import raked_mean
from ebpm.survey.raking import Raked, rake
from ebpm.survey.weights import design_effect, effective_size

__all__ = [
    "Bound", "Bounds", "CalibratedWeights", "Raked", "bounds", "bounds_from", "calibrate", "design_effect", "effect_bounds",
    "effective_size", "events_in_window", "imbens_manski", "mean", "post_stratify", "proportion", "rake", "raked_mean",
    "ratio", "response", "self_report", "total",
]  # fmt: skip
