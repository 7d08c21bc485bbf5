"""Logic models: what should happen and why, in a form that can be checked, measured, drawn and improved."""

from ebpm.logic.auditing.audit import Audit, Audited, audit
from ebpm.logic.blank import blank
from ebpm.logic.compare import Comparison, Difference, compare
from ebpm.logic.economics.appraisal import appraise
from ebpm.logic.economics.parts import Appraisal
from ebpm.logic.economics.result import Appraised
from ebpm.logic.family import Family, read_family
from ebpm.logic.feedback import raised, settled
from ebpm.logic.indicators.change import Change, change, changes
from ebpm.logic.indicators.observed import Observation
from ebpm.logic.indicators.progress import progress, statuses
from ebpm.logic.indicators.trend import Trend, trend, trends
from ebpm.logic.inventories.inventory import DataAsset, Inventory, models_of, read_inventory
from ebpm.logic.lint import lint
from ebpm.logic.model import LogicModel, json_schema, read_logic_model
from ebpm.logic.parts import Assumption, Edge, Evidence, External, Finding, Harm, Indicator, Node, Prospect, Scale

__all__ = [
    "Appraisal",
    "Appraised",
    "Assumption",
    "Audit",
    "Audited",
    "Change",
    "Comparison",
    "DataAsset",
    "Difference",
    "Edge",
    "Evidence",
    "External",
    "Family",
    "Finding",
    "Harm",
    "Indicator",
    "Inventory",
    "LogicModel",
    "Node",
    "Observation",
    "Prospect",
    "Scale",
    "Trend",
    "appraise",
    "audit",
    "blank",
    "change",
    "changes",
    "compare",
    "json_schema",
    "lint",
    "models_of",
    "progress",
    "raised",
    "read_family",
    "read_inventory",
    "read_logic_model",
    "settled",
    "statuses",
    "trend",
    "trends",
]


def __dir__() -> list[str]:
    return __all__
