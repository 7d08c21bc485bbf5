"""Interrupted time series: segmented, ARIMA and structural models, alone or with a comparison series, and their checks."""

from ebpm.its.arima import Arima, arima
from ebpm.its.change_point import ChangePoint, change_point
from ebpm.its.events import events_in_window
from ebpm.its.impact import Impact
from ebpm.its.placebo import placebo_dates
from ebpm.its.plan_checks import earlier_change, irregular_periods, negative_control
from ebpm.its.power import SeriesDesign, SeriesPower, power
from ebpm.its.segmented import Segmented, segmented
from ebpm.its.sites import Sites, sites
from ebpm.its.structural import Structural, structural
from ebpm.its.synthetic import SyntheticSeries, synthetic

__all__ = [
    "Arima", "ChangePoint", "Impact", "Segmented", "SeriesDesign", "SeriesPower", "Sites", "Structural", "SyntheticSeries", "arima", "change_point", "earlier_change",
    "events_in_window", "irregular_periods", "negative_control", "placebo_dates", "power", "segmented", "sites", "structural",
    "synthetic",
]  # fmt: skip
