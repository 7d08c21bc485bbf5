"""Covariance across arms from declared probabilities: conservative for every contrast, and the same whatever arm is control."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable
from ebpm.rct import Assignment
from tests.rct.designs import every

THREE = ("0", "1", "2")
DESIGNS = {
    "rows": Assignment(arms=THREE),
    "unequal": Assignment(arms=THREE, shares=(1 / 2, 1 / 6, 1 / 3)),
    "strata": Assignment(arms=THREE, strata="ward"),
    "clusters": Assignment(arms=THREE, cluster="school"),
    "coins": Assignment(arms=THREE, scheme="simple", probability=("q", "r", "s")),
}


@pytest.fixture
def people():
    return pd.DataFrame({
        "ward": np.repeat(["a", "b"], 3), "school": np.arange(6), "q": 0.3, "r": 0.3, "s": 0.4,
    })  # fmt: skip


def drawn(lot, people, routine, outcomes):
    table, chances = every(lot, people)
    unit = lot.chances(people).roll.unit
    for row, chance in zip(table, chances, strict=True):
        if len(set(row.tolist())) == 3:
            arm = row[unit]
            data = people.assign(y=outcomes[np.arange(len(people)), arm], arm=np.asarray(THREE)[arm])
            yield chance, routine(data, "y", treatment="arm", assignment=lot)


@pytest.mark.parametrize("name", ["rows", "unequal", "strata", "clusters"])
def test_no_contrast_has_too_small_a_variance_on_average(name, people):
    if name == "clusters":
        people = people.loc[[0, 1, 1, 2, 3, 3, 3, 4, 5]].reset_index(drop=True)
    rng = np.random.default_rng(3)
    outcomes, lot = rng.normal(2, 1, (len(people), 3)), DESIGNS[name]
    found = list(drawn(lot, people, rct.horvitz_thompson, outcomes))
    weights = np.array([chance for chance, _ in found])
    weights = weights / weights.sum()
    values = np.array([[item.estimate for item in one] for _, one in found])
    mean = weights @ values
    assert mean == pytest.approx((outcomes[:, 1:] - outcomes[:, :1]).mean(axis=0), abs=1e-12)
    truth = np.einsum("d,di,dj->ij", weights, values - mean, values - mean)
    estimated = np.einsum("d,dij->ij", weights, np.array([one.covariance for _, one in found]))
    assert np.linalg.eigvalsh(estimated - truth).min() > -1e-10


@pytest.mark.parametrize("routine", [rct.horvitz_thompson, rct.hajek])
@pytest.mark.parametrize("name", DESIGNS)
def test_a_contrast_from_the_covariance_is_that_with_another_control(routine, name, people):
    big = pd.concat([people] * 6, ignore_index=True)
    big["school"] = np.arange(len(big)) // 2
    lot, rng = DESIGNS[name], np.random.default_rng(5)
    data = big.assign(arm=lot.draw(big, seed=8), y=rng.normal(size=len(big)))
    found = routine(data, "y", treatment="arm", assignment=lot)
    other = routine(data, "y", treatment="arm", assignment=lot, control="1")
    minus = np.array([-1.0, 1.0])
    assert other["2"].std_error ** 2 == pytest.approx(minus @ found.covariance @ minus, rel=1e-10)
    assert np.diag(found.covariance) == pytest.approx([one.std_error**2 for one in found], rel=1e-12)


def test_with_coins_the_covariance_is_what_control_adds(people):
    lot = DESIGNS["coins"]
    big = pd.concat([people] * 6, ignore_index=True)
    data = big.assign(arm=lot.draw(big, seed=2), y=np.arange(36.0))
    found = rct.horvitz_thompson(data, "y", treatment="arm", assignment=lot)
    control = ((data.y[data.arm == "0"] / 0.3 / 36) ** 2).sum()
    assert found.covariance[0, 1] == pytest.approx(control, rel=1e-12)


def test_arms_that_can_never_meet_have_a_joint_covariance_from_whole_strata_alone():
    lot = Assignment(arms=THREE, shares=(0.5, 0.25, 0.25), strata="pair", cluster="school")
    pairs = pd.DataFrame({"school": np.arange(24), "pair": np.arange(24) // 2})
    data = pairs.assign(arm=lot.draw(pairs, seed=4), y=np.random.default_rng(1).normal(size=24))
    found = rct.horvitz_thompson(data, "y", treatment="arm", assignment=lot)
    parts = np.array([[
        sum((own.y / {"0": 0.5, "1": 0.25, "2": 0.25}[arm])[own.arm == arm].sum() * sign for arm, sign in ((other, 1), ("0", -1)))
        for other in ("1", "2")] for _, own in data.groupby("pair")
    ]) / 24  # fmt: skip
    assert found.covariance == pytest.approx(12 * np.cov(parts.T), rel=1e-10)
    large = pd.concat([data, *[data[data.pair == 0]] * 30])
    bounded = rct.horvitz_thompson(large, "y", treatment="arm", assignment=lot)
    assert isinstance(bounded.covariance, Unavailable)
    assert all(one.std_error > 0 for one in bounded)


@pytest.mark.parametrize("routine", [rct.horvitz_thompson, rct.hajek])
def test_a_stratum_without_an_arm_is_refused_where_no_probabilities_are_declared(routine):
    data = pd.DataFrame({"y": np.arange(8.0), "arm": [0, 1, 0, 1, 0, 0, 0, 0], "ward": [1, 1, 1, 1, 2, 2, 2, 2]})
    with pytest.raises(DesignError) as caught:
        routine(data, "y", treatment="arm", strata="ward")
    assert caught.value.code == "rct_arm_missing_in_stratum"
