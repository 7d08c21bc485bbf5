"""Sums that are to leave the office: whether a group's may be shown, and with what rounding.

`held`
    the rules, on the count, sums and products of a group.
`paths`, `groups`
    the two families of sums that a scan gives.
`rounded`
    sums to multiples of a base, and what that does to each answer.
"""
