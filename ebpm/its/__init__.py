"""Interrupted time series: segmented, ARIMA and structural models, alone or with a comparison series, and their checks."""

from ebpm.its.checks.change_point import ChangePoint, change_point
from ebpm.its.checks.placebo import placebo_dates
from ebpm.its.checks.plan_checks import earlier_change, irregular_periods, negative_control
from ebpm.its.checks.residual_tests import Diagnostics, diagnostics
from ebpm.its.models.arima import Arima, arima
from ebpm.its.models.structural import Structural, structural
from ebpm.its.models.synthetic import SyntheticSeries, synthetic
from ebpm.its.multi_site.sites import Sites, sites
from ebpm.its.planning.power import SeriesDesign, SeriesPower, power
from ebpm.its.regression.segmented import Segmented, segmented
from ebpm.its.series.event_series import EventSeries, event_series
from ebpm.its.series.events import events_in_window
from ebpm.its.series.impact import Impact

__all__ = [
    "Arima", "ChangePoint", "Diagnostics", "EventSeries", "Impact", "Segmented", "SeriesDesign", "SeriesPower", "Sites", "Structural", "SyntheticSeries", "arima", "change_point", "diagnostics", "earlier_change",
    "event_series", "events_in_window", "irregular_periods", "negative_control", "placebo_dates", "power", "segmented", "sites", "structural",
    "synthetic",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
