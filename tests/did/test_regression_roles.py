"""The outcome does not explain itself."""

import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError

ROWS = pd.DataFrame(
    {
        "y": [1.0, 2, 2, 4, 0, 5, 3, 7], "x": [1.0, 0, 2, 1, 4, 2, 1, 3], "id": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4,
        "d": [0, 0, 0, 0, 0, 1, 0, 1], "g": [0, 0, 0, 0, 1, 1, 1, 1], "e": [0, 0, 1, 1, 0, 0, 1, 1],
    }
)  # fmt: skip
PANEL = {"unit": "id", "time": "t"}
CALLS = {
    "twfe": lambda **given: did.twfe(ROWS, "y", treatment="d", **PANEL, **given),
    "twfe of doses": lambda **given: did.twfe(ROWS, "y", treatment=["d", *given["covariates"]], **PANEL),
    "poisson": lambda **given: did.poisson(ROWS, "y", treatment=["d", *given["covariates"]], **PANEL),
    "two_by_two": lambda **given: did.two_by_two(ROWS, "y", treated="g", post="t", **given),
    "triple": lambda **given: did.triple(ROWS, "y", treated="g", eligible="e", post="t", **given),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_outcome_among_its_regressors_is_refused(call):
    with pytest.raises(DataError, match="explain") as refused:
        call(covariates=["y"])
    assert refused.value.code == "did_outcome_covariate"
