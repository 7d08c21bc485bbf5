"""Cohorts of persons followed in time: target trials, propensity weights, time to event, and what would bias them."""

__all__: list[str] = []
