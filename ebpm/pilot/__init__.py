"""Pilots: a declared question, link, estimand, design, contract and plan, run from data to evidence."""

from ebpm.pilot.evaluation import Evaluation
from ebpm.pilot.pilot import Pilot, read_pilot
from ebpm.pilot.pilot_data import PilotData
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.spec import PilotSpec

__all__ = ["Evaluation", "Failure", "Pilot", "PilotData", "PilotSpec", "Result", "read_pilot"]
