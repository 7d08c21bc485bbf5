"""Sampling designs: weights, stages, replicates, and what they cost."""
