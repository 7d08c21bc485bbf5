"""What may leave of an evaluation: the one door, and what it withholds."""
