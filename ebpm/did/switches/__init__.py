"""Treatments that start, stop and change."""
