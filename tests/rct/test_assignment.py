"""The declaration of an assignment: what it draws, its probabilities, its list of all, its check of what was done."""

import numpy as np
import pandas as pd
import pytest

from ebpm.errors import DesignError, SpecError
from ebpm.rct import Assignment


@pytest.fixture
def pupils():
    school = np.repeat(np.arange(8), 3)
    return pd.DataFrame({"school": [f"s{code}" for code in school], "level": np.where(school < 4, "low", "high"),
                         "p": np.where(school < 4, 0.2, 0.6)})  # fmt: skip


DESIGNS = {
    "rows": Assignment(),
    "strata": Assignment(strata="level"),
    "clusters": Assignment(cluster="school"),
    "clusters in strata": Assignment(cluster="school", strata="level", shares=(0.75, 0.25)),
    "arms": Assignment(arms=("a", "b", "c"), strata="level"),
    "simple": Assignment(scheme="simple", cluster="school", shares=(0.7, 0.3)),
    "own": Assignment(scheme="simple", cluster="school", probability="p"),
    "leftovers": Assignment(arms=("a", "b", "c"), cluster="school", strata="level", shares=(0.5, 0.2, 0.3)),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_draws_have_the_probabilities_that_are_declared(name, pupils):
    lot = DESIGNS[name]
    drawn = np.stack([lot.draw(pupils, seed=seed) for seed in range(1500)])
    shares = np.stack([(drawn == arm).mean(axis=0) for arm in lot.arms], axis=1)
    assert shares == pytest.approx(lot.probabilities(pupils), abs=4.5 * 0.5 / 1500**0.5)


@pytest.mark.parametrize("name", DESIGNS)
def test_what_is_drawn_agrees_with_its_declaration(name, pupils):
    lot = DESIGNS[name]
    for seed in range(50):
        assert len(lot.check(pupils.assign(arm=lot.draw(pupils, seed=seed)), treatment="arm")) == 0


@pytest.mark.parametrize("name", DESIGNS)
def test_clusters_are_drawn_together_and_row_order_is_of_no_matter(name, pupils):
    lot = DESIGNS[name]
    if lot.cluster is None:
        return
    drawn = pupils.assign(arm=lot.draw(pupils, seed=3))
    assert (drawn.groupby("school").arm.nunique() == 1).all()
    mixed = pupils.sample(frac=1, random_state=1)
    again = mixed.assign(arm=lot.draw(mixed, seed=3)).sort_index()
    assert again.arm.tolist() == drawn.arm.tolist()


def test_every_assignment_once(pupils):
    lot = Assignment(arms=("a", "b", "c"), cluster="school", strata="level", shares=(0.5, 0.25, 0.25))
    every = lot.every(pupils)
    assert lot.possible(pupils) == len(every) == 12 * 12
    assert len({row.tobytes() for row in every}) == 144
    shares = np.stack([(every == arm).mean(axis=0) for arm in range(3)], axis=1)
    assert shares[0] == pytest.approx([0.5, 0.25, 0.25])


def test_pairs_are_strata_of_two():
    pairs = pd.DataFrame({"pair": np.repeat(np.arange(5), 2)})
    assert Assignment(strata="pair").possible(pairs) == 32


@pytest.mark.parametrize("lot", [DESIGNS["simple"], DESIGNS["leftovers"]])
def test_assignments_that_are_not_equally_likely_are_not_listed(lot, pupils):
    with pytest.raises(DesignError, match="not equally likely"):
        lot.possible(pupils)


def test_too_many_to_list():
    with pytest.raises(DesignError, match="the most is 200,000"):
        Assignment().every(pd.DataFrame({"x": range(40)}))


@pytest.mark.parametrize(
    "wrong",
    [{"arms": ("a",)}, {"arms": ("a", "a")}, {"shares": (0.5, 0.6)}, {"shares": (1.0,)}, {"shares": (1.5, -0.5)},
     {"scheme": "lottery"}, {"probability": "p"}, {"probability": "p", "scheme": "simple", "shares": (0.5, 0.5)}],
)  # fmt: skip
def test_contradictions_are_refused(wrong):
    with pytest.raises(SpecError, match="contradicts itself"):
        Assignment(**wrong)


@pytest.mark.parametrize("values", [[0.5, 0.0], [0.5, 1.2]])
def test_bad_probabilities_are_refused(values):
    data = pd.DataFrame({"p": values})
    with pytest.raises(DesignError, match="row 2"):
        Assignment(scheme="simple", probability="p").draw(data, seed=1)


def test_a_cluster_in_two_strata_is_refused(pupils):
    with pytest.raises(DesignError, match="s0"):
        Assignment(cluster="school", strata="level").draw(pupils.assign(level=["x"] + ["y"] * 23), seed=1)


def test_r112_numbers_other_than_declared(pupils):
    lot = Assignment(cluster="school", strata="level")
    good = pupils.assign(arm=lot.draw(pupils, seed=5))
    bad = good.assign(arm=np.where(good.level == "low", "1", good.arm))
    found = lot.check(bad, treatment="arm")
    assert [(one.code, one.about) for one in found] == [("R112", "low")]
    assert "0 0, 1 4" in found.items[0].message("en")
    assert "宣言" in found.items[0].message("ja")
    assert lot.check(good.assign(arm="placebo"), treatment="arm").codes == ("R112",)
    mixed = good.assign(arm=np.where(good.index == 0, "1", np.where(good.index == 1, "0", good.arm)))
    assert lot.check(mixed, treatment="arm").codes == ("R103",)


def test_r112_of_coins():
    lot, data = Assignment(scheme="simple"), pd.DataFrame({"arm": [0, 1] * 50})
    assert len(lot.check(data, treatment="arm")) == 0
    assert lot.check(data.assign(arm=[0] * 90 + [1] * 10), treatment="arm").codes == ("R112",)


def test_it_describes_itself():
    lot = Assignment(arms=("対照", "実施"), cluster="school", strata="level")
    assert lot.describe("en") == "Assigned at random by school, within level, in fixed numbers (対照 50 %, 実施 50 %)."
    assert "school" in lot.describe("ja")
    assert "independently" in DESIGNS["own"].describe("en")
