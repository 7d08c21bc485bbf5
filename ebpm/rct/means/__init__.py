"""Means of arms and their differences: by strata, in pairs, by probabilities of assignment."""
