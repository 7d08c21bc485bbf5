"""2x2 differences in differences equal R's lm, estimatr and fixest (cases did01 and did01b), every kind of error."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

ROOT = Path(__file__).parent
KIELMC, INJURY = ROOT / "did01_kielmc_2x2", ROOT / "did01b_injury_2x2"
RTOL = 1e-8  # the cases: closed form

COLUMNS = {
    "estimate": "estimate", "se": "std_error", "df": "df", "t": "statistic", "p": "p_value",
    "ci_low": "conf_low", "ci_high": "conf_high",
}  # fmt: skip
COVARIATES = ("age", "age_squared", "log_intst", "log_land", "log_area", "rooms", "baths")
UNCLUSTERED = ("classical", "HC0", "HC1", "HC2", "HC3")
CLUSTERED = {"cluster_nbh_CR0": "CR0", "cluster_nbh_stata": "CR1S", "cluster_nbh_CR2": "CR2"}


def expected(folder):
    return json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.fixture(scope="module")
def houses():
    table = pd.read_csv(KIELMC / "data.csv")
    logs = {f"log_{name}": np.log(table[name]) for name in ("intst", "land", "area")}
    return table.assign(age_squared=table.age**2, **logs)


def assert_row(estimate, row):
    for theirs, ours in COLUMNS.items():
        assert getattr(estimate, ours) == pytest.approx(row[theirs], rel=RTOL), theirs


@pytest.mark.parametrize("errors", UNCLUSTERED)
@pytest.mark.parametrize(("covariates", "prefix"), [((), ""), (COVARIATES, "cov_")])
@pytest.mark.parametrize("outcome", ["rprice", "lrprice"])
def test_house_prices(houses, outcome, covariates, prefix, errors):
    found = did.two_by_two(houses, outcome, treated="nearinc", post="y81", covariates=covariates, errors=errors)
    assert_row(found.headline, expected(KIELMC)[outcome][prefix + errors]["y81:nearinc"])


@pytest.mark.parametrize("key", CLUSTERED)
@pytest.mark.parametrize("outcome", ["rprice", "lrprice"])
def test_house_prices_by_neighbourhood(houses, outcome, key):
    found = did.two_by_two(houses, outcome, treated="nearinc", post="y81", cluster="nbh", errors=CLUSTERED[key])
    assert_row(found.headline, expected(KIELMC)[outcome][key]["y81:nearinc"])
    assert found.headline.clusters == 7


def test_house_prices_as_published(houses):
    found = did.two_by_two(houses, "rprice", treated="nearinc", post="y81", errors="classical").headline
    assert (round(found.estimate, 2), round(found.std_error, 2)) == (-11863.90, 7456.65)  # Wooldridge, table 13.2


@pytest.mark.parametrize("errors", ["classical", "HC1", "HC2", "HC3"])
def test_duration_of_compensation(errors):
    table = pd.read_csv(INJURY / "data.csv")
    found = did.two_by_two(table, "ldurat", treated="highearn", post="afchnge", errors=errors)
    assert_row(found.headline, expected(INJURY)[errors]["afchnge:highearn"])
