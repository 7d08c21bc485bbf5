"""The rules of logic models, one file a family.

A new rule is a function, a line in its family, its words in texts/logic_rules.toml and its two examples in tests/logic/rules.
"""

from ebpm.logic.rules import evaluation, grounds, measurement, structure, upkeep, values, wording
from ebpm.logic.rules.case import Case
from ebpm.notices import Rule

FAMILIES = (structure, measurement, values, wording, grounds, evaluation, upkeep)
RULES: tuple[Rule[Case], ...] = tuple(
    sorted((rule for family in FAMILIES for rule in family.RULES), key=lambda rule: rule.code)
)

__all__ = ["RULES", "Case"]
