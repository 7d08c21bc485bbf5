"""Records of care as the trial that they could have been: a declaration, person-time from dates, and its analysis."""
