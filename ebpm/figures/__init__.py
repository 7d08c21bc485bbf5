"""Figures from results: small functions that draw on axes; nothing here computes a number."""

from ebpm.figures.estimates import draw_estimates
from ebpm.figures.style import style

__all__ = ["draw_estimates", "style"]
