"""Doses: diff-diff 3.13.0 is the witness, but for two parts of the variance that it leaves out (case did31).

It takes the doses, over which slopes are averaged, and the sizes of the cohorts, by which they are weighted, as known; both are a
sample. moderndid 0.2.0 agrees in the estimates of a polynomial; its analytical errors do not follow from the influence of the units
(1.6 to 30 times ours for the curve, half of ours for the average slope), so they are no witness.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from tests.did.doses_and_switches import DOSES

FOLDER = Path(__file__).parent / "did31_dose_simulated"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
SPLINES = [key for key in CASE if key.count("|") == 3]


@pytest.fixture(scope="module")
def simulated():
    return pd.read_csv(FOLDER / "data.csv")


def ours(data, key):
    panel, *rest = key.split("|")
    data = data[data.panel == panel]
    if rest == ["saturated"]:
        return did.continuous_dose(data, "y", **DOSES, shape="saturated")
    degree, knots, control = rest
    return did.continuous_dose(
        data, "y", **DOSES, degree=int(degree), knots=int(knots), control=control, grid=CASE[key]["grid"]
    )


@pytest.mark.parametrize("target", ["level", "slope"])
@pytest.mark.parametrize("key", CASE)
def test_curves_and_averages(simulated, key, target):
    expected, found = CASE[key][target], ours(simulated, key).aggregate("dose", target=target)
    assert found.terms == tuple(expected)
    for item in found:
        assert item.estimate == pytest.approx(expected[item.term]["estimate"], rel=1e-8)
        sampled = key.startswith("staggered") or (target == "slope" and item.term == "overall")
        if not sampled:
            assert item.std_error == pytest.approx(expected[item.term]["se"], rel=1e-8)


@pytest.mark.parametrize("key", [key for key in SPLINES if key.startswith("two")])
def test_errors_of_the_average_slope_count_the_doses_as_a_sample(simulated, key):
    result = ours(simulated, key)
    data = simulated[(simulated.panel == "two") & (simulated["first"] > 0)].groupby("unit").dose.first().to_numpy()
    slopes = result.effects.basis.slopes(data) @ result.effects.curve
    known = np.sqrt(
        result.estimates["acrt"].std_error ** 2 - slopes.var() / len(slopes) - _cross(result, data, simulated, slopes)
    )
    assert known == pytest.approx(CASE[key]["slope"]["overall"]["se"], rel=1e-8)


def _cross(result, doses, simulated, slopes):
    """Return twice the sample covariance of the two parts of a treated unit's influence."""
    rows = simulated[(simulated.panel == "two") & (simulated["first"] > 0)].pivot(
        index="unit", columns="time", values="y"
    )
    X, change = result.effects.basis.design(doses), (rows[2] - rows[1]).to_numpy()
    residuals = change - X @ result.effects.curve[:-1]
    own = X * residuals[:, None] @ np.linalg.inv(X.T @ X) @ result.effects.basis.slopes(doses).mean(axis=0)[:-1]
    return 2 * own @ (slopes - slopes.mean()) / len(doses)


def test_errors_over_several_cohorts_count_their_sizes_as_a_sample(simulated):
    key = "staggered|3|0|never_treated"  # cohorts that serve as comparison would add a product of both parts
    result, data = ours(simulated, key), simulated[simulated.panel == "staggered"]
    effects = did.att_gt(data, "y", unit="unit", time="time", first_treated="first", control="never_treated")
    groups = effects.aggregate("group")
    sizes = data[data["first"] > 0].groupby("first").unit.nunique().to_numpy()
    values = np.array([item.estimate for item in groups][:-1])
    mean = sizes @ values / sizes.sum()
    sampled = sizes @ (values - mean) ** 2 / sizes.sum() ** 2
    ours_, theirs = result.estimates["att"].std_error, CASE[key]["level"]["overall"]["se"]
    assert ours_**2 == pytest.approx(theirs**2 + sampled, rel=1e-8)
