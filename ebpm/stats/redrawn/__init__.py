"""What would have come of another draw: permutations, wild bootstraps, and tests inverted into intervals."""
