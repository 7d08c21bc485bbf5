"""Before a trial: power, smallest detectable effect and size."""
