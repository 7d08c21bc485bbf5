"""Post only, change score and ANCOVA equal R's lm with sandwich (case rct03), and so do the covariances of `cace` (rct08)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import rct

HERE = Path(__file__).parent
KINDS = ["classical", "HC1", "HC2", "HC3"]
COLUMNS = {
    "estimate": "estimate",
    "se": "std_error",
    "t": "statistic",
    "df": "df",
    "p": "p_value",
    "ci_low": "conf_low",
}


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


def assert_equal(found, expected, rel=1e-8):
    ours = {theirs: getattr(found, name) for theirs, name in COLUMNS.items()}
    assert ours == pytest.approx({name: expected[name] for name in ours}, rel=rel)


@pytest.mark.parametrize("kind", KINDS)
def test_rct03_side_by_side(kind):
    data, expected = case("rct03_ancova_nsw")
    found = rct.adjustments(data, "re78", treatment="treat", baseline="re75", errors=kind)
    assert_equal(found["post_only"]["1"], expected[f"post_only_{kind}"]["treat"])
    assert_equal(found["change_score"]["1"], expected[f"change_score_{kind}"]["treat"])
    assert_equal(found["ancova"]["1"], expected[f"ancova_re75_{kind}"]["treat"])
    assert found.correlation_control == pytest.approx(expected["corr_re78_re75_control"], rel=1e-10)
    assert found.estimates.headline.term == "lin"


@pytest.mark.parametrize("kind", KINDS)
def test_rct03_ancova_of_two_baselines(kind):
    data, expected = case("rct03_ancova_nsw")
    found = rct.ancova(data, "re78", treatment="treat", covariates=["re74", "re75"], errors=kind)
    assert_equal(found["1"], expected[f"ancova_re74_re75_{kind}"]["treat"])


@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_rct08_every_covariance(kind):
    data, expected = case("rct08_cace_vitaminA")
    assert_equal(rct.cace(data, "y", delivered="d", assigned="z", errors=kind).effect, expected[f"iv_{kind}"]["d"])
