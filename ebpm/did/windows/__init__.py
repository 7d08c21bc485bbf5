"""Windows around treatment: stacked sub-experiments and local projections."""
