"""The triple difference equals R's lm and estimatr on the injury claims of Kentucky and Michigan (case did11)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did11_ddd_injury"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form; the estimate itself is small beside its terms, hence ATOL
ATOL = 1e-10


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC2", "HC3"])
def test_the_triple_interaction(errors):
    claims, row = pd.read_csv(FOLDER / "data.csv"), CASE[errors]["afchnge:highearn:ky"]
    found = did.triple(claims, "ldurat", treated="ky", eligible="highearn", post="afchnge", errors=errors).headline
    assert found.estimate == pytest.approx(row["estimate"], rel=RTOL, abs=ATOL)
    assert found.std_error == pytest.approx(row["se"], rel=RTOL)
    assert found.p_value == pytest.approx(row["p"], rel=RTOL)
    assert found.conf_low == pytest.approx(row["ci_low"], rel=RTOL)
    assert found.conf_high == pytest.approx(row["ci_high"], rel=RTOL)
    assert found.df == row["df"]


def test_it_is_the_difference_of_cell_means():
    claims, cells = pd.read_csv(FOLDER / "data.csv"), pd.DataFrame(CASE["cell_means"])
    signs = (2 * cells.afchnge - 1) * (2 * cells.highearn - 1) * (2 * cells.ky - 1)
    found = did.triple(claims, "ldurat", treated="ky", eligible="highearn", post="afchnge").headline
    assert found.estimate == pytest.approx((signs * cells["mean"]).sum(), abs=ATOL)
