"""Difference in differences of two groups before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.did.constant_outcome import refuse_constant_rows
from ebpm.did.interaction import interaction, named_errors, zero_one
from ebpm.did.regression_checks import refuse_outcome_among
from ebpm.did.summed_two_by_two import TERM, Asked, summed_two_by_two
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.naming import named_column, named_columns
from ebpm.moments.scans.asking import groups_of
from ebpm.moments.scans.groups.scan import GroupRequest
from ebpm.moments.scans.opening import scan_of
from ebpm.stats.regression.least_squares import least_squares

KEYS = ("treated", "post", "cluster")


def two_by_two(
    data: Any,
    outcome: str,
    *,
    treated: str,
    post: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "robust",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effect on the treated group from its change less the change of the comparison group.

    Parameters
    ----------
    data : a table that Narwhals knows, one row an observation (repeated cross-sections or a panel). A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies, sums by cluster alone with covariates; the numbers are the same.
    outcome : column of numbers, in any unit.
    treated, post : columns of 0 and 1: the group that gets the treatment, the time after it.
    covariates : columns of numbers that enter linearly.
    cluster : column; rows of one cluster may depend on each other in any way.
    errors : "robust" is HC2, or CR2 with Satterthwaite's degrees of freedom where `cluster` is given. Otherwise
        "classical", "HC0", "HC1", "HC2", "HC3" (n - k degrees of freedom), or with `cluster` "CR0", "CR1",
        "CR1S" (Stata's; G - 1) or "CR2", "CR3" (Satterthwaite).
    conf_level : level of the interval.

    Returns
    -------
    One estimate, the term "treated:post".

    Raises
    ------
    DataError : a column is missing, not numeric, or `treated` or `post` is not 0 and 1; an unknown `errors`.
    DesignError : one of the four cells has no rows; an outcome that never varies; covariates are collinear.

    Formula: b in y = a + c post + d treated + b treated x post + x'f + e; without covariates
    b = (mean of treated after - before) - (mean of comparison after - before).

    Assumptions: parallel trends without treatment, no anticipation, clusters independent.

    Source: Card and Krueger (1994), American Economic Review 84(4); Bell and McCaffrey (2002), Survey Methodology 28(2).

    Examples
    --------
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 3, 2, 2, 4, 6, 9, 9], "treated": [0, 0, 0, 0, 1, 1, 1, 1], "post": [0, 0, 1, 1, 0, 0, 1, 1]}
    >>> import pandas as pd
    >>> round(did.two_by_two(pd.DataFrame(rows), "y", treated="treated", post="post").headline.estimate, 9)
    4.0
    """
    covariates = named_columns(covariates, "covariates")
    refuse_outcome_among(covariates, named_column(outcome, "outcome"))
    given = zip((treated, post, *([cluster] if cluster else [])), KEYS, strict=False)
    keys = tuple(named_column(column, argument) for column, argument in given)
    request = GroupRequest(
        keys=keys, numbers=(outcome, *covariates), products=True,
        arguments=dict.fromkeys(covariates, "covariates") | {outcome: "outcome", **dict(zip(keys, KEYS, strict=False))},
    )  # fmt: skip
    again, source = len(covariates) > 0 and not cluster, scan_of(data)
    sums = groups_of(data, request, records={"covariates without cluster": again and source is None})
    if sums is not None:
        asked = Asked(cluster=cluster or "", errors=errors, conf_level=conf_level, scan=source)
        return summed_two_by_two(sums, outcome, covariates, asked)
    frame = Frame.of(data)
    y, D, after = frame.numbers(outcome, "outcome"), zero_one(frame, treated, "treated"), zero_one(frame, post, "post")
    named_errors(errors, cluster)
    refuse_constant_rows(y, outcome)
    _refuse_empty_cells(D, after)
    X = np.column_stack([np.ones(len(y)), after, D, D * after, frame.matrix(covariates, "covariates")])
    fit = least_squares(X, y, names=("constant", post, treated, TERM, *covariates))
    return interaction(frame, fit, 3, D, cluster=cluster, errors=errors, conf_level=conf_level, method="did.two_by_two")


def _refuse_empty_cells(D: Floats, after: Floats) -> None:
    for treated in (0, 1):
        for post in (0, 1):
            if not ((treated == D) & (after == post)).any():
                raise DesignError("did_empty_cell", treated=treated, post=post)
