"""Regressions of trials: with covariates, in factors, with models of clusters."""
