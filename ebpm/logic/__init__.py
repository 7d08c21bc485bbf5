"""Logic models: what should happen and why, in a form that can be checked, measured, drawn and improved."""

from ebpm.logic.lint import lint
from ebpm.logic.model import LogicModel, json_schema, read_logic_model
from ebpm.logic.parts import Assumption, Edge, Evidence, External, Finding, Harm, Indicator, Node, Scale

__all__ = [
    "Assumption",
    "Edge",
    "Evidence",
    "External",
    "Finding",
    "Harm",
    "Indicator",
    "LogicModel",
    "Node",
    "Scale",
    "json_schema",
    "lint",
    "read_logic_model",
]
