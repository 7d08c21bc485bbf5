"""Horvitz-Thompson and Hajek over whole designs: unbiased, variance never too small; joint probabilities; collapses; bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DesignError
from ebpm.rct import Assignment
from tests.rct.designs import enumerated, every


@pytest.fixture
def people():
    rng = np.random.default_rng(7)
    return pd.DataFrame({
        "id": range(8), "ward": np.repeat(["a", "b"], 4), "p": rng.uniform(0.2, 0.8, 8), "q": 0.2, "r": 0.3, "s": 0.5,
        "school": np.repeat(np.arange(5), [1, 2, 1, 3, 1]), "pair": np.arange(8) // 2,
    })  # fmt: skip


@pytest.fixture
def outcomes():
    rng = np.random.default_rng(8)
    base = rng.normal(3, 1, 8)
    return np.column_stack([base, base + rng.normal(1, 1, 8), base - rng.normal(1, 1, 8)])


DESIGNS = {
    "rows": Assignment(),
    "strata": Assignment(strata="ward"),
    "unequal": Assignment(strata="ward", shares=(0.75, 0.25)),
    "coins": Assignment(scheme="simple", probability="p"),
    "clusters by coins": Assignment(scheme="simple", cluster="school", shares=(0.4, 0.6)),
    "clusters": Assignment(cluster="school", shares=(0.6, 0.4)),
    "three arms": Assignment(arms=("0", "1", "2"), shares=(0.5, 0.25, 0.25)),
    "pairs": Assignment(strata="pair"),
}
WHOLES = ("unequal", "pairs")  # strata in which two units can never share an arm count as wholes


@pytest.mark.parametrize("name", DESIGNS)
def test_horvitz_thompson_is_unbiased_and_its_variance_is_never_too_small(name, people, outcomes):
    lot = DESIGNS[name]
    found = enumerated(
        lot, people, outcomes, lambda data: rct.horvitz_thompson(data, "y", treatment="arm", assignment=lot).items[0],
        keep=lambda row: {0, 1} <= set(row.tolist()),
    )  # fmt: skip
    if lot.scheme == "simple":  # draws without an arm were left out: put their totals back
        found = with_empty_arms(lot, people, outcomes)
    truth = float((outcomes[:, 1] - outcomes[:, 0]).mean())
    assert found.mean == pytest.approx(truth, abs=1e-12)
    assert found.estimated >= found.variance - 1e-12


def with_empty_arms(lot, data, outcomes):
    """The estimator and its variance in sums over units, which exist where an arm is empty too."""
    table, chances = every(lot, data)
    design = lot.chances(data)
    totals = np.column_stack([np.bincount(design.roll.unit, column) for column in outcomes.T])
    value = np.array([
        (np.where(row == 1, 1, -1) * totals[np.arange(len(row)), row] / design.single[np.arange(len(row)), row]).sum()
        for row in table
    ]) / len(data)  # fmt: skip
    squares = np.array([
        ((totals[np.arange(len(row)), row] / design.single[np.arange(len(row)), row]) ** 2).sum() for row in table
    ]) / len(data) ** 2  # fmt: skip
    mean = chances @ value
    from tests.rct.designs import Enumerated

    return Enumerated(float(mean), float(chances @ (value - mean) ** 2), float(chances @ squares))


@pytest.mark.parametrize("name", [name for name in DESIGNS if name not in WHOLES])
def test_variance_is_aronow_and_samiis_sum_over_all_pairs(name, people, outcomes):
    lot = DESIGNS[name]
    table, _ = every(lot, people)
    row = next(row for row in table if {0, 1} <= set(row.tolist()))
    design = lot.chances(people)
    arm = row[design.roll.unit]
    data = people.assign(y=outcomes[np.arange(8), arm], arm=np.asarray(lot.arms)[arm])
    one = rct.horvitz_thompson(data, "y", treatment="arm", assignment=lot)["1"]
    y = np.bincount(design.roll.unit, data.y)
    variance = 0.0
    for first, second, sign in ((1, 1, 1.0), (0, 0, 1.0), (1, 0, -2.0)):
        joint = lot.joint(people, first=str(first), second=str(second))
        p, q = design.single[:, first], design.single[:, second]
        for i in range(len(y)):
            for j in range(len(y)):
                seen = (row[i] == first) and (row[j] == second)
                if joint[i, j] > 0:
                    variance += sign * seen * (joint[i, j] - p[i] * q[j]) / joint[i, j] * y[i] * y[j] / (p[i] * q[j])
                else:
                    bound = (row[i] == first) * y[i] ** 2 / p[i] / 2 + (row[j] == second) * y[j] ** 2 / q[j] / 2
                    variance += abs(sign) * bound
    assert one.std_error == pytest.approx(np.sqrt(variance) / 8, rel=1e-10)


@pytest.fixture
def paired_clusters():
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(10), [2, 3, 1, 4, 2, 2, 3, 1, 5, 3])
    base = rng.normal(2, 1, 5)[school // 2] + rng.normal(size=len(school))
    data = pd.DataFrame({"school": school, "pair": school // 2})
    return data, np.column_stack([base, base + 0.7])


PAIRS = Assignment(cluster="school", strata="pair")


def test_pairs_of_clusters_over_all_their_assignments(paired_clusters):
    """Unbiased; the variance is never too small on average, and above the truth by how much what the pairs contribute differs."""
    data, outcomes = paired_clusters
    found = enumerated(
        PAIRS,
        data,
        outcomes,
        lambda drawn: rct.horvitz_thompson(drawn, "y", treatment="arm", assignment=PAIRS).items[0],
    )
    assert found.mean == pytest.approx(0.7, abs=1e-12)
    assert (
        found.variance <= found.estimated <= 1.2 * found.variance
    )  # one effect: pairs of one share of rows would give equality
    hajek = enumerated(
        PAIRS, data, outcomes, lambda drawn: rct.hajek(drawn, "y", treatment="arm", assignment=PAIRS).items[0]
    )
    assert 0.9 * hajek.variance <= hajek.estimated <= 1.3 * hajek.variance


def test_the_variance_of_even_pairs_with_one_effect_is_exact_on_average(people):
    lot, base = DESIGNS["pairs"], np.arange(8.0) ** 1.5
    found = enumerated(
        lot, people, np.column_stack([base, base + 1.0, base]),
        lambda data: rct.horvitz_thompson(data, "y", treatment="arm", assignment=lot).items[0],
    )  # fmt: skip
    assert found.estimated == pytest.approx(found.variance, rel=1e-12)


@pytest.mark.parametrize("routine", [rct.horvitz_thompson, rct.hajek])
def test_pairs_of_rows_are_the_difference_in_means_of_pairs(routine):
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"pair": np.repeat(np.arange(12), 2), "arm": np.tile([0, 1], 12)})
    data["y"] = 5 * rng.normal(size=12)[data.pair] + data.arm + rng.normal(size=24)
    one, plain = (
        routine(data, "y", treatment="arm", strata="pair"),
        rct.difference_in_means(data, "y", treatment="arm", strata="pair"),
    )
    found = [(each["1"].estimate, each["1"].std_error, each["1"].df) for each in (one, plain)]
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert one.notices.codes == ()
    declared = routine(
        data.assign(arm=data.arm.astype(str)), "y", treatment="arm", assignment=Assignment(strata="pair")
    )
    assert declared["1"].std_error == pytest.approx(one["1"].std_error, rel=1e-12)
    assert routine(data, "y", treatment="arm", strata="pair", reference="t")["1"].df == 11.0


@pytest.mark.parametrize("routine", [rct.horvitz_thompson, rct.hajek])
def test_blocks_of_one_treated_beside_larger_ones(routine):
    """Blocks in which two of an arm are seen keep the variance from pairs of units; the others count as wholes; degrees combine."""
    rng = np.random.default_rng(4)
    small = pd.DataFrame({"block": np.repeat(np.arange(6), 4), "arm": np.tile([1, 0, 0, 0], 6)})
    large = pd.DataFrame({"block": 9, "arm": np.tile([0, 1], 8)})
    data = pd.concat([small, large], ignore_index=True).assign(y=lambda d: rng.normal(size=len(d)))
    one = routine(data, "y", treatment="arm", strata="block")
    blocks = rct.difference_in_means(data, "y", treatment="arm", strata="block", variance="hybrid")
    assert one["1"].std_error == pytest.approx(blocks["1"].std_error, rel=0.03)
    assert one["1"].df == pytest.approx(blocks["1"].df, rel=0.1)
    assert "R116" in one.notices
    assert "R134" not in one.notices


@pytest.mark.parametrize("routine", [rct.horvitz_thompson, rct.hajek])
def test_r134_says_that_a_bound_stands_in_where_one_pair_is_half(routine):
    data = pd.DataFrame({"school": np.repeat(np.arange(6), [9, 9, 2, 2, 2, 2]), "y": np.arange(26.0) ** 1.2})
    data = data.assign(pair=data.school // 2, arm=data.school % 2)
    found = routine(data, "y", treatment="arm", cluster="school", strata="pair")
    assert "R134" in found.notices
    told = found.notices.of("warning").to_text()
    assert "in 3 strata no two units can share an arm" in told
    assert "69 % of their rows" in told
    even = data[~data.school.isin([0, 1])].assign(school=lambda d: d.school + 10, pair=lambda d: d.pair + 10)
    assert "R134" not in routine(pd.concat([data, even, even.assign(school=even.school + 10, pair=even.pair + 10)]), "y", treatment="arm", cluster="school", strata="pair").notices  # fmt: skip
    assert "R134" not in routine(data, "y", treatment="arm", cluster="school").notices


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (1, 1)])
def test_joint_probabilities_are_those_of_the_list_of_all(name, first, second, people):
    lot = DESIGNS[name]
    table, chances = every(lot, people)
    expected = np.einsum("d,di,dj->ij", chances, (table == first).astype(float), (table == second).astype(float))
    assert lot.joint(people, first=lot.arms[first], second=lot.arms[second]) == pytest.approx(expected, abs=1e-12)


def test_joint_probabilities_over_units_left_over():
    data = pd.DataFrame({"id": range(5)})
    lot = Assignment(arms=("a", "b", "c"), shares=(0.5, 0.2, 0.3))
    drawn = np.stack([lot.draw(data, seed=seed) for seed in range(6000)])
    for first, second in (("a", "a"), ("a", "b"), ("b", "c"), ("b", "b")):
        joint = lot.joint(data, first=first, second=second)
        for i, j in ((0, 1), (2, 4)):
            share = ((drawn[:, i] == first) & (drawn[:, j] == second)).mean()
            assert joint[i, j] == pytest.approx(share, abs=4 * 0.5 / 6000**0.5)


def test_hajek_of_fixed_numbers_is_the_difference_in_means_with_neymans_variance(people, outcomes):
    arm = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    data = people.assign(arm=arm, y=outcomes[np.arange(8), arm])
    one, plain = rct.hajek(data, "y", treatment="arm")["1"], rct.difference_in_means(data, "y", treatment="arm")["1"]
    assert one.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert one.std_error == pytest.approx(plain.std_error * np.sqrt(7 / 8), rel=1e-12)
    total = rct.horvitz_thompson(data, "y", treatment="arm")["1"]
    assert total.estimate == pytest.approx(plain.estimate, rel=1e-12)


def test_hajek_of_coins_is_weighted_least_squares_with_hc2(people, outcomes):
    arm = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    data = people.assign(arm=arm, y=outcomes[np.arange(8), arm])
    one = rct.hajek(data, "y", treatment="arm", probability="p")["1"]
    weighted = rct.difference_in_means(data, "y", treatment="arm", probability="p")["1"]
    assert (one.estimate, one.std_error) == pytest.approx((weighted.estimate, weighted.std_error), rel=1e-12)
    lot = Assignment(scheme="simple", probability="p")
    declared = rct.hajek(data, "y", treatment="arm", assignment=lot)["1"]
    assert (declared.estimate, declared.std_error) == pytest.approx((one.estimate, one.std_error), rel=1e-12)
    by_hand = rct.difference_in_means(
        data.assign(w=lot.weights(data, treatment="arm")), "y", treatment="arm", weights="w"
    )["1"]
    assert by_hand.std_error == pytest.approx(one.std_error, rel=1e-12)


def test_hajek_ignores_where_zero_lies_and_row_order(people, outcomes):
    arm = np.array([0, 1, 0, 0, 1, 0, 0, 1])
    data = people.assign(arm=arm[people.school], y=outcomes[np.arange(8), arm[people.school]])
    one = rct.hajek(data, "y", treatment="arm", cluster="school")["1"]
    mixed = data.assign(y=1e4 + 10 * data.y).sample(frac=1, random_state=2)
    other = rct.hajek(mixed, "y", treatment="arm", cluster="school")["1"]
    assert (other.estimate, other.std_error) == pytest.approx((10 * one.estimate, 10 * one.std_error), rel=1e-9)
    assert (one.clusters, rct.hajek(data, "y", treatment="arm", cluster="school", reference="t")["1"].df) == (5, 3.0)


def test_satterthwaites_degrees_of_freedom_are_those_of_welch_for_rows_and_small_where_a_unit_is_large():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=52) * np.repeat([1, 3], [40, 12]), "arm": np.repeat([0, 1], [40, 12])})
    one, plain = (routine(data, "y", treatment="arm")["1"] for routine in (rct.hajek, rct.difference_in_means))
    assert one.df == pytest.approx(plain.df, rel=1e-9)
    assert one.std_error == pytest.approx(plain.std_error * (51 / 52) ** 0.5, rel=1e-9)
    school = np.repeat(np.arange(20), [3] * 18 + [100, 100])
    lots = pd.DataFrame({"y": rng.normal(size=254), "arm": school % 2, "school": school})
    assert rct.hajek(lots, "y", treatment="arm", cluster="school")["1"].df < 5


def test_the_error_of_unequal_clusters_is_near_cr2():
    rng = np.random.default_rng(7)
    school = np.repeat(np.arange(20), rng.integers(3, 60, 20))
    data = pd.DataFrame(
        {"y": rng.normal(size=len(school)) + rng.normal(size=20)[school], "arm": school % 2, "school": school}
    )
    one, plain = (
        routine(data, "y", treatment="arm", cluster="school")["1"] for routine in (rct.hajek, rct.difference_in_means)
    )
    assert one.estimate == pytest.approx(plain.estimate, rel=1e-12)
    assert one.std_error == pytest.approx(plain.std_error, rel=0.04)  # it centres what is lifted, and has n for n - 1


def test_own_probabilities_of_three_arms(people, outcomes):
    lot = Assignment(arms=("0", "1", "2"), scheme="simple", probability=("q", "r", "s"))
    assert lot.probabilities(people)[0].tolist() == pytest.approx([0.2, 0.3, 0.5])
    drawn = np.stack([lot.draw(people, seed=seed) for seed in range(2000)])
    assert [(drawn == arm).mean() for arm in lot.arms] == pytest.approx([0.2, 0.3, 0.5], abs=0.02)
    arm = np.array([0, 1, 2, 0, 1, 2, 0, 1])
    data = people.assign(arm=arm.astype(str), y=outcomes[np.arange(8), arm])
    found = rct.hajek(data, "y", treatment="arm", assignment=lot)
    assert found.terms == ("1", "2")
    assert found["1"].estimate == pytest.approx(data.y[arm == 1].mean() - data.y[arm == 0].mean(), rel=1e-12)


def test_reference_is_t_or_normal(people, outcomes):
    arm = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    data = people.assign(arm=arm, y=outcomes[np.arange(8), arm])
    t, normal = (rct.horvitz_thompson(data, "y", treatment="arm", reference=one)["1"] for one in ("t", "normal"))
    assert (t.df, normal.df) == (6.0, np.inf)
    assert normal.conf_high - normal.estimate == pytest.approx(1.959963984540054 * normal.std_error)


def test_bad_input(people, outcomes):
    arm = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    data = people.assign(arm=arm, y=outcomes[:, 0], three=[0, 1, 2] * 2 + [0, 1], sure=np.r_[1.0, np.full(7, 0.5)])
    with pytest.raises(DesignError, match="given twice") as caught:
        rct.hajek(data, "y", treatment="arm", assignment=Assignment(), cluster="school")
    assert "cluster" in str(caught.value)
    with pytest.raises(DesignError, match="not declared"):
        rct.hajek(data, "y", treatment="arm", assignment=Assignment(arms=("0", "leaflet")))
    with pytest.raises(DesignError, match="two arms"):
        rct.horvitz_thompson(data, "y", treatment="three", probability="p")
    with pytest.raises(DesignError, match="probabilities cannot be used"):
        rct.horvitz_thompson(data, "y", treatment="arm", probability="sure")
    with pytest.raises(DesignError, match="probabilities cannot be used"):
        Assignment(arms=("0", "1", "2"), scheme="simple", probability=("q", "q", "r")).probabilities(data)
