"""Sums that may leave: few members, few of a kind, giants, few beside many numbers; and what an attacker can do with those that do."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ebpm import moments
from ebpm.disclosure.attack import Sums, feasible
from ebpm.disclosure.differencing import Statement, tell_of_few
from ebpm.disclosure.rules import Disclosure, Dominance
from ebpm.disclosure.sums.groups import groups_in_values, refused_groups
from ebpm.disclosure.sums.held import Held, Told, largest, refusal
from ebpm.disclosure.sums.paths import in_values, refused_paths, two_values
from ebpm.disclosure.sums.rounded import rounded_paths
from ebpm.errors import DataError
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

OPEN = Disclosure(tier="open", min_cell=10)


def panel(units: int, periods: int, seed: int = 1, *, start: int = 2002) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "unit": np.repeat(np.arange(units), periods), "year": np.tile(np.arange(2000, 2000 + periods), units),
        "y": rng.normal(100, 10, units * periods).round(2), "start": np.repeat(np.arange(units) % 2 * start, periods),
    })  # fmt: skip


def summed(data: pd.DataFrame, **more):
    request = PathRequest(outcome="y", unit="unit", time="year", first_treated="start", **more)
    return scan_paths(moments.scan(data), request)


def reasons(found):
    return [one.reason for one in found]


def test_small_cohorts_may_not_leave():
    assert reasons(refused_paths(summed(panel(18, 5)), OPEN)) == ["disclosure_few_persons"] * 2
    assert not refused_paths(summed(panel(60, 5)), OPEN)


def test_more_members_than_numbers_of_each():
    assert reasons(refused_paths(summed(panel(40, 25, start=2010)), OPEN)) == ["disclosure_few_for_products"] * 2
    assert not refused_paths(summed(panel(52, 25, start=2010)), OPEN)


@pytest.mark.parametrize("coding", [(0, 1), (0, 100), (1, 2), (-1, 1)])
def test_few_of_a_kind_whatever_their_coding(coding):
    data = panel(80, 4)
    data["y"] = np.where(data["unit"] % 40 < 3, coding[1], coding[0])
    assert two_values(summed(data)) == tuple(map(Fraction, coding))
    assert set(reasons(refused_paths(summed(data), OPEN))) == {"disclosure_tells_count"}
    data["y"] = np.where((data["unit"] % 40 < 20), coding[1], coding[0])
    assert not refused_paths(summed(data), OPEN)


def test_few_who_change_between_two_periods_are_few_too():
    """Forty say yes in either year; two of them are others than before."""
    data = panel(160, 2, start=2001)
    own = data["unit"] // 2
    data["y"] = np.where(data["year"] == 2000, own < 40, (own >= 2) & (own < 42)).astype(int)
    assert reasons(refused_paths(summed(data), OPEN)) == ["disclosure_tells_count"] * 2


def test_all_or_none_by_tier():
    data = panel(80, 3).assign(y=lambda frame: (frame["year"] == 2001).astype(int))
    assert set(reasons(refused_paths(summed(data), OPEN))) == {"disclosure_saturated"}
    assert not refused_paths(summed(data), Disclosure(tier="section_only"))


def test_giants_may_not_stand_out():
    data = panel(60, 4)
    data.loc[data["unit"] == 1, "y"] = 1e5
    assert reasons(refused_paths(summed(data), OPEN)) == ["disclosure_dominated"]
    data["y"] = 0.1 + data["unit"] / 1e4
    data.loc[data["unit"].isin([1, 3]), "y"] = [80.0] * 4 + [70.0] * 4
    assert reasons(refused_paths(summed(data), OPEN)) == ["disclosure_dominated"]
    loose = OPEN.model_copy(update={"dominance": Dominance(n=1, share=0.9)})
    assert reasons(refused_paths(summed(data), loose)) == ["disclosure_guessed"]


def test_what_may_be_negative_is_no_amount():
    data = panel(60, 4)
    data["y"] -= 100.0
    data.loc[data["unit"] == 1, "y"] = 1e5
    assert not refused_paths(summed(data), OPEN)


def test_the_smallest_value_of_the_table_does_not_leave():
    sums = summed(panel(60, 5))
    assert sums.fixed.shift == round(panel(60, 5)["y"].min() * 100) - 1
    shown = in_values(sums)
    assert shown.fixed.shift == 0
    np.testing.assert_array_equal(shown.means(), sums.means())
    np.testing.assert_array_equal(shown.deviations(), sums.deviations())


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30), st.integers(1, 5))
def test_no_amounts_with_these_sums_have_larger_ones(values, many):
    ordered = sorted(values, reverse=True)
    bound = largest(many, count=len(values), total=float(sum(values)), square=float(sum(one * one for one in values)))
    assert sum(ordered[:many]) <= bound * (1 + 1e-9) + 1e-6
    assert bound <= sum(values) + 1e-6


def test_the_bound_is_reached():
    values = [9.0] * 2 + [1.0] * 8
    assert largest(2, count=10, total=sum(values), square=sum(one * one for one in values)) == pytest.approx(18.0)


def test_held_without_products_asks_for_members_alone():
    numbers = [Told(total=Fraction(500), amount=True)]
    assert not refusal(Held(count=10, numbers=numbers), OPEN)
    assert refusal(Held(count=9, numbers=numbers), OPEN) == "disclosure_few_persons"


# --- sums by keys


def people(seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 240
    return pd.DataFrame({
        "ward": np.repeat(["north", "south", "西"], count // 3), "arm": np.tile([0, 1], count // 2),
        "kwh": rng.normal(10, 2, count).round(1), "before": rng.normal(10, 2, count).round(1),
        "insured": (np.arange(count) // 2 % 2).astype(int), "weight": rng.uniform(1, 3, count).round(2),
    })  # fmt: skip


def by(data: pd.DataFrame, *keys: str, numbers=("kwh", "before"), **more):
    return scan_groups(moments.scan(data), GroupRequest(keys=keys, numbers=numbers, **more))


def test_groups_of_a_trial_may_leave_and_small_ones_not():
    assert not refused_groups(by(people(), "ward", "arm"), OPEN)
    few = people().drop(index=range(64))
    found = refused_groups(by(few, "ward", "arm"), OPEN)
    assert [(one.group, one.reason) for one in found] == [
        ("north 0", "disclosure_few_persons"),
        ("north 1", "disclosure_few_persons"),
    ]


def test_counts_of_few_by_keys():
    data = people()
    assert not refused_groups(by(data, "arm", numbers=("insured", "kwh")), OPEN)
    data["insured"] = (data.index < 7).astype(int)
    assert set(reasons(refused_groups(by(data, "arm", numbers=("insured", "kwh")), OPEN))) == {"disclosure_tells_count"}
    both = people().assign(other=lambda frame: (frame["insured"].astype(bool) ^ (frame.index < 8)).astype(int))
    assert set(reasons(refused_groups(by(both, "arm", numbers=("insured", "other")), OPEN))) == {
        "disclosure_tells_count"
    }


def test_weighted_sums_ask_for_one_member_more():
    rules = Disclosure(tier="open", min_cell=3)
    numbers = ("kwh", "before")
    three = people().iloc[:3].assign(arm=0)
    three[[*numbers]] *= np.pi
    assert not refused_groups(
        by(three, "arm", numbers=numbers),
        rules.model_copy(update={"dominance": Dominance(share=1.0), "p_percent": 0.0}),
    )
    found = refused_groups(by(three, "arm", numbers=numbers, weights="weight"), rules)
    assert reasons(found) == ["disclosure_few_for_products"]


def test_values_of_groups_are_kept_without_the_smallest():
    sums = by(people(), "ward", weights="weight")
    shown = groups_in_values(sums)
    assert [one.shift for one in shown.fixed] == [0, 0, 0]
    assert shown.totals("kwh", power=1) == sums.totals("kwh", power=1)
    np.testing.assert_array_equal(shown.about(), sums.about())


# --- rounding


def test_rounded_sums_are_multiples_near_the_true_ones():
    exact = in_values(summed(panel(60, 5)))
    rounded, within = rounded_paths(exact, 25.0)
    scale = exact.fixed.scale
    assert all(int(one) % 2500 == 0 for one in rounded.sums.ravel())
    assert (
        max(abs(int(a) - int(b)) for a, b in zip(rounded.sums.ravel(), exact.sums.ravel(), strict=True))
        <= within.sums * scale
    )
    far = max(abs(int(a) - int(b)) for a, b in zip(rounded.products.ravel(), exact.products.ravel(), strict=True))
    assert far <= within.products * scale**2
    assert (rounded.products == rounded.products.transpose(0, 2, 1)).all()
    with pytest.raises(DataError) as refused:
        rounded_paths(exact, 0.001)
    assert refused.value.code == "disclosure_small_step"


# --- attacks


def test_an_attack_cannot_tell_two_different_tables_apart():
    """Paths turned about their mean, by any rotation that keeps it, have the same count, sums and products: the file fits them all."""
    data = panel(24, 5)
    values = data["y"].to_numpy().reshape(24, 5)
    never = values[data["start"].to_numpy().reshape(24, 5)[:, 0] == 0]
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(np.column_stack([np.ones(len(never)), rng.normal(size=(len(never), len(never) - 1))]))[0]
    turn = np.linalg.qr(rng.normal(size=(len(never) - 1, len(never) - 1)))[0]
    other = basis @ np.vstack([basis[:, :1].T @ never, turn @ (basis[:, 1:].T @ never)])
    np.testing.assert_allclose(other.sum(axis=0), never.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(other.T @ other, never.T @ never, rtol=1e-12)
    nearest = np.abs(other[:, None, :] - never[None]).max(axis=2).min(axis=1)
    assert nearest.min() > 1.0  # no path of the other table is near any path of the first, on a scale of 10


def whole_numbers(count: int, total: int, square: int, low: int, high: int) -> set[int]:
    """Return the values that a member of a group can have, by all the sets of whole numbers that have its count, sum and sum of squares."""
    reach = {(0, 0, 0)}
    steps = [reach]
    for _ in range(count):
        reach = {
            (k + 1, s + v, q + v * v)
            for k, s, q in reach
            for v in range(low, high + 1)
            if s + v <= total and q + v * v <= square
        }
        steps.append(reach)
    before = steps[count - 1]
    return {v for v in range(low, high + 1) if (count - 1, total - v, square - v * v) in before}


@pytest.mark.parametrize("seed", range(3))
def test_an_exhaustive_attack_on_whole_numbers_leaves_every_member_a_range(seed):
    """Scores of 0 to 10 of the smallest group that may leave: an attacker who tries every table still cannot tell a score."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 11, 10)
    possible = whole_numbers(10, int(scores.sum()), int((scores**2).sum()), 0, 10)
    assert set(scores.tolist()) <= possible
    assert len(possible) >= 8
    one = scores.copy()
    one[1:] = 0
    assert refusal(Held(count=1, numbers=[Told(total=Fraction(int(one[0])))]), OPEN)
    assert whole_numbers(1, int(one[0]), int(one[0] ** 2), 0, 10) == {int(one[0])}


def linear_attack(totals, groups, parts):
    """Return the range of each part of the people, by linear programming, given the sums of groups of parts."""
    values = np.concatenate([parts, totals]).astype(float)
    equations = csr_array(np.hstack([groups, -np.eye(len(totals))]))
    sums = Sums.of(values, equations, whole=True)
    hidden = np.array([True] * len(parts) + [False] * len(totals))
    return [feasible(sums, hidden, cell) for cell in range(len(parts))]


def test_the_linear_attack_on_differing_releases_works_on_both_and_fails_on_one():
    """All of a ward, and all of it but three: both together tell of the three; the second file is therefore not written."""
    yes = np.array([20, 2])  # of those who are in both, of the three
    everybody, most = np.array([[1.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 0.0]])
    assert linear_attack(most @ yes, most, yes)[1] == (2.0, 2.0)
    low, high = linear_attack(everybody @ yes, everybody, yes)[1]
    assert high - low >= OPEN.min_cell
    statements = [
        Statement("all", ("insured",), level=True, members=frozenset(range(40))),
        Statement("most", ("insured",), level=True, members=frozenset(range(3, 40))),
    ]
    assert tell_of_few(statements, min_cell=10)
    assert not tell_of_few(statements[:1], min_cell=10)


def test_unions_of_groups_are_compared_and_not_pairs_alone():
    """No two of these groups differ by few; two of them together differ from the third by two."""
    wards = [
        Statement(name, ("y",), level=True, members=frozenset(who))
        for name, who in (("north", range(50)), ("south", range(50, 100)))
    ]
    city = Statement("city", ("y",), level=True, members=frozenset(range(2, 100)))
    assert not tell_of_few(wards, min_cell=10)
    assert tell_of_few([*wards, city], min_cell=10)


def test_rows_are_counted_by_their_owners():
    rows = Statement("rows", ("y",), level=True, members=frozenset(range(40)))
    most = Statement("most", ("y",), level=True, members=frozenset(range(20, 40)))
    assert not tell_of_few([rows, most], min_cell=10)
    assert tell_of_few([rows, most], min_cell=10, whose={row: row // 5 for row in range(20)})


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=4),
    st.lists(st.sampled_from([1, 3, 12, 30]), min_size=5, max_size=5),
)
def test_no_combination_of_few_whole_multiples_is_missed(groups, sizes):
    starts = np.cumsum([0, *sizes])
    held = [
        frozenset(i for part in range(5) if one[part] for i in range(starts[part], starts[part + 1])) for one in groups
    ]
    statements = [Statement(str(place), ("y",), level=True, members=one) for place, one in enumerate(held)]
    matrix, small = np.array(groups, dtype=int), np.array(sizes) < 10
    merged = {}  # parts that are in the same groups are one
    for column in range(5):
        merged[tuple(matrix[:, column])] = merged.get(tuple(matrix[:, column]), 0) + sizes[column]
    few = np.array([merged[tuple(matrix[:, column])] < 10 for column in range(5)]) & small
    combined = (np.array(weights) @ matrix for weights in product(range(-2, 3), repeat=len(groups)))
    if any(one.any() and not one[~few].any() for one in combined):
        assert tell_of_few(statements, min_cell=10)
