"""Logic models: what should happen and why, in a form that can be checked, measured, drawn and improved."""

from ebpm.logic.audit import Audit, Audited, audit
from ebpm.logic.economics import appraise
from ebpm.logic.economics_parts import Appraisal
from ebpm.logic.economics_result import Appraised
from ebpm.logic.feedback import raised, settled
from ebpm.logic.lint import lint
from ebpm.logic.model import LogicModel, json_schema, read_logic_model
from ebpm.logic.parts import Assumption, Edge, Evidence, External, Finding, Harm, Indicator, Node, Prospect, Scale

__all__ = [
    "Appraisal",
    "Appraised",
    "Assumption",
    "Audit",
    "Audited",
    "Edge",
    "Evidence",
    "External",
    "Finding",
    "Harm",
    "Indicator",
    "LogicModel",
    "Node",
    "Prospect",
    "Scale",
    "appraise",
    "audit",
    "json_schema",
    "lint",
    "raised",
    "read_logic_model",
    "settled",
]
