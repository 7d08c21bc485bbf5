"""What every model of a series needs: the series, its interventions, other events, impacts, correlation of residuals."""
