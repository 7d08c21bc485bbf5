"""Before the outcomes are read: the plan frozen, departures from it, outcomes that say nothing."""
