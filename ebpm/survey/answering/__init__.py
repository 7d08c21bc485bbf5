"""Who answered, and what the silence of others leaves open."""
