"""Triple difference: two groups, in each those eligible and not, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from ebpm.did.constant_outcome import refuse_constant_rows
from ebpm.did.interaction import interaction, named_errors, zero_one
from ebpm.did.regression_checks import refuse_outcome_among
from ebpm.did.summed_two_by_two import Asked, empty_cell, summed_two_by_two
from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_column, named_columns
from ebpm.moments.scans.asking import groups_of
from ebpm.moments.scans.groups.scan import GroupRequest
from ebpm.moments.scans.opening import scan_of
from ebpm.stats.regression.least_squares import least_squares

TERM = "treated:eligible:post"


def triple(
    data: Any,
    outcome: str,
    *,
    treated: str,
    eligible: str,
    post: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    errors: str = "robust",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate the effect on the eligible of the treated group, with those not eligible in the same group as a further comparison.

    Parameters
    ----------
    data : a table that Narwhals knows, one row an observation (repeated cross-sections or a panel). A lazy table, a path to Parquet files,
        `moments.scan` or sums by the three columns is summed where it lies; the numbers are the same.
    outcome : column of numbers, in any unit.
    treated, eligible, post : columns of 0 and 1: the group (place) that has the measure, those whom it can reach, the time after it.
    covariates : columns of numbers that enter linearly.
    cluster : column; rows of one cluster may depend on each other in any way.
    errors : as in `did.two_by_two`: "robust" is HC2, or CR2 with Satterthwaite's degrees of freedom where `cluster` is given.
    conf_level : level of the interval.

    Returns
    -------
    One estimate, the term "treated:eligible:post".

    Raises
    ------
    DataError : a column is missing, not numeric, or one of the three is not 0 and 1; an unknown `errors`.
    DesignError : one of the eight cells has no rows; an outcome that never varies; covariates are collinear.

    Formula: the coefficient of the triple product in the regression on all products of the three columns; without covariates the
    difference in differences of the eligible less that of those not eligible.

    Assumptions: without treatment the gap between eligible and not eligible would have moved alike in both groups; those not eligible are
    not affected; clusters independent.

    Source: Gruber (1994), American Economic Review 84(3); Olden and Moen (2022), Econometrics Journal 25(3).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> cells = [(g, e, t) for g in (0, 1) for e in (0, 1) for t in (0, 1) for _ in range(2)]
    >>> table = pd.DataFrame(cells, columns=["g", "e", "t"]).assign(y=lambda rows: rows.t + rows.g * rows.t + 5.0 * rows.g * rows.e * rows.t)
    >>> table.loc[::2, "y"] += 1
    >>> round(did.triple(table, "y", treated="g", eligible="e", post="t").headline.estimate, 9)
    5.0
    """
    covariates = named_columns(covariates, "covariates")
    refuse_outcome_among(covariates, outcome)
    groups = {"treated": treated, "eligible": eligible, "post": post}
    if (
        found := _from_sums(
            data, outcome, groups, covariates, cluster=cluster or "", errors=errors, conf_level=conf_level
        )
    ) is not None:
        return found
    frame = Frame.of(data)
    y = frame.numbers(outcome, "outcome")
    D, E, after = (zero_one(frame, column, argument) for argument, column in groups.items())
    named_errors(errors, cluster)
    refuse_constant_rows(y, outcome)
    filled = set(zip(D, E, after, strict=True))
    for cell in product((0, 1), repeat=3):
        if cell not in filled:
            raise empty_cell(tuple(groups.values()), cell)
    products = [D, E, after, D * E, D * after, E * after, D * E * after]
    names = (treated, eligible, post, "treated:eligible", "treated:post", "eligible:post", TERM)
    X = np.column_stack([np.ones(len(y)), *products, frame.matrix(covariates, "covariates")])
    fit = least_squares(X, y, names=("constant", *names, *covariates))
    return interaction(frame, fit, 7, D, cluster=cluster, errors=errors, conf_level=conf_level, method="did.triple")


def _from_sums(
    data: Any, outcome: str, groups: Mapping[str, str], covariates: Sequence[str], *, cluster: str, errors: str, conf_level: float
) -> Estimates | None:  # fmt: skip
    """Return the estimate from sums, None of a table in memory."""
    given = {**groups, **({"cluster": cluster} if cluster else {})}
    keys = tuple(named_column(column, argument) for argument, column in given.items())
    named = {named_column(outcome, "outcome"): "outcome", **{column: argument for argument, column in groups.items()}}
    request = GroupRequest(
        keys=keys, numbers=(outcome, *covariates), products=True,
        arguments=dict.fromkeys(covariates, "covariates") | named | ({cluster: "cluster"} if cluster else {}),
    )  # fmt: skip
    scan = scan_of(data)
    again = len(covariates) > 0 and not cluster and scan is None
    if (sums := groups_of(data, request, records={"covariates without cluster": again})) is None:
        return None
    asked = Asked(
        cluster=cluster,
        errors=errors,
        conf_level=conf_level,
        scan=scan,
        term=TERM,
        method="did.triple",
        factors=len(groups),
    )
    return summed_two_by_two(sums, outcome, covariates, asked)
