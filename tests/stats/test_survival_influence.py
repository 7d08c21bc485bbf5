"""Influence values are derivatives of the estimates by the weights, found here by moving each weight; variances are sums of their squares."""

from dataclasses import replace

import numpy as np
import pytest

from ebpm.stats.survival.cox import cox_fit
from ebpm.stats.survival.cox_prediction import hazard_influence, predicted_hazard
from ebpm.stats.survival.fine_gray import fine_gray_fit
from ebpm.stats.survival.incidence import incidence
from ebpm.stats.survival.log_rank import log_rank_fit
from ebpm.stats.survival.martingales import cross_products
from ebpm.stats.survival.product_limit import product_limit
from ebpm.stats.survival.risk_sets import RiskSets, Spells

STEP = 1e-5


def rows(seed, *, late=True, n=40, persons=15):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, n) / 2 if late else None
    start = np.zeros(n) if entry is None else entry
    return Spells.of(
        start + rng.integers(1, 9, n) / 2, rng.integers(0, 3, n), entry=entry, weights=rng.uniform(0.5, 2, n),
        group=np.arange(n) % 2, person=np.where(np.arange(n) % 2, rng.integers(0, persons, n), persons + rng.integers(0, persons, n)),
    )  # fmt: skip


def dense(spells):
    """The same rows with persons renumbered without holes."""
    return replace(spells, person=np.unique(spells.person, return_inverse=True)[1])


def derivative(estimate, spells):
    found = []
    for row in range(len(spells)):
        ends = []
        for sign in (1, -1):
            weights = spells.weights.copy()
            weights[row] += sign * STEP
            ends.append(np.asarray(estimate(replace(spells, weights=weights))))
        found.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(found)


def some(spells):
    return spells.with_event((spells.event > 0).astype(int))


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("group", [0, 1])
def test_survival_and_restricted_means(late, group):
    spells = some(rows(1, late=late))
    found = product_limit(spells)
    for ours, estimate in (
        (found.survival_influence(group, 2.5), lambda s: product_limit(s).at(product_limit(s).survival, group, 2.5, first=1.0)),
        (found.restricted_mean_influence(group, 3.25), lambda s: product_limit(s).restricted_mean(group, 3.25)),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, derivative(estimate, spells), atol=1e-8)


@pytest.mark.parametrize("removed_by", [(1, 2), (2,), ()])
def test_incidence(removed_by):
    spells = rows(2)
    found = incidence(spells, 1, removed_by=removed_by)

    def estimate(moved):
        one = incidence(moved, 1, removed_by=removed_by)
        return one.removal.at(one.value, 1, 2.5, first=0.0)

    np.testing.assert_allclose(found.influence(1, 2.5), derivative(estimate, spells), atol=1e-8)


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("removed_by", [(1, 2), (2,)])
def test_variances_are_sums_over_persons_of_squared_influence(single, removed_by):
    spells = rows(3)
    spells = replace(spells, person=np.arange(len(spells))) if single else dense(spells)
    found = incidence(spells, 1, removed_by=removed_by)
    variance = found.variance()
    for place in (0, 3, len(found.sets) - 1):
        influence = found.influence(int(found.sets.group[place]), float(found.sets.times[place]))
        expected = spells.covariance(influence[:, None])[0, 0]
        np.testing.assert_allclose(variance[place], expected, rtol=1e-9, atol=1e-15)


def test_both_ways_to_sum_over_persons_agree():
    spells = rows(4)
    alone = replace(some(spells), person=np.arange(len(spells)))
    found = product_limit(alone)
    fast = cross_products(found.sets, alone, (found.log_survival_integral(),))
    twice = Spells.of(
        np.repeat(alone.exit, 2), np.repeat(alone.event, 2), entry=np.repeat(alone.entry, 2),
        weights=np.repeat(alone.weights, 2) / 2, group=np.repeat(alone.group, 2), person=np.repeat(np.arange(len(alone)), 2),
    )  # fmt: skip
    halves = product_limit(twice)
    np.testing.assert_allclose(cross_products(halves.sets, twice, (halves.log_survival_integral(),)), fast, rtol=1e-9)


def test_breslow_coefficients_and_the_predicted_hazard():
    spells, X = some(rows(5)), np.random.default_rng(5).normal(size=(40, 2))
    fit = cox_fit(spells, X, ties="breslow")
    moved = derivative(lambda s: cox_fit(s, X, ties="breslow").coefficients, spells)
    np.testing.assert_allclose(fit.influence(), moved, atol=1e-7)
    values, place = np.array([0.3, -0.2]), len(fit.likelihood.sets) - 2

    def hazard(weighted):
        return predicted_hazard(cox_fit(weighted, X, ties="breslow"), values, robust=False).hazard[place]

    np.testing.assert_allclose(hazard_influence(fit, values, place), derivative(hazard, spells), atol=1e-7)
    influence = hazard_influence(fit, values, place)
    variance = predicted_hazard(fit, values, robust=True).variance[place]
    np.testing.assert_allclose(variance, spells.covariance(influence[:, None])[0, 0], rtol=1e-10)


def test_observed_less_expected():
    spells, arms = some(rows(6)), np.arange(40) // 3 % 3
    fit = log_rank_fit(spells, arms, robust=True)

    def excess(moved):
        one = log_rank_fit(moved, arms, robust=True)
        return one.observed - one.expected

    moved = derivative(excess, spells)
    np.testing.assert_allclose(fit.covariance, spells.covariance(moved), rtol=1e-6, atol=1e-9)


def test_integer_weights_are_repeated_rows():
    spells, X = replace(rows(7, late=False), weights=np.ones(40)), np.random.default_rng(8).normal(size=(40, 2))
    counts = np.random.default_rng(7).integers(1, 4, 40)
    repeated = Spells.of(
        np.repeat(spells.exit, counts), np.repeat(spells.event, counts), group=np.repeat(spells.group, counts)
    )
    weighted = replace(spells, weights=counts.astype(float))
    # by Breslow: Efron's average over tied events depends on how many rows carry them
    for fit in (
        lambda s, x: cox_fit(some(s), x, ties="breslow"),
        lambda s, x: fine_gray_fit(s, x, kind=1, ties="breslow"),
    ):
        ours, theirs = fit(weighted, X), fit(repeated, np.repeat(X, counts, axis=0))
        np.testing.assert_allclose(ours.coefficients, theirs.coefficients, atol=1e-9)
        np.testing.assert_allclose(ours.bread, theirs.bread, rtol=1e-8)


def test_many_keys_are_ranked_as_few():
    import ebpm.stats.survival.risk_sets as module

    spells = some(rows(9))
    few = RiskSets.of(spells)
    module.DENSE, kept = 0, module.DENSE
    try:
        many = RiskSets.of(spells)
    finally:
        module.DENSE = kept
    for name in ("times", "group", "first", "last", "end"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name))


def test_times_that_differ_by_rounding_are_one():
    spells = Spells.of(np.array([0.1 + 0.2, 0.3, 1.0]), np.array([1, 1, 0]))
    assert len(RiskSets.of(spells)) == 2


def test_risk_sums_and_their_transpose():
    spells = some(rows(10))
    sets = RiskSets.of(spells)
    v, u = np.random.default_rng(0).normal(size=len(spells)), np.random.default_rng(1).normal(size=len(sets))
    np.testing.assert_allclose(sets.sums(v) @ u, v @ sets.spread(u), rtol=1e-10)
    by_hand = [
        v[(spells.group == group) & (spells.entry < time) & (spells.exit >= time)].sum()
        for time, group in zip(sets.times, sets.group, strict=True)
    ]
    np.testing.assert_allclose(sets.sums(v), by_hand, atol=1e-12)
