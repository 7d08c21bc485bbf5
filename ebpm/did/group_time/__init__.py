"""Effects by cohort and period after Callaway and Sant'Anna: comparisons of two groups in two periods, and their averages."""
