"""The rules of logic models, one file a family; a new rule is a function, a line in its family, and its words in texts/logic.toml."""

from ebpm.logic.rules import measurement, structure

RULES = (*structure.RULES, *measurement.RULES)

__all__ = ["RULES"]
