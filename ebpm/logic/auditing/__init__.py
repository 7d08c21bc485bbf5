"""The evidence audit: what is known on each causal link, and which to evaluate next."""
