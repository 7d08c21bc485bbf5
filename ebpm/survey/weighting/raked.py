"""A raked mean in one call, for plans."""

from __future__ import annotations

from typing import Any

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.survey.means import mean
from ebpm.survey.weighting.raking import Margins, rake


def raked_mean(
    data: Any,
    outcome: str,
    *,
    margins: Margins,
    weights: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    by: str | None = None,
    interval: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Return `mean` with the weights of `rake`, and the notices of both.

    Parameters
    ----------
    data, outcome, strata, cluster, by, interval, conf_level : as in `mean`.
    margins, weights : as in `rake`.

    Raises
    ------
    DataError, DesignError : as `rake` and `mean`.

    Assumptions: those of `mean`; the margins are those of the population, and given them who answered has nothing to do with the outcome.

    Source: Deville and Sarndal (1992), Journal of the American Statistical Association 87(418).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"y": [1.0, 3.0, 2.0, 6.0], "sex": ["f", "f", "f", "m"]})
    >>> round(survey.raked_mean(data, "y", margins={"sex": {"f": 0.5, "m": 0.5}}).headline.estimate, 10)
    4.0
    """
    frame = Frame.of(data)
    raked = rake(frame, margins, weights=weights)
    found = mean(
        frame, outcome, weights=raked, strata=strata, cluster=cluster, by=by, interval=interval, conf_level=conf_level
    )
    return found.with_notices(raked.notices)
