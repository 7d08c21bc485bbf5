"""What was observed of the indicators, year by year: consistent, moved, on the way to the target."""
