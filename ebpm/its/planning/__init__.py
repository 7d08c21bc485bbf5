"""Power of a planned series."""
