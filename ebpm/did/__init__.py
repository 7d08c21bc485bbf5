"""Difference in differences: two groups and two times, two-way fixed effects, staggered adoption."""

from ebpm.did.att_gt import att_gt
from ebpm.did.group_time import GroupTime
from ebpm.did.pretrend import PreTrend
from ebpm.did.twfe import twfe
from ebpm.did.two_by_two import two_by_two

__all__ = ["GroupTime", "PreTrend", "att_gt", "twfe", "two_by_two"]
