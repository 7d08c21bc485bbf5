"""Weights that a sampling design implies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.moments.frame import Floats, Frame
from ebpm.survey.design.stages import Columns, stages


def design_weights(
    data: Any, population: str | Sequence[str], *, strata: Columns = None, cluster: Columns = None
) -> Floats:
    """Return the inverse probabilities of selection of equal chances at each stage, for `rake`, `post_stratify` and `calibrate`.

    Parameters
    ----------
    data : one row a respondent.
    population : column with the number of sampling units in the stratum, or a column a stage.
    strata, cluster : as in `mean`.

    Raises
    ------
    DataError, DesignError : as `mean`.

    The weight is the product over stages of units over units drawn; `mean` and its sisters use it where no weights are named.

    Source: Horvitz and Thompson (1952), Journal of the American Statistical Association 47(260).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"lot": list("aabb"), "lots": [10] * 4, "people": [6, 6, 4, 4]})
    >>> survey.design_weights(data, ["lots", "people"], cluster="lot").tolist()
    [15.0, 15.0, 10.0, 10.0]
    """
    found = stages(Frame.of(data), strata=strata, cluster=cluster, population=population)
    return np.asarray(np.prod([one.implied for one in found], axis=0))
