"""Time to event: survival, hazards, restricted means, competing risks and recurrent events."""
