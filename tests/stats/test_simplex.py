"""The nearest point of a polytope: optimality conditions, many minima, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ebpm.stats.simplex import fit_simplex

many = settings(max_examples=60, deadline=None, derandomize=True)
seeds = st.integers(0, 100_000)
sizes = st.tuples(st.integers(1, 14), st.integers(1, 16))
ridges = st.sampled_from([0.0, 1e-3, 1.0, 100.0])


def problem(seed, size, scale=1.0):
    rng = np.random.default_rng(seed)
    rows, columns = size
    common = rng.normal(size=(rows, 2)) @ rng.normal(size=(2, columns))
    return scale * (common + rng.normal(size=size)), scale * rng.normal(size=rows) * rng.choice([0.1, 1.0, 5.0])


def value(columns, target, weights, ridge):
    return float(((columns @ weights - target) ** 2).sum() + ridge * (weights**2).sum())


@many
@given(seed=seeds, size=sizes, ridge=ridges)
def test_optimality_conditions(seed, size, ridge):
    columns, target = problem(seed, size)
    found = fit_simplex(columns, target, ridge=ridge)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-13)
    assert (found.weights >= 0).all()
    slopes = columns.T @ (columns @ found.weights - target) + ridge * found.weights
    scale = np.abs(columns).max() * (np.abs(columns).max() + np.abs(target).max()) * size[0] + ridge
    assert (slopes - slopes @ found.weights).min() >= -1e-10 * scale
    assert np.abs((slopes - slopes @ found.weights)[found.weights > 0]).max() <= 1e-10 * scale
    assert found.violation < 1e-10


@many
@given(seed=seeds, size=sizes, ridge=ridges)
def test_no_point_nearby_or_at_a_corner_is_better(seed, size, ridge):
    columns, target = problem(seed, size)
    found = fit_simplex(columns, target, ridge=ridge).weights
    best, rng = value(columns, target, found, ridge), np.random.default_rng(seed)
    others = [*np.eye(size[1]), *(found + 0.01 * (rng.dirichlet(np.ones(size[1]), size=20) - found))]
    assert all(value(columns, target, other, ridge) >= best * (1 - 1e-12) - 1e-12 for other in others)


@many
@given(seed=seeds, size=sizes, factor=st.floats(1e-4, 1e6), shift=st.floats(-1e4, 1e4))
def test_scale_shift_and_order_do_not_matter(seed, size, factor, shift):
    columns, target = problem(seed, size)
    found, order = fit_simplex(columns, target, ridge=0.5), np.random.default_rng(seed).permutation(size[1])
    moved = fit_simplex(factor * columns[:, order] + shift, factor * target + shift, ridge=0.5 * factor**2)
    # a shift of 10^4 costs four digits of the columns themselves
    np.testing.assert_allclose(moved.weights, found.weights[order], atol=1e-7 * (1 + abs(shift) / factor))


@many
@given(seed=seeds, size=sizes)
def test_a_column_twice_shares_its_weight_and_leaves_the_path(seed, size):
    columns, target = problem(seed, size)
    found = fit_simplex(columns, target)
    twice = fit_simplex(np.column_stack([columns, columns[:, 0]]), target)
    np.testing.assert_allclose(
        columns @ found.weights, np.column_stack([columns, columns[:, 0]]) @ twice.weights, atol=1e-8
    )
    assert twice.weights[0] == pytest.approx(twice.weights[-1], abs=1e-9)


@many
@given(seed=seeds, columns=st.integers(6, 14))
def test_the_most_even_of_many_minima_and_the_range_of_all(seed, columns):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(3, columns))
    inside = rng.dirichlet(np.ones(columns))
    found = fit_simplex(matrix, matrix @ inside)
    np.testing.assert_allclose(matrix @ found.weights, matrix @ inside, atol=1e-9)
    assert (found.weights**2).sum() <= (inside**2).sum() + 1e-10
    values = rng.normal(size=columns)
    low, high = found.reach(values)
    assert low - 1e-8 <= values @ inside <= high + 1e-8
    assert low <= values @ found.weights <= high
    limit = fit_simplex(matrix, matrix @ inside, ridge=1e-7)
    np.testing.assert_allclose(found.weights, limit.weights, atol=1e-3)


def test_a_faint_ridge_chooses_the_most_even_weights():
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(2, 9))
    target = matrix @ np.full(9, 1 / 9)
    np.testing.assert_allclose(
        fit_simplex(matrix, target, ridge=1e-12).weights, fit_simplex(matrix, target).weights, atol=1e-6
    )


def test_unique_weights_reach_one_value():
    columns, target = problem(3, (12, 5))
    found, values = fit_simplex(columns, target), np.arange(5.0)
    assert found.moves.shape == (5, 0)
    assert found.reach(values) == (values @ found.weights,) * 2


@many
@given(seed=seeds, size=sizes)
def test_a_far_column_does_not_cost_digits(seed, size):
    columns, target = problem(seed, size)
    found = fit_simplex(columns, target)
    far = fit_simplex(np.column_stack([columns, np.full(size[0], 1e8)]), target)
    near = columns @ found.weights - target
    assert (
        np.linalg.norm(np.column_stack([columns, np.full(size[0], 1e8)]) @ far.weights - target)
        <= np.linalg.norm(near) * (1 + 1e-9) + 1e-9
    )


@many
@given(seed=seeds, size=st.tuples(st.integers(2, 10), st.integers(2, 6)))
def test_costs_agree_with_a_general_solver(seed, size):
    columns, target = problem(seed, size)
    costs = np.random.default_rng(seed).exponential(size=size[1])

    def objective(weights):
        return value(columns, target, weights, 0.1) + costs @ weights

    found = fit_simplex(columns, target, ridge=0.1, costs=costs).weights
    other = minimize(
        objective, np.full(size[1], 1 / size[1]), method="SLSQP", bounds=[(0, 1)] * size[1], options={"ftol": 1e-12},
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )  # fmt: skip
    assert objective(found) <= other.fun + 1e-8 * max(1.0, abs(other.fun))


def test_one_column_and_a_column_that_is_the_target():
    assert fit_simplex(np.ones((3, 1)), np.zeros(3)).weights.tolist() == [1.0]
    assert fit_simplex(np.eye(3), np.array([0.0, 1.0, 0.0])).weights.tolist() == [0.0, 1.0, 0.0]
    constant = fit_simplex(np.ones((3, 4)), np.zeros(3))
    np.testing.assert_allclose(constant.weights, 0.25)
