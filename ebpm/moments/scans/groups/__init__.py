"""Sums and products by keys: what trials, surveys and series need."""
