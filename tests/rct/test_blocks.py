"""Strata with one unit in an arm: whole designs enumerated, special cases, unequal sizes; bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.rct import Assignment
from tests.rct.designs import enumerated

HYBRIDS = ["hybrid", "hybrid_by_size", "rct_yes"]


def blocks(sizes, seed=1, effect=0.0):
    """A table of strata, and potential outcomes with one effect, or with effects that differ between strata."""
    rng = np.random.default_rng(seed)
    ward = np.repeat(np.arange(len(sizes)), sizes)
    base = rng.normal(0, 1, len(ward)) + ward
    added = 1.0 + effect * rng.normal(0, 1, len(sizes))[ward]
    return pd.DataFrame({"ward": ward}), np.column_stack([base, base + added])


def difference(variance):
    return lambda data: rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance=variance).headline


@pytest.mark.parametrize("variance", ["hybrid", "hybrid_by_size"])
def test_alike_strata_give_an_unbiased_variance(variance):
    data, outcomes = blocks([3, 3, 3, 3])
    found = enumerated(Assignment(strata="ward", shares=(2 / 3, 1 / 3)), data, outcomes, difference(variance))
    assert found.mean == pytest.approx(1.0, abs=1e-12)
    assert found.estimated == pytest.approx(found.variance, rel=1e-10)


@pytest.mark.parametrize("variance", HYBRIDS)
def test_strata_of_differing_effects_give_a_variance_that_is_too_large(variance):
    data, outcomes = blocks([3, 3, 3, 3], effect=1.0)
    found = enumerated(Assignment(strata="ward", shares=(2 / 3, 1 / 3)), data, outcomes, difference(variance))
    assert found.estimated > found.variance


def test_strata_of_unequal_size():
    data, outcomes = blocks([2, 2, 3, 4])
    mixed = ward_designs(data, outcomes, "hybrid")
    assert mixed.mean == pytest.approx(1.0, abs=1e-12)
    assert mixed.estimated == pytest.approx(mixed.variance, rel=1e-10)


def ward_designs(data, outcomes, variance):
    """One treated unit in each stratum, whatever its size."""
    from itertools import product

    from tests.rct.designs import Enumerated

    rows = [np.flatnonzero(data.ward == ward) for ward in sorted(set(data.ward))]
    found = []
    for chosen in product(*rows):
        arm = np.zeros(len(data), dtype=int)
        arm[list(chosen)] = 1
        one = difference(variance)(data.assign(arm=arm, y=outcomes[np.arange(len(data)), arm]))
        found.append((one.estimate, one.std_error**2))
    values = np.array(found)
    return Enumerated(float(values[:, 0].mean()), float(values[:, 0].var()), float(values[:, 1].mean()))


def test_small_strata_beside_large_ones():
    data, outcomes = blocks([2, 2, 2, 4])
    found = enumerated(Assignment(strata="ward"), data, outcomes, difference("hybrid"))
    assert found.mean == pytest.approx(1.0, abs=1e-12)
    assert found.estimated == pytest.approx(found.variance, rel=1e-10)  # Neyman's is exact where effects are alike


@pytest.mark.parametrize("variance", HYBRIDS)
@pytest.mark.parametrize("cluster", [None, "school"])
def test_pairs_are_a_special_case(variance, cluster):
    rng = np.random.default_rng(2)
    size = 1 if cluster is None else 3
    data = pd.DataFrame({"school": np.repeat(np.arange(20), size)})
    data = data.assign(pair=data.school // 2, arm=data.school % 2, y=rng.normal(size=len(data)))
    plain = rct.difference_in_means(data, "y", treatment="arm", strata="pair", cluster=cluster)["1"]
    found = rct.difference_in_means(data, "y", treatment="arm", strata="pair", cluster=cluster, variance=variance)["1"]
    for name in ("estimate", "std_error", "df", "conf_low", "n", "clusters"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name), rel=1e-10), name


def test_large_strata_alone_are_neymans():
    data, outcomes = blocks([4, 6, 5])
    arm = np.array([0, 1] * 7 + [0])
    data = data.assign(arm=arm, y=outcomes[np.arange(15), arm])
    plain = rct.difference_in_means(data, "y", treatment="arm", strata="ward")["1"]
    found = rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance="hybrid")["1"]
    assert found == plain


def test_several_arms_have_a_joint_covariance():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"ward": np.repeat(np.arange(12), 4), "arm": np.tile([0, 0, 1, 2], 12)}).assign(
        y=rng.normal(size=48)
    )
    found = rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance="hybrid")
    assert found.terms == ("1", "2")
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([one.std_error for one in found], rel=1e-12)
    wide = data.groupby(["ward", "arm"]).y.mean().unstack()
    parts = np.column_stack([wide[1] - wide[0], wide[2] - wide[0]])
    assert found.covariance == pytest.approx(np.cov(parts.T) / 12, rel=1e-10)


def test_r116_says_that_few_strata_gave_the_variance():
    data, outcomes = blocks([3] * 12)
    arm = np.tile([0, 0, 1], 12)
    data = data.assign(arm=arm, y=outcomes[np.arange(36), arm])
    many = rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance="hybrid")
    few = rct.difference_in_means(data[data.ward < 5], "y", treatment="arm", strata="ward", variance="hybrid")
    assert "R116" not in many.notices
    assert "R116" in few.notices


def test_bad_input():
    data, outcomes = blocks([2, 2, 3, 9])
    arm = np.array([0, 1, 0, 1, 0, 0, 1, *[0] * 8, 1])
    data = data.assign(arm=arm, y=outcomes[np.arange(16), arm])
    with pytest.raises(DesignError, match="one unit only in an arm"):
        rct.difference_in_means(data, "y", treatment="arm", strata="ward")
    with pytest.raises(DesignError, match="Too few strata") as caught:
        rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance="hybrid")
    assert "56 %" in str(caught.value)
    with pytest.raises(DesignError, match="Too few strata"):
        rct.difference_in_means(data, "y", treatment="arm", strata="ward", variance="hybrid_by_size")
    with pytest.raises(DataError, match="variance"):
        rct.difference_in_means(data, "y", treatment="arm", variance="hibrid")
    with pytest.raises(DesignError, match="lack an arm"):
        rct.difference_in_means(data.assign(arm=np.where(data.ward == 0, 0, data.arm)), "y", treatment="arm", strata="ward",
                                variance="hybrid")  # fmt: skip
