"""Triple differences: those eligible and those not, in groups with and without the treatment."""
