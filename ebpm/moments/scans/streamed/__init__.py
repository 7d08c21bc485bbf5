"""Regressions on a table that stays where it is, one aggregation a step."""
