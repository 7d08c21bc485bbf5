"""A pilot without its records: sums that leave, and analyses that answer from them."""
