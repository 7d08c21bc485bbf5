"""A check for plans: whether arms were assigned as a declaration says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.notices import Notices
from ebpm.rct.assignment.declaration import Assignment
from ebpm.stats.given import several


def declared(
    data: Any,
    treatment: str,
    *,
    arms: Sequence[str] = ("0", "1"),
    shares: Sequence[float] = (),
    cluster: str | None = None,
    strata: str | None = None,
    scheme: str = "complete",
    probability: str | None = None,
) -> Notices:
    """Check a realised assignment against what was declared (R112), and that clusters stand in one arm (R103).

    Parameters
    ----------
    data : any frame that Narwhals knows; everybody who was assigned.
    treatment : column of the assigned arm.
    arms, shares, cluster, strata, scheme, probability : as in `Assignment`.

    Raises
    ------
    SpecError : if the declaration contradicts itself.

    Source: Gerber and Green (2012), Field Experiments, chapter 2.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"arm": [0, 0, 0, 1, 0, 1], "ward": list("aaabbb")})
    >>> declared(trial, "arm", shares=[0.5, 0.5]).codes
    ('R112',)
    """
    lot = Assignment(
        arms=tuple(map(str, several(arms, "arms"))), shares=tuple(several(shares, "shares")), cluster=cluster, strata=strata, scheme=scheme,
        probability=probability,
    )  # fmt: skip
    return lot.check(data, treatment=treatment)
