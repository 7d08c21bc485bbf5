"""Checks of a design: placebo dates, change points, negative controls."""
