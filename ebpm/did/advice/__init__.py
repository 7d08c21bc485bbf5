"""What the structure and the data say about a design before anything is estimated."""
