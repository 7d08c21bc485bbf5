"""Assignment declared: its units, its draws, its probabilities, and whether what was done agrees with it."""
