"""What an outcome costs, and whether it is worth it."""
