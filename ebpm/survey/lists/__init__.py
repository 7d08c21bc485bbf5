"""List experiments: the estimate, and whether its design held."""
