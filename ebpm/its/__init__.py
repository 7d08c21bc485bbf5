"""Interrupted time series: segmented regression alone or with a comparison series, and its checks."""

from ebpm.its.events import events_in_window
from ebpm.its.placebo import placebo_dates
from ebpm.its.segmented import Segmented, segmented

__all__ = ["Segmented", "events_in_window", "placebo_dates", "segmented"]
