"""Raking: against iterative proportional fitting, against derivatives by brute force, at its edges, with bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable

MARGINS = {"ward": {"a": 300, "b": 300, "c": 400}, "age": {"old": 700, "young": 300}}


@pytest.fixture
def sample():
    rng = np.random.default_rng(11)
    return pd.DataFrame({
        "ward": rng.choice(list("abc"), 120, p=[0.5, 0.3, 0.2]),
        "age": rng.choice(["old", "young"], 120),
        "w": rng.uniform(1, 3, 120),
        "y": rng.normal(size=120),
        "lot": np.arange(120) // 6,
    })  # fmt: skip


def proportional_fitting(data, margins, weights, sweeps=500):
    """The obvious algorithm, slow and plain."""
    weights = np.array(weights, dtype=float)
    for _ in range(sweeps):
        for column, levels in margins.items():
            for level, count in levels.items():
                rows = (data[column] == level).to_numpy()
                weights[rows] *= count / weights[rows].sum()
    return weights


def test_the_weights_are_those_of_proportional_fitting(sample):
    raked = survey.rake(sample, MARGINS, weights="w")
    assert raked.weights == pytest.approx(proportional_fitting(sample, MARGINS, sample["w"]), rel=1e-9)
    assert raked.population == pytest.approx(1000)
    assert raked.design_effect * raked.effective_n == pytest.approx(120)


def test_margins_already_met_change_nothing(sample):
    counts = {column: sample["w"].groupby(sample[column]).sum().to_dict() for column in ("ward", "age")}
    raked = survey.rake(sample, counts, weights="w")
    assert raked.iterations == 0
    assert raked.weights == pytest.approx(sample["w"].to_numpy(), rel=1e-14)


def test_one_margin_is_post_stratification(sample):
    raked = survey.rake(sample, {"ward": MARGINS["ward"]})
    shares = sample["ward"].map(MARGINS["ward"]) / sample.groupby("ward")["ward"].transform("size")
    assert raked.weights == pytest.approx(shares.to_numpy(), rel=1e-9)


def test_shares_give_the_same_mean_as_counts(sample):
    shares = {column: {level: count / 1000 for level, count in levels.items()} for column, levels in MARGINS.items()}
    by_share, by_count = (
        survey.raked_mean(sample, "y", margins=given, weights="w").headline for given in (shares, MARGINS)
    )
    assert (by_share.estimate, by_share.std_error) == pytest.approx((by_count.estimate, by_count.std_error), rel=1e-9)


def test_the_margins_are_known_without_error(sample):
    raked = survey.rake(sample, MARGINS, weights="w")
    found = survey.mean(sample, "ward", weights=raked)
    assert [one.estimate for one in found] == pytest.approx([0.3, 0.3, 0.4], abs=1e-10)
    assert [one.std_error for one in found] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("bounds", [None, (0.3, 4.0)])
def test_the_standard_error_is_the_infinitesimal_jackknife(sample, bounds):
    """Brute force: rake again with each design weight moved a little, differentiate, sum by parking lot."""

    def statistic(weights):
        moved = sample.assign(w=weights)
        raked = survey.rake(moved, MARGINS, weights="w", bounds=bounds, tolerance=1e-14)
        return survey.mean(moved, "y", weights=raked).headline.estimate

    base, step = sample["w"].to_numpy(), 1e-5
    influence = np.zeros(120)
    for row in range(120):
        up, down = base.copy(), base.copy()
        up[row] *= 1 + step
        down[row] *= 1 - step
        influence[row] = (statistic(up) - statistic(down)) / (2 * step)
    totals = np.bincount(sample["lot"], weights=influence)
    expected = np.sqrt(20 / 19 * ((totals - totals.mean()) ** 2).sum())
    raked = survey.rake(sample, MARGINS, weights="w", bounds=bounds, tolerance=1e-14)
    found = survey.mean(sample, "y", weights=raked, cluster="lot").headline
    assert found.std_error == pytest.approx(expected, rel=1e-6)  # central differences
    assert found.method == "survey.raked"


def test_bounds_are_kept_and_the_margins_reached(sample):
    raked = survey.rake(sample, MARGINS, weights="w", bounds=(0.3, 4.0))
    factors = raked.weights / (sample["w"] * 1000 / sample["w"].sum())
    assert 0.3 <= factors.min() < factors.max() <= 4.0
    for _, _, _, target, reached, _ in raked.margins.rows:
        assert reached == pytest.approx(target, abs=1e-10)


def test_wide_bounds_are_no_bounds(sample):
    free, wide = (survey.rake(sample, MARGINS, bounds=bounds).weights for bounds in (None, (0.0, 1e7)))
    assert wide == pytest.approx(free, rel=1e-5)


def test_margins_that_pull_apart_are_said_not_to_be_reached():
    data = pd.DataFrame({"a": ["x"] * 5 + ["y"] * 5, "b": ["x"] * 5 + ["y"] * 5})
    with pytest.raises(DesignError) as caught:
        survey.rake(data, {"a": {"x": 0.5, "y": 0.5}, "b": {"x": 0.9, "y": 0.1}}, max_iterations=20)
    assert caught.value.code == "survey_not_reached"
    assert "20 iterations" in caught.value.given("en")
    assert "Merge levels" in caught.value.remedy("en")


def test_numeric_levels_match_written_ones(sample):
    data = sample.assign(age=np.where(sample["age"] == "old", 1.0, 2.0))
    raked = survey.rake(data, {"age": {"1": 0.7, "2": 0.3}})
    assert survey.mean(data, "age", weights=raked).headline.estimate == pytest.approx(1.3, rel=1e-9)


def test_it_tells_what_it_reached(sample):
    raked = survey.rake(sample, MARGINS, weights="w")
    assert list(raked.tidy()["survey_level"]) == ["a", "b", "c", "old", "young"]
    assert raked.tidy()["n"].sum() == 240
    assert "design effect" in raked.summary("en")
    assert "デザイン効果" in raked.summary("ja")
    assert "<caption>" in raked._repr_html_()
    assert len(raked.plot(lang="ja").get_yticklabels()) == 5


BAD = [
    ({"ward": {"a": 1, "b": 1}}, {}, DataError, "survey_margin_levels", "in the sample alone c", "merge"),
    (
        {"age": {"old": 1, "young": 1, "child": 1}},
        {},
        DataError,
        "survey_margin_levels",
        "in the margin alone child",
        "merge",
    ),
    ({"age": {"old": 5, "young": 0}}, {}, DataError, "survey_margin_counts", "young", "belongs neither"),
    ({"age": {"old": 5, "young": float("nan")}}, {}, DataError, "survey_margin_counts", "nan", "Check"),
    (
        {"ward": {"a": 3, "b": 3, "c": 4}, "age": {"old": 7, "young": 4}},
        {},
        DataError,
        "survey_margin_totals",
        "age: 11",
        "shares",
    ),
    ({}, {}, DataError, "survey_no_margins", "120 rows", "margins="),
    (MARGINS, {"bounds": (0.9, 1.1)}, DesignError, "survey_not_reached", "target", "bounds"),
    (MARGINS, {"bounds": (1.2, 3.0)}, DesignError, "survey_bad_bounds", "1.2", "upper factor"),
    ({"sex": {"f": 1, "m": 1}}, {}, DataError, "missing_column", "sex", "Did you mean"),
]


@pytest.mark.parametrize(("margins", "arguments", "kind", "code", "given", "remedy"), BAD)
def test_bad_input_is_refused_in_three_parts(sample, margins, arguments, kind, code, given, remedy):
    with pytest.raises(kind) as caught:
        survey.rake(sample, margins, **arguments)
    assert caught.value.code == code
    assert given in caught.value.given("en")
    assert remedy in caught.value.remedy("en")
    assert caught.value.given("ja") != caught.value.given("en") or code == "survey_margin_totals"


def test_weights_of_other_rows_are_refused(sample):
    raked = survey.rake(sample, MARGINS)
    for other in (sample[:50], sample[::-1]):
        with pytest.raises(DataError) as caught:
            survey.mean(other, "y", weights=raked)
        assert caught.value.code == "survey_raked_other_rows"


def test_shares_give_no_total(sample):
    raked = survey.rake(sample, {"age": {"old": 0.5, "young": 0.5}})
    assert isinstance(raked.population, Unavailable)
    with pytest.raises(DesignError) as caught:
        survey.total(sample, "y", weights=raked)
    assert caught.value.code == "survey_total_of_shares"
