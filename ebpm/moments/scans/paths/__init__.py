"""Outcome paths of units, summed by cohort: what difference in differences needs."""
