"""What an unmeasured confounder would have to be to explain a result, and what it would leave of it."""
