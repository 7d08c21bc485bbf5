"""List experiments: by hand, the test of no design effect, ceiling and floor, double lists, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError


def drawn(seed, n=3000, *, effect=0.0, share=0.3, items=4, chance=0.5):
    """A list experiment; with an effect, some who count a control item drop it when the sensitive one is on the list."""
    rng = np.random.default_rng(seed)
    long = rng.random(n) < 0.5
    base = rng.binomial(items, chance, n)
    dropped = long & (rng.random(n) < effect) & (base > 0)
    return pd.DataFrame({
        "count": base - dropped + (long & (rng.random(n) < share)), "list": np.where(long, "long", "short"),
        "sex": rng.choice(["f", "m"], n), "w": rng.uniform(1, 3, n), "lot": np.arange(n) // 10,
    })  # fmt: skip


LIST = {"treatment": "list", "control": "short", "items": 4}


def test_the_difference_in_means_and_neymans_variance():
    data = drawn(1)
    one = survey.list_experiment(data, "count", **LIST).estimates.headline
    arms = data.groupby("list")["count"]
    assert one.estimate == pytest.approx(arms.mean()["long"] - arms.mean()["short"], rel=1e-12)
    assert one.std_error == pytest.approx(np.sqrt((arms.var() / arms.size()).sum()), rel=1e-12)


def test_weights_and_clusters_by_the_means_of_the_arms():
    data = drawn(2)
    one = survey.list_experiment(data, "count", weights="w", cluster="lot", **LIST).estimates.headline
    means = survey.mean(data, "count", by="list", weights="w", cluster="lot")
    assert one.estimate == pytest.approx(means["long"].estimate - means["short"].estimate, rel=1e-12)
    contrast = np.array([1.0, -1.0])
    assert one.std_error == pytest.approx(np.sqrt(contrast @ np.asarray(means.covariance) @ contrast), rel=1e-12)


def test_groups_and_their_differences():
    data = drawn(3)
    found = survey.list_experiment(data, "count", by="sex", **LIST).estimates
    assert found.terms == ("everybody", "f", "m", "m - f")
    alone = survey.list_experiment(data[data["sex"] == "m"], "count", **LIST).estimates.headline
    assert found["m"].estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert found["m - f"].estimate == pytest.approx(found["m"].estimate - found["f"].estimate, rel=1e-12)
    assert found["m - f"].std_error == pytest.approx(np.hypot(found["m"].std_error, found["f"].std_error), rel=0.01)


def test_types_add_up():
    found = survey.list_experiment(drawn(4), "count", **LIST)
    assert sum(one.share for one in found.design.types) == pytest.approx(1.0, rel=1e-9)
    applies = sum(one.share for one in found.design.types if one.sensitive)
    assert applies == pytest.approx(found.estimates.headline.estimate, rel=1e-9)


def test_the_test_finds_a_design_effect_and_spares_a_good_list():
    bad = survey.list_experiment(drawn(5, effect=0.6, share=0.1), "count", **LIST)
    assert bad.design.p_value < 0.001
    assert "S114" in bad.notices
    good = survey.list_experiment(drawn(6), "count", **LIST)
    assert good.design.p_value > 0.05
    assert "S114" not in good.notices


def test_an_impossible_answer_settles_the_test():
    """Nobody counts zero on the short list, some do on the long one."""
    data = pd.DataFrame({"count": [1, 2, 1, 2, 0, 0, 0, 1], "list": ["short"] * 4 + ["long"] * 4})
    assert survey.list_experiment(data, "count", treatment="list", control="short", items=2).design.p_value < 0.05


def test_ceiling_and_floor_are_said():
    high = survey.list_experiment(drawn(7, chance=0.9), "count", **LIST)
    assert high.design.ceiling == pytest.approx(0.9**4, abs=0.03)
    assert "S115" in high.notices
    assert "ceiling" in high.notices.to_text("en")
    low = survey.list_experiment(drawn(8, chance=0.1), "count", **LIST)
    assert low.design.floor > 0.5
    assert "floor" in low.notices.to_text("en")
    assert "S115" not in survey.list_experiment(drawn(9), "count", **LIST).notices


@pytest.mark.parametrize(
    ("change", "how", "error", "said"),
    [
        ({}, {"items": 3}, DataError, "row"),
        ({}, {"items": 0}, DataError, "row"),
        ({"count": 99}, {}, DataError, "99"),
        ({"count": 1.5}, {}, DataError, "1.5"),
        ({"count": -1}, {}, DataError, "-1"),
        ({"count": np.nan}, {}, DataError, "count"),
        ({"list": "short"}, {}, DesignError, "short"),
        ({}, {"control": "none"}, DesignError, "long"),
        ({"count": 0}, {"items": 40}, DesignError, "40"),
        ({}, {"conf_level": 95}, DesignError, "95"),
    ],
)
def test_bad_input_is_named(change, how, error, said):
    with pytest.raises(error) as caught:
        survey.list_experiment(drawn(10).assign(**change), "count", **(LIST | how))
    assert said in str(caught.value)


def test_a_group_with_one_list_is_refused():
    data = drawn(11)
    data.loc[data["list"] == "long", "sex"] = "f"
    with pytest.raises(DesignError, match="m"):
        survey.list_experiment(data, "count", by="sex", **LIST)


def double(seed, n=2000):
    rng = np.random.default_rng(seed)
    trait, on_a = rng.random(n) < 0.25, rng.random(n) < 0.5
    skill = rng.normal(size=n)
    counts = [((rng.normal(size=(4, n)) + skill) > 0).sum(axis=0) for _ in range(2)]
    return pd.DataFrame(
        {"a": counts[0] + (trait & on_a), "b": counts[1] + (trait & ~on_a), "with": np.where(on_a, "a", "b")}
    )


def test_two_lists_are_more_precise_than_one():
    data = double(1)
    found = survey.double_list(data, "a", second="b", treatment="with", first_with="a")
    assert found.terms == ("list_average", "list_first", "list_second", "list_difference")
    single = survey.list_experiment(data, "a", treatment="with", control="b", items=4).estimates.headline
    assert found["list_first"].std_error == pytest.approx(single.std_error, rel=1e-12)
    assert found.headline.std_error < single.std_error / 1.6
    assert found.headline.estimate == pytest.approx(0.25, abs=4 * found.headline.std_error)
    half = survey.mean(data.assign(d=(data["a"] - data["b"]) / 2), "d", by="with")
    assert found.headline.estimate == pytest.approx(half["a"].estimate - half["b"].estimate, rel=1e-9)


def test_the_other_list_first_changes_the_names_alone():
    data = double(2)
    one = survey.double_list(data, "a", second="b", treatment="with", first_with="a")
    two = survey.double_list(data, "b", second="a", treatment="with", first_with="b")
    assert one.headline.estimate == pytest.approx(two.headline.estimate, rel=1e-12)
    assert one["list_difference"].estimate == pytest.approx(-two["list_difference"].estimate, rel=1e-9)


@pytest.mark.parametrize(("lang", "said"), [("ja", "設計効果"), ("en", "no design effect")])
def test_it_shows_itself(lang, said):
    found = survey.list_experiment(drawn(12), "count", by="sex", **LIST)
    assert said in found.summary(lang)
    assert found.plot(lang=lang).get_xlabel()
    assert list(found.tidy()["term"]) == list(found.estimates.terms) or found.tidy().shape[0] == 4
