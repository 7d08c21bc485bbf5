"""An outcome that never varies is refused by every estimator, and rounding is not taken for variation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable

UNITS, PERIODS = 40, 6
COLUMNS = {"unit": "unit", "time": "time", "first_treated": "first"}
ROUTINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "two_by_two": lambda rows: did.two_by_two(rows, "y", treated="ever", post="after"),
    "clustered": lambda rows: did.two_by_two(rows, "y", treated="ever", post="after", cluster="unit"),
    "triple": lambda rows: did.triple(rows, "y", treated="ever", eligible="eligible", post="after"),
    "twfe": lambda rows: did.twfe(rows, "y", unit="unit", time="time", treatment="d"),
    "weighted": lambda rows: did.twfe(rows, "y", unit="unit", time="time", treatment="d", weights="w"),
    "poisson": lambda rows: did.poisson(rows, "y", unit="unit", time="time", treatment="d"),
    "bacon": lambda rows: did.bacon(rows, "y", **COLUMNS),
    "few_treated": lambda rows: did.few_treated(rows, "y", **COLUMNS, draws=99),
    "randomisation_test": lambda rows: did.randomisation_test(rows, "y", **COLUMNS, draws=99),
    "synthetic_did": lambda rows: did.synthetic_did(rows, "y", **COLUMNS, draws=9),
    "synthetic_control": lambda rows: did.synthetic_control(rows, "y", **COLUMNS),
    "att_gt": lambda rows: did.att_gt(rows, "y", **COLUMNS),
}


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    unit, time = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(1, PERIODS + 1), UNITS)
    data = pd.DataFrame({"unit": unit, "time": time, "first": np.where(unit < 15, 4, 0), "eligible": unit % 2})
    data["ever"], data["after"] = (unit < 15).astype(int), (time >= 4).astype(int)
    data["d"], data["w"] = data.ever * data.after, rng.uniform(0.5, 2.0, UNITS)[unit]
    return data.assign(y=rng.standard_normal(len(data)) + 5.0)


@pytest.mark.parametrize("name", ROUTINES)
def test_a_constant_outcome_is_refused(name: str) -> None:
    with pytest.raises(DesignError, match="no finding of an effect of zero") as caught:
        ROUTINES[name](panel().assign(y=1.0))
    assert caught.value.code in {"did_constant_rows", "did_constant_outcome"}


@pytest.mark.parametrize("name", ROUTINES)
def test_an_outcome_that_varies_is_not(name: str) -> None:
    assert ROUTINES[name](panel())


@pytest.mark.parametrize("scale", [0.1, 1.0, 1e6])
def test_what_unit_and_period_explain_leaves_no_variation(scale: float) -> None:
    rows = panel().assign(y=lambda rows: scale * (0.37 * rows.unit + 0.11 * rows.time))
    found = did.twfe(rows, "y", unit="unit", time="time", treatment="d").headline
    assert (found.estimate, found.std_error) == (0.0, 0.0)
    assert isinstance(found.p_value, Unavailable)


def test_advice_without_a_treated_unit_is_refused() -> None:
    with pytest.raises(DesignError) as caught:
        did.advise(panel().assign(first=0), "y", unit="unit", time="time", first_treated="first")
    assert caught.value.code == "did_no_treated_rows"
