"""What was claimed, found again: verify a pilot or a bundle, and make a bundle."""
