"""Where case did03 is silent (two anticipation periods, no never-treated unit, moving covariates) csdid 0.4.3 is the witness."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did03c_csdid_simulated"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
CONTROL = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}


@pytest.fixture(scope="module")
def simulated():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.mark.parametrize("key", CASE)
def test_cells(simulated, key):
    units, control, anticipation, base, covariates, method = key.split("|")
    data = simulated if units == "all" else simulated[simulated["first"] > 0]
    found = did.att_gt(
        data, "y", unit="unit", time="time", first_treated="first", control=CONTROL[control], base=base, method=method,
        anticipation=int(anticipation), covariates=() if covariates == "none" else (covariates,),
    ).effects  # fmt: skip
    assert [cell.name for cell in found.cells] == CASE[key]["cells"]
    np.testing.assert_allclose(found.att, CASE[key]["att"], rtol=1e-8)
    errors = [0.0 if value is None else value for value in CASE[key]["se"]]  # None: the reference period
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), errors, rtol=1e-8)
