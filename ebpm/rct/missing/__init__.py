"""Outcomes that are missing: attrition, bounds and weights for response."""
