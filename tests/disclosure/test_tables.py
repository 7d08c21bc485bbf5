"""Tables with cells withheld: the pattern protects, is as cheap as can be, and tells nothing else."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import disclosure
from ebpm.disclosure import TOTAL, Disclosure
from ebpm.disclosure.attack import Sums, feasible
from ebpm.disclosure.cube import Axis, Cube
from ebpm.disclosure.rounding import controlled, random
from ebpm.disclosure.suppression import Need, protect
from ebpm.errors import DataError
from ebpm.estimate import Unavailable

RULES = Disclosure(tier="semi_closed")


def people(counts, names=("row", "column")):
    rows = [
        tuple(f"{name}{at}" for name, at in zip("rcd", place, strict=False))
        for place, count in np.ndenumerate(np.array(counts))
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=list(names))


def test_a_table_without_small_cells_is_shown_as_it_is():
    table = disclosure.frequencies(people([[20, 30], [40, 50]]), ["row", "column"], rules=RULES)
    assert table.shown == (20.0, 30.0, 50.0, 40.0, 50.0, 90.0, 60.0, 80.0, 140.0)
    assert len(table.notices) == 0


def test_zeros_are_shown_unless_the_rules_forbid_it():
    frame = people([[0, 30], [40, 50]])
    assert disclosure.frequencies(frame, ["row", "column"], rules=RULES)["r0", "c0"] == 0.0
    hidden = disclosure.frequencies(frame, ["row", "column"], rules=Disclosure(tier="open", zeros=False))
    assert isinstance(hidden["r0", "c0"], Unavailable)


def exhaustive(sums, needs, costs):
    primary = {need.cell for need in needs}
    spare = [cell for cell in range(len(costs)) if cell not in primary]
    best = np.inf
    for size in range(len(spare) + 1):
        for chosen in combinations(spare, size):
            withheld = np.isin(np.arange(len(costs)), [*primary, *chosen])
            if costs[withheld].sum() < best and all(protects(sums, withheld, need) for need in needs):
                best = costs[withheld].sum()
    return best


def protects(sums, withheld, need):
    low, high = feasible(sums, withheld, need.cell)
    value = sums.values[need.cell]
    return value - low >= need.down and high - value >= need.up and high - low >= need.width


@pytest.mark.parametrize("counts", [[[3, 40], [50, 60]], [[2, 12], [30, 5]], [[1, 2], [20, 30]], [[9, 11], [13, 17]]])
def test_the_pattern_is_the_cheapest_of_all(counts):
    cube = Cube.of([Axis.of("a", ["x", "y"]), Axis.of("b", ["u", "v"])], np.array(counts, dtype=float))
    sums = Sums.of(cube.values, cube.equations(), whole=True)
    costs = (1.0 + cube.values.ravel() / 100) * 2.0**cube.depth
    needs = tuple(Need(at, 1.0, 1.0, 10.0) for at, value in enumerate(sums.values) if 0 < value < 10)
    found = protect(sums, needs, costs)
    assert found.optimal
    assert costs[found.withheld].sum() == pytest.approx(exhaustive(sums, needs, costs))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(0, 25), min_size=3, max_size=3), min_size=3, max_size=4))
def test_no_table_gives_a_small_cell_away(counts):
    if not np.sum(counts):
        return
    table = disclosure.frequencies(people(counts), ["row", "column"], rules=RULES)
    for need, (low, high) in zip(table.needs, table.ranges(), strict=True):
        assert high - low >= RULES.min_cell
        assert low < table.sums.values[need.cell] < high


def test_rows_may_come_in_any_order():
    frame = people([[3, 40, 12], [50, 60, 4], [20, 8, 30]])
    shuffled = frame.sample(frac=1.0, random_state=5)
    first, second = (disclosure.frequencies(one, ["row", "column"], rules=RULES).shown for one in (frame, shuffled))
    assert first == second


def test_a_third_axis_and_a_hierarchy_are_protected_against_whole_numbers():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "school": rng.integers(0, 4, 260),
            "sex": rng.integers(0, 2, 260),
            "grade": rng.choice([1, 2, 3], 260, p=[0.6, 0.35, 0.05]),
        }
    )
    frame["ward"] = frame["school"] // 2
    table = disclosure.frequencies(frame, ["school", "sex", "grade"], rules=RULES, hierarchy={"school": "ward"})
    assert table.needs
    assert all(high - low >= 10 for low, high in table.ranges())
    assert table[str(TOTAL), str(TOTAL), str(TOTAL)] == 260.0


def test_a_sum_is_withheld_where_one_holds_most_of_it():
    frame = pd.DataFrame({"sector": ["a"] * 12 + ["b"] * 30 + ["c"] * 30, "raised": [900.0] + [1.0] * 71})
    table = disclosure.magnitudes(frame, "raised", by="sector", rules=RULES)
    assert isinstance(table["a"], Unavailable)
    assert dict(table.reasons) == {"disclosure_dominated": 2}


def test_a_sum_is_withheld_where_the_second_could_work_out_the_first():
    frame = pd.DataFrame({"sector": ["a"] * 12 + ["b"] * 30, "raised": [500.0, 495.0] + [1.0] * 10 + [100.0] * 30})
    assert dict(disclosure.magnitudes(frame, "raised", by="sector", rules=RULES).reasons) == {"disclosure_guessed": 1}


def test_persons_of_few_hospitals_are_too_few():
    frame = pd.DataFrame(
        {"ward": ["n", "n", "s", "s", "s"], "hospital": list("abcde"), "persons": [40, 50, 30, 20, 60]}
    )
    table = disclosure.frequencies(frame, "ward", rules=RULES, persons="persons", unit="hospital")
    assert dict(table.reasons) == {"disclosure_few_units": 1}


def test_readers_are_not_told_which_cells_are_small():
    table = disclosure.frequencies(people([[3, 40, 12], [50, 60, 4], [20, 8, 30]]), ["row", "column"], rules=RULES)
    assert {value for value in table.shown if isinstance(value, Unavailable)} == {Unavailable("disclosure_withheld")}
    assert table.pattern.withheld.sum() > table.pattern.primary.sum()
    for lang in ("ja", "en"):
        assert not {" 3 ", " 4 ", " 8 "} & set(table.summary(lang).split("\n"))


@pytest.mark.parametrize("base", [3, 5])
def test_rounded_counts_add_up(base):
    cube = Cube.of([Axis.of("a", ["x", "y", "z"]), Axis.of("b", ["u", "v"])], np.array([[1, 7], [12, 4], [8, 3]]))
    found = controlled(cube.values.ravel(), cube.equations(), base=base)
    assert found.nearest
    assert np.abs(cube.equations() @ found.values).max() == 0
    assert (found.values % base == 0).all()
    assert np.abs(found.values - cube.values.ravel()).max() < base


def test_random_rounding_is_unbiased_and_the_same_for_the_same_cell():
    values, names = np.full(4000, 12.0), [("table", place) for place in range(4000)]
    first = random(values, names, base=5, secret="s")
    assert set(first.values) == {10.0, 15.0}
    assert first.values.mean() == pytest.approx(12.0, abs=0.15)
    assert (random(values, names, base=5, secret="s").values == first.values).all()
    assert (random(values, names, base=5, secret="t").values != first.values).any()


def test_the_open_tier_rounds_what_it_shows():
    table = disclosure.frequencies(people([[21, 33], [42, 54]]), ["row", "column"], rules=Disclosure(tier="open"))
    assert all(value % 5 == 0 for value in table.shown)
    assert "X613" in table.notices


BAD = [
    ("disclosure_negative", lambda: disclosure.magnitudes(pd.DataFrame({"a": ["x", "y"], "v": [-1.0, 2.0]}), "v", by="a", rules=RULES)),
    ("disclosure_two_parents", lambda: disclosure.frequencies(pd.DataFrame({"a": ["x", "x"], "w": ["n", "s"]}), "a", rules=RULES, hierarchy={"a": "w"})),
    ("missing_column", lambda: disclosure.frequencies(pd.DataFrame({"a": ["x"]}), "b", rules=RULES)),
    ("missing_values", lambda: disclosure.frequencies(pd.DataFrame({"a": ["x", None]}), "a", rules=RULES)),
    ("disclosure_too_many_cells", lambda: disclosure.frequencies(pd.DataFrame({"a": range(200), "b": range(200)}), ["a", "b"], rules=RULES)),
    ("disclosure_bad_base", lambda: controlled(np.array([1.0]), Cube.of([Axis.of("a", ["x"])], np.array([1])).equations(), base=1)),
    ("disclosure_no_secret", lambda: random(np.array([1.0]), ["a"], base=5, secret="")),
    ("disclosure_no_parent", lambda: Axis.of("a", ["x", "y"], {"x": "n"})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "call"), BAD, ids=[code for code, _ in BAD])
def test_what_cannot_be_tabulated_is_refused_in_three_parts(code, call):
    with pytest.raises(DataError) as caught:
        call()
    assert caught.value.code == code
    for lang in ("ja", "en"):
        assert len(caught.value.explain(lang).splitlines()) >= 3


def test_rules_follow_from_the_tier_and_looser_ones_are_noticed():
    assert Disclosure(tier="open").notices.codes == ()
    assert Disclosure(tier="open", min_cell=3).looser == ("min_cell",)
    assert Disclosure(tier="semi_closed", saturated=True).notices.codes == ("X601",)
    assert (
        Disclosure(tier="open").p_percent
        > Disclosure(tier="semi_closed").p_percent
        > Disclosure(tier="section_only").p_percent
    )
    assert set(Disclosure(tier="open").model_dump()) == {"tier", "min_cell", "dominance"}
