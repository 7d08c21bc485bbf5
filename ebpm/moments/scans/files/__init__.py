"""Moment files: sums that leave the office, what was done to them first, and how they are read again."""
