"""Means in one call with weights that are fitted first, for plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.survey.design.stages import Columns
from ebpm.survey.means import mean
from ebpm.survey.weighting.greg import Bounds, Totals, calibrate_to
from ebpm.survey.weighting.response_weights import response_weights


def calibrated_mean(
    data: Any,
    outcome: str | Sequence[str],
    *,
    totals: Totals,
    size: float | None = None,
    weights: str | None = None,
    distance: str = "linear",
    bounds: Bounds | None = None,
    strata: Columns = None,
    cluster: Columns = None,
    population: Columns = None,
    by: str | None = None,
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return `mean` with the weights of `calibrate`, and the notices of both.

    Parameters
    ----------
    data, outcome, strata, cluster, population, by, interval, conf_level : as in `mean`.
    totals, size, weights, distance, bounds : as in `calibrate`.

    Raises
    ------
    DataError, DesignError : as `calibrate` and `mean`.

    Assumptions: those of `mean`; the totals are those of the population, and what decided who answered is told by the columns calibrated to.

    Source: Deville and Sarndal (1992), Journal of the American Statistical Association 87(418).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "y": [2.0, 3.0, 4.0, 5.0]})
    >>> round(survey.calibrated_mean(data, "y", totals={"age": 1480.0}, size=40).headline.estimate, 6)
    3.7
    """
    frame = Frame.of(data)
    found = calibrate_to(frame, totals, size=size, weights=weights, distance=distance, bounds=bounds)
    means = mean(
        frame, outcome, weights=found, strata=strata, cluster=cluster, population=population, by=by, interval=interval,
        conf_level=conf_level,
    )  # fmt: skip
    return means.with_notices(found.notices)


def response_weighted_mean(
    data: Any,
    outcome: str | Sequence[str],
    *,
    response: str,
    covariates: Sequence[str],
    weights: str | None = None,
    strata: Columns = None,
    cluster: Columns = None,
    by: str | None = None,
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return `mean` with the weights of `response_weights`, and the notices of both.

    Parameters
    ----------
    data, outcome, strata, cluster, by, interval, conf_level : as in `mean`; the outcome may be missing where nobody answered.
    response, covariates, weights : as in `response_weights`.

    Raises
    ------
    DataError, DesignError : as `response_weights` and `mean`.

    Assumptions: those of `mean`; given the covariates, who answered has nothing to do with the outcome, and everybody could have.

    Source: Kim and Kim (2007), Canadian Journal of Statistics 35(4).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"sex": list("ffffmmmm"), "answered": [1, 1, 1, 0, 1, 0, 0, 0], "y": [1, 1, 1, None, 5, *[None] * 3]})
    >>> round(survey.response_weighted_mean(data, "y", response="answered", covariates=["sex"]).headline.estimate, 6)
    3.0
    """
    frame = Frame.of(data)
    found = response_weights(frame, response, covariates=covariates, weights=weights)
    means = mean(
        frame, outcome, weights=found, strata=strata, cluster=cluster, by=by, interval=interval, conf_level=conf_level
    )
    return means.with_notices(found.notices)
