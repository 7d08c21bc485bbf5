"""The attrition boundary of the What Works Clearinghouse."""

from __future__ import annotations

from types import MappingProxyType

from ebpm.errors import DesignError
from ebpm.estimate import Number, Unavailable
from ebpm.moments.frame import one_of
from ebpm.stats.given import number

CAUTIOUS = (
    5.7, 5.8, 5.9, 5.9, 6.0, 6.1, 6.2, 6.3, 6.3, 6.3, 6.3, 6.2, 6.2, 6.1, 6.0, 5.9, 5.9, 5.8, 5.7, 5.5, 5.4, 5.3, 5.2, 5.1, 4.9,
    4.8, 4.7, 4.5, 4.4, 4.3, 4.1, 4.0, 3.8, 3.6, 3.5, 3.3, 3.2, 3.1, 2.9, 2.8, 2.6, 2.5, 2.3, 2.1, 2.0, 1.8, 1.6, 1.5, 1.3, 1.2,
    1.0, 0.9, 0.7, 0.6, 0.4, 0.3, 0.2, 0.0,
)  # fmt: skip
OPTIMISTIC = (
    10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.7, 10.8, 10.9, 10.9, 10.9, 10.9, 10.9, 10.8, 10.8, 10.7, 10.6, 10.5, 10.3, 10.2, 10.0,
    9.9, 9.7, 9.5, 9.4, 9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.8, 7.6, 7.4, 7.2, 7.0, 6.7, 6.5, 6.3, 6.0, 5.8, 5.6, 5.3, 5.1, 4.9,
    4.6, 4.4, 4.2, 3.9, 3.7, 3.5, 3.2, 3.0, 2.8, 2.6, 2.3, 2.1, 1.9, 1.6, 1.4, 1.1, 0.9, 0.7, 0.5, 0.3,
)  # fmt: skip
BOUNDARIES = MappingProxyType({"cautious": CAUTIOUS, "optimistic": OPTIMISTIC})


def clearinghouse_boundary(overall: float, *, assumption: str = "cautious") -> Number:
    """Return the largest difference in attrition between two arms that counts as low, as a share.

    Parameters
    ----------
    overall : share of all who were assigned whose outcome is missing.
    assumption : "cautious", where the programme may itself make people leave or stay, or "optimistic".

    Returns
    -------
    float, or `Unavailable` where so much is missing in all that no difference is small enough.

    Raises
    ------
    DesignError : if the share does not lie between 0 and 1.

    Rule: the boundary is tabled at whole per cent of overall attrition, which is rounded to the nearest.

    Source: What Works Clearinghouse (2020), Standards Handbook, Version 4.1, Table II.1; its model is Deke and Chiang (2017),
    Evaluation Review 41(2).

    Examples
    --------
    >>> clearinghouse_boundary(0.08), clearinghouse_boundary(0.30, assumption="optimistic")
    (0.063, 0.082)
    >>> print(clearinghouse_boundary(0.6))
    none: so much attrition is never low
    """
    if not 0.0 <= number(overall, "overall") <= 1.0:
        raise DesignError("rct_bad_attrition", value=overall)
    table = BOUNDARIES[one_of(assumption, tuple(BOUNDARIES), "assumption")]
    place = int(100.0 * overall + 0.5)
    return round(table[place] / 100.0, 6) if place < len(table) else Unavailable("rct_never_low_attrition")
