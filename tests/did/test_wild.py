"""The wild cluster bootstrap of differences in differences: brute force with dummies, collapse, refusals."""

from itertools import product

import numpy as np
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from tests.did.panels import NEVER, panel

TWFE = {"unit": "unit", "time": "time", "treatment": "treated"}


def brute(y, X, place, groups, *, restricted):
    """P value of all sign changes, by least squares on every draw."""
    codes = np.unique(groups, return_inverse=True)[1]
    other = np.delete(X, place, axis=1)
    bread = np.linalg.pinv(X.T @ X)

    def statistic(outcome, null):
        b = bread @ X.T @ outcome
        residuals = outcome - X @ b
        scores = np.array([X[codes == g].T @ residuals[codes == g] for g in range(codes.max() + 1)])
        return (b[place] - null) / np.sqrt((bread @ scores.T @ scores @ bread)[place, place])

    fit = bread @ X.T @ y
    if restricted:
        below = other @ np.linalg.lstsq(other, y, rcond=None)[0]
        null = 0.0
    else:
        below, null = X @ fit, fit[place]
    residuals, observed = y - below, statistic(y, 0.0)
    draws = [
        statistic(below + residuals * np.array(signs)[codes], null)
        for signs in product((-1.0, 1.0), repeat=codes.max() + 1)
    ]
    return np.mean(np.abs(draws) >= abs(observed) - 1e-9)


@pytest.mark.parametrize("residuals", ["restricted", "unrestricted"])
def test_twfe_against_brute_force(residuals):
    data = panel({NEVER: 4, 3: 2, 4: 2}, periods=5, effect=1.0, seed=9)
    data = data.drop(index=[3, 17]).reset_index(drop=True)
    X = np.column_stack([
        data["treated"], *[(data["unit"] == one).astype(float) for one in range(8)], *[(data["time"] == t).astype(float) for t in range(2, 6)]
    ])  # fmt: skip
    expected = brute(data["y"].to_numpy(), X, 0, data["unit"].to_numpy(), restricted=residuals == "restricted")
    found = did.wild_twfe(data, "y", **TWFE, residuals=residuals).headline
    assert found.p_value == pytest.approx(expected)
    plain = did.twfe(data, "y", **TWFE).headline
    assert (found.estimate, found.std_error, found.clusters) == (plain.estimate, plain.std_error, 8)


@pytest.mark.parametrize("residuals", ["restricted", "unrestricted"])
def test_two_by_two_against_brute_force(residuals):
    data = panel({NEVER: 5, 3: 4}, periods=4, effect=1.0, seed=9)
    data = data.assign(group=(data["first"] > 0).astype(int), post=(data["time"] >= 3).astype(int))
    X = np.column_stack([np.ones(len(data)), data["post"], data["group"], data["group"] * data["post"], data["x"]])
    expected = brute(data["y"].to_numpy(), X, 3, data["unit"].to_numpy(), restricted=residuals == "restricted")
    how = {"treated": "group", "post": "post", "cluster": "unit", "covariates": ["x"]}
    assert did.wild_two_by_two(data, "y", **how, residuals=residuals).headline.p_value == pytest.approx(expected)


def test_clusters_above_the_unit_and_many_draws():
    data = panel({NEVER: 20, 4: 20}, effect=1.0, seed=2).assign(ward=lambda rows: rows["unit"] // 2)
    found = did.wild_twfe(data, "y", **TWFE, cluster="ward", multipliers="webb", draws=999)
    assert found.headline.clusters == 20
    assert found.headline.conf_low < found.headline.estimate < found.headline.conf_high
    assert 0 < found.headline.p_value < 0.05
    again = did.wild_twfe(
        data.sample(frac=1, random_state=1), "y", **TWFE, cluster="ward", multipliers="webb", draws=999
    )
    assert again.headline.p_value == pytest.approx(found.headline.p_value)


def test_the_interval_holds_what_is_not_rejected():
    data = panel({NEVER: 6, 4: 5}, effect=1.0, seed=2)
    found = did.wild_twfe(data, "y", **TWFE).headline
    for value, rejected in (
        (found.conf_low - 1e-6, True),
        (found.conf_low + 1e-6, False),
        (found.conf_high + 1e-6, True),
    ):
        moved = data.assign(y=data["y"] - value * data["treated"])
        assert (did.wild_twfe(moved, "y", **TWFE).headline.p_value <= 0.05) is rejected


REFUSED = {
    "draws": ({"draws": 4}, DesignError, "did_too_few_draws"),
    "residuals": ({"residuals": "half"}, DataError, "bad_choice"),
    "multipliers": ({"multipliers": "normal"}, DataError, "bad_choice"),
    "unnested": ({"cluster": "time"}, DataError, "did_units_not_nested"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        did.wild_twfe(panel({NEVER: 4, 4: 4}), "y", **TWFE, **choices)
    assert caught.value.code == code
