"""Synthetic control and synthetic difference in differences."""
