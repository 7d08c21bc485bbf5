"""Differences in means of many assignments at once: those of each assignment by itself, whatever the sizes of the units."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.stats.redrawn import redrawn_means
from ebpm.stats.redrawn.inversion import NullDraws, null_draws
from ebpm.stats.redrawn.permutation import Redraws
from ebpm.stats.redrawn.redrawn_means import Units
from ebpm.stats.redrawn.subsets import random_subsets

SIZES = {"rows": [1] * 16, "clusters of one size": [3] * 16, "clusters": [1, 2, 3, 4, 5, 6, 7, 8] * 2}


def units(sizes: list[int], strata: int) -> tuple[Units, Redraws, pd.DataFrame]:
    rng = np.random.default_rng(20190401)
    count = len(sizes)
    stratum, arm = np.arange(count) * strata // count, np.arange(count) % 2
    unit = np.repeat(np.arange(count), sizes)
    rows = pd.DataFrame({"unit": unit, "stratum": stratum[unit], "y": rng.standard_normal(len(unit))})
    y = rows.y - rows.y.mean()
    totals = np.column_stack([np.bincount(unit, y), np.bincount(unit, y**2)])
    redraws = Redraws(arm.astype(np.int64), stratum.astype(np.int64))
    shares = np.bincount(stratum, sizes) / sum(sizes)
    made = Units(
        totals=totals, sizes=np.array(sizes, dtype=float), members=redraws.members, shares=shares, paired=False
    )
    return made, redraws, rows


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("strata", [1, 2])
def test_each_assignment_has_the_difference_of_the_estimator(
    sizes: list[int], strata: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, redraws, rows = units(sizes, strata)
    arms = next(redraws.drawn(12, 1))
    monkeypatch.setattr(redrawn_means, "SMALL", 5 * len(sizes))
    value, variance = made.effects(arms)
    cluster = None if max(sizes) == 1 else "unit"
    for place, arm in enumerate(arms):
        table = rows.assign(arm=arm[rows.unit])
        found = rct.difference_in_means(table, "y", treatment="arm", cluster=cluster, strata="stratum").headline
        assert value[place, 0] == pytest.approx(found.estimate, rel=1e-9, abs=1e-12)
        assert variance[place, 0] ** 0.5 == pytest.approx(found.std_error, rel=1e-9)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_covariances_are_those_of_sums_and_differences(sizes: list[int]) -> None:
    made, redraws, _ = units(sizes, 2)
    arms = next(redraws.drawn(30, 1))
    value, joint = made.joint_effects(arms)
    both = Units(
        totals=made.totals @ np.array([[1.0, 1.0], [1.0, -1.0]]), sizes=made.sizes, members=made.members,
        shares=made.shares, paired=False,
    )  # fmt: skip
    plain, variance = made.effects(arms)
    apart = both.effects(arms)[1]
    np.testing.assert_allclose(value, plain, rtol=1e-12)
    np.testing.assert_allclose(joint[:, [0, 2]], variance, rtol=1e-12)
    np.testing.assert_allclose(4 * joint[:, 1], apart[:, 0] - apart[:, 1], rtol=1e-8, atol=1e-10)


def test_pairs_have_covariances_too() -> None:
    made, redraws, _ = units(SIZES["clusters"], 8)
    pairs = Units(totals=made.totals, sizes=made.sizes, members=made.members, shares=made.shares, paired=True)
    arms = next(redraws.drawn(20, 1))
    joint, variance = pairs.joint_effects(arms)[1], pairs.effects(arms)[1]
    np.testing.assert_allclose(joint[:, [0, 2]], variance, rtol=1e-12)
    assert (joint[:, 1] ** 2 <= variance[:, 0] * variance[:, 1] * (1 + 1e-12)).all()


def drawn(seed: int) -> NullDraws:
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.standard_normal(999), -rng.uniform(0.0, 0.2, 999)])
    root = rng.standard_normal((999, 2, 2)) * 0.3 + np.eye(2)
    spread = root @ root.transpose(0, 2, 1)
    variances = np.column_stack([spread[:, 0, 0], spread[:, 0, 1] * 0.1, spread[:, 1, 1] * 0.01])
    return null_draws([(values, variances)], estimate=1.3, variance=1.1, complete=False, studentised=True)


@pytest.mark.parametrize("seed", range(5))
def test_draws_that_are_left_aside_do_not_pass_the_observed_statistic(seed: int) -> None:
    found = drawn(seed)
    for low, high in ((1.4, 1.9), (2.5, 2.6), (-3.0, -2.0), (-0.5, 1.2)):
        aside = np.delete(np.arange(found.draws), found.undecided(low, high))
        far = np.array(
            [np.abs(found.statistics(null)) >= abs(found.observed(null)) for null in np.linspace(low, high, 41)]
        )
        assert len(aside) > 0
        assert (far[:, aside] == far[0, aside]).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_ends_where_the_p_value_passes_the_level(seed: int) -> None:
    found = drawn(seed)
    for end, outward in zip(found.interval(0.9), (-1, 1), strict=True):
        assert found.p_value(end - 1e-7 * outward) > 0.1
        assert found.p_value(end + 1e-7 * outward) <= 0.1


@pytest.mark.parametrize(
    ("size", "ones", "digest"),
    [
        (1000, 500, "ebdec5d843d9b4f8"), (1001, 500, "86eac7b5512439bc"), (1201, 7, "03f02501de0042e1"),
        (4000, 1000, "1c817acf957215b5"),
    ],
)  # fmt: skip
def test_a_seed_draws_the_same_subsets_in_every_version(size: int, ones: int, digest: str) -> None:
    drawn = random_subsets(size, ones, 40, np.random.default_rng(3))
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize("stratum", [np.zeros(10, dtype=int), np.repeat([0, 1, 2], [4, 2, 4]), np.arange(10) // 2])
def test_half_of_the_assignments_and_their_mirror_images_are_all_in_order(stratum: np.ndarray) -> None:
    redraws = Redraws(np.arange(10) % 2, stratum)
    half, every = (np.concatenate(list(found)) for found in (redraws.halves(), redraws.blocks(0, 0)))
    assert redraws.mirrored
    assert np.array_equal(np.concatenate([half, 1 - half[::-1]]), every)
    assert len(every) == redraws.possible


@pytest.mark.parametrize("arm", [[0, 0, 0, 1, 1], [0, 1, 2, 0, 1, 2], [0, 0, 1, 1, 0, 1, 1, 1]])
def test_assignments_of_unequal_numbers_have_no_mirror_images(arm: list[int]) -> None:
    redraws = Redraws(np.array(arm), np.zeros(len(arm), dtype=int))
    assert not redraws.mirrored
    with pytest.raises(ValueError):
        redraws.halves()


@pytest.mark.parametrize("sizes", [np.ones(8), np.array([3.0, 5, 2, 8, 4, 4, 6, 1])])
@pytest.mark.parametrize("studentised", [True, False])
def test_mirror_images_change_nothing(sizes: np.ndarray, studentised: bool) -> None:
    rng = np.random.default_rng(5)
    arm = np.arange(8) % 2
    totals = np.column_stack([rng.normal(size=8) * sizes, -arm * sizes])
    redraws = Redraws(arm, np.zeros(8, dtype=int))
    given = Units(totals=totals, sizes=sizes, members=redraws.members, shares=np.ones(1), paired=False)
    value, variance = given.joint_effects(arm[None].astype(np.int8))
    what = {
        "estimate": float(value[0, 0]), "variance": float(variance[0, 0]), "complete": True, "studentised": studentised
    }  # fmt: skip
    half = null_draws(map(given.joint_effects, redraws.halves()), mirrored=True, **what)
    every = null_draws(map(given.joint_effects, redraws.blocks(0, 0)), **what)
    assert (half.draws, every.draws) == (70, 70)
    for null in (0.0, 0.4, -1.0):
        assert half.statistics(null) == pytest.approx(every.statistics(null), rel=1e-9, abs=1e-12)
        for share in ("p_value", "p_greater", "p_less", "monte_carlo_error"):
            assert getattr(half, share)(null) == getattr(every, share)(null)
    assert half.interval(0.9) == pytest.approx(every.interval(0.9), rel=1e-9)
