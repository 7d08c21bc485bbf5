"""Interrupted time series: segmented, ARIMA and structural models, alone or with a comparison series, and their checks."""

from ebpm.its.arima import Arima, arima
from ebpm.its.events import events_in_window
from ebpm.its.impact import Impact
from ebpm.its.placebo import placebo_dates
from ebpm.its.segmented import Segmented, segmented
from ebpm.its.structural import Structural, structural

__all__ = [
    "Arima", "Impact", "Segmented", "Structural", "arima", "events_in_window", "placebo_dates", "segmented", "structural",
]  # fmt: skip
