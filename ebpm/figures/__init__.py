"""Figures from results: small functions that draw on axes; nothing here computes a number.

One module a kind of figure. Nothing is imported here, so that matplotlib is loaded when a figure is drawn.
"""
