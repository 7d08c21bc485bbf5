"""Many sites over the same periods."""
