"""Staggered adoption as one regression: imputed outcomes, two stages, interactions of cohorts and periods."""
