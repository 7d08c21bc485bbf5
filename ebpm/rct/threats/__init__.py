"""What may be wrong with a trial: imbalance, spillover, lost participants, its conduct."""
