"""Weights fitted to what is known of the population, or to who answered."""
