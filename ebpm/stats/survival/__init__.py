"""Time to event: who is at risk when, hazards and their regression, incidence."""
