"""Comparing the treated with the untreated by the chance of treatment, by regressions of the outcome, or by both."""
