"""Segmented regression, alone or against a comparison series."""
