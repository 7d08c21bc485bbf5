"""Triple difference: two groups, in each those eligible and not, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from ebpm.did.constant_outcome import refuse_constant_rows
from ebpm.did.interaction import interaction, named_errors, zero_one
from ebpm.did.regression_checks import refuse_outcome_among
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
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
    data : a table that Narwhals knows, one row an observation (repeated cross-sections or a panel).
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
    frame = Frame.of(data)
    y, groups = frame.numbers(outcome, "outcome"), {"treated": treated, "eligible": eligible, "post": post}
    D, E, after = (zero_one(frame, column, argument) for argument, column in groups.items())
    named_errors(errors, cluster)
    refuse_constant_rows(y, outcome)
    refuse_outcome_among(covariates, outcome)
    filled = set(zip(D, E, after, strict=True))
    for cell in product((0, 1), repeat=3):
        if cell not in filled:
            named = ", ".join(f"{column} = {value}" for column, value in zip(groups.values(), cell, strict=True))
            raise DesignError("did_empty_cell_of_three", cell=named)
    products = [D, E, after, D * E, D * after, E * after, D * E * after]
    names = (treated, eligible, post, "treated:eligible", "treated:post", "eligible:post", TERM)
    X = np.column_stack([np.ones(len(y)), *products, frame.matrix(covariates, "covariates")])
    fit = least_squares(X, y, names=("constant", *names, *covariates))
    return interaction(frame, fit, 7, D, cluster=cluster, errors=errors, conf_level=conf_level, method="did.triple")
