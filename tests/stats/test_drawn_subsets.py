"""Assignments of many units drawn at once, and intervals from draws of which only some can still cross."""

from __future__ import annotations

import numpy as np
import pytest

from ebpm.stats.redrawn import permutation
from ebpm.stats.redrawn.inversion import HALVINGS, NullDraws, acceptance_end
from ebpm.stats.redrawn.permutation import Redraws


@pytest.mark.parametrize("share", [0.5, 0.3, 0.02, 0.97])
def test_each_draw_keeps_the_numbers_and_each_unit_its_chance(share: float) -> None:
    size = 1200
    arm = (np.arange(size) < round(share * size)).astype(np.int64)
    drawn = np.vstack(list(Redraws(arm, np.zeros(size, dtype=np.int64)).drawn(3000, 7)))
    ones = int(arm.sum())
    assert (drawn.sum(axis=1) == ones).all()
    chance = ones / size
    scores = (drawn.mean(axis=0) - chance) / np.sqrt(chance * (1 - chance) / 3000)
    assert np.abs(scores).max() < 5
    assert scores.var() == pytest.approx(1.0, abs=0.2)


def test_all_subsets_are_equally_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "MANY", 2)
    for arm in ([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]):
        redraws = Redraws(np.array(arm), np.zeros(6, dtype=np.int64))
        drawn = np.vstack(list(redraws.drawn(40_000, 11)))
        counts = np.unique(drawn @ (1 << np.arange(6)), return_counts=True)[1]
        expected = 40_000 / redraws.possible
        assert len(counts) == redraws.possible
        assert ((counts - expected) ** 2 / expected).sum() < redraws.possible + 5 * np.sqrt(2 * redraws.possible)


def test_all_orders_of_a_pattern_come_once() -> None:
    every = np.vstack(list(Redraws(np.array([1, 0, 1, 0, 0, 1, 0]), np.zeros(7, dtype=np.int64)).blocks(10, 1)))
    assert len(np.unique(every, axis=0)) == len(every) == 35
    assert (every.sum(axis=1) == 3).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_interval_is_that_of_halving_over_all_draws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws = 400
    a, b, u, w = (
        rng.normal(size=draws),
        rng.uniform(-1, 1, draws),
        rng.uniform(0.5, 1.5, draws),
        rng.uniform(0.5, 1.5, draws),
    )
    variances = np.column_stack([u, rng.uniform(-0.4, 0.4, draws), w])
    found = NullDraws(
        values=np.column_stack([a, b]), variances=variances, estimate=0.7, variance=0.4, complete=bool(seed % 2)
    )
    step = np.sqrt(found.variance)
    for end, sign in zip(found.interval(0.9), (-1.0, 1.0), strict=True):
        plain = acceptance_end(found.p_value, found.estimate, sign * step, 1.0 - 0.9, halvings=HALVINGS)
        assert end == pytest.approx(plain, rel=1e-12, abs=1e-12)
