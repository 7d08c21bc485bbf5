"""Samples in stages, domains, several outcomes, strata with one unit, shares: by hand, collapses, bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.survey.intervals import korn_graubard_limits

RTOL = 1e-12


@pytest.fixture
def staged():
    """Five of 20 lots, four of each lot's people (10 to 30 of them)."""
    rng = np.random.default_rng(3)
    sizes = np.repeat([10.0, 14.0, 20.0, 26.0, 30.0], 4)
    return pd.DataFrame({
        "lot": np.repeat(list("abcde"), 4), "person": np.arange(20), "lots": 20.0, "people": sizes,
        "y": rng.normal(10, 2, 20) + sizes / 10, "side": np.tile(["n", "s"], 10), "w": 20 / 5 * sizes / 4,
    })  # fmt: skip


STAGES = {"cluster": ["lot", "person"], "population": ["lots", "people"]}


def test_two_stages_by_hand(staged):
    one = survey.total(staged, "y", **STAGES).headline
    lots = staged.groupby("lot").agg(mean=("y", "mean"), var=("y", "var"), size=("people", "first"))
    totals = lots["size"] * lots["mean"]
    between = 20**2 * (1 - 5 / 20) * totals.var() / 5
    within = 20 / 5 * (lots["size"] ** 2 * (1 - 4 / lots["size"]) * lots["var"] / 4).sum()
    assert one.estimate == pytest.approx(20 / 5 * totals.sum(), rel=RTOL)
    assert one.std_error == pytest.approx((between + within) ** 0.5, rel=RTOL)
    assert one.df == 4


def test_without_a_correction_later_stages_add_nothing(staged):
    first = survey.mean(staged, "y", weights="w", cluster="lot").headline
    both = survey.mean(staged, "y", weights="w", cluster=["lot", "person"]).headline
    assert (both.estimate, both.std_error, both.df) == (first.estimate, first.std_error, first.df)


def test_a_census_of_lots_is_a_stratified_sample_of_people(staged):
    every = staged.assign(lots=5.0)
    one = survey.mean(every, "y", **STAGES).headline
    strata = survey.mean(every, "y", strata="lot", population="people").headline
    assert (one.estimate, one.std_error) == pytest.approx((strata.estimate, strata.std_error), rel=RTOL)


def test_units_may_be_numbered_anew_in_each_lot(staged):
    anew = staged.assign(person=np.tile(np.arange(4), 5))
    one, other = (survey.mean(table, "y", **STAGES).headline for table in (staged, anew))
    assert one.std_error == pytest.approx(other.std_error, rel=RTOL)


def test_several_outcomes_stand_side_by_side(staged):
    both = survey.mean(staged, ["y", "w"], weights="w", cluster="lot")
    alone = survey.mean(staged, "w", weights="w", cluster="lot").headline
    assert both.terms == ("y", "w")
    assert (both["w"].estimate, both["w"].std_error) == pytest.approx((alone.estimate, alone.std_error), rel=RTOL)
    mixed = survey.mean(staged, ["y", "side"], weights="w")
    assert mixed.terms == ("y", "side: n", "side: s")
    assert np.asarray(mixed.covariance).shape == (3, 3)


def test_a_domain_by_where_is_the_domain_of_by(staged):
    where = survey.mean(staged, "y", where={"side": "n"}, weights="w", cluster="lot").headline
    by = survey.mean(staged, "y", by="side", weights="w", cluster="lot")["n"]
    assert (where.estimate, where.std_error, where.n) == (by.estimate, by.std_error, by.n)
    lists = survey.mean(staged, "y", where={"side": ["n", "s"]}, weights="w", cluster="lot").headline
    assert lists.estimate == survey.mean(staged, "y", weights="w", cluster="lot").headline.estimate


def test_numbers_in_where_are_written_as_people_write_them(staged):
    found = survey.mean(staged, "y", where={"lots": 20}, weights="w").headline
    assert found.n == 20


def test_missing_answers_are_an_error_unless_said_otherwise(staged):
    holes = staged.assign(y=staged["y"].where(staged["person"] != 7))
    with pytest.raises(DataError, match="y"):
        survey.mean(holes, "y", weights="w")
    found = survey.mean(holes, "y", weights="w", cluster="lot", missing="domain")
    kept = survey.mean(staged, "y", where={"person": [n for n in range(20) if n != 7]}, weights="w", cluster="lot")
    assert found.headline.std_error == pytest.approx(kept.headline.std_error, rel=RTOL)
    assert found.headline.n == 19
    assert "S120" in found.notices
    assert "S120" not in kept.notices


@pytest.mark.parametrize("missing", [np.nan, None])
def test_labels_may_be_missing_too(staged, missing):
    holes = staged.assign(side=[missing, *staged["side"][1:]])
    assert survey.proportion(holes, "side", missing="domain").terms == ("n", "s")


@pytest.mark.parametrize(
    ("bad", "error", "said"),
    [
        ({"where": {"side": "west"}}, DataError, "west"),
        ({"where": {"no": 1}}, DataError, "no"),
        ({"missing": "drop"}, DataError, "domain"),
        ({"lonely": "remove"}, DataError, "certainty"),
        ({"interval": "wald"}, DataError, "korn_graubard"),
        ({"cluster": ["lot", "person"], "population": ["lots", "lots_of"]}, DataError, "lots_of"),
        ({"cluster": ["lot", "person"], "population": ["lots", "w"]}, DesignError, "w"),
        ({"strata": ["side"], "cluster": ["lot"]}, DesignError, "strata"),
    ],
)
def test_bad_input_is_named(staged, bad, error, said):
    with pytest.raises(error) as caught:
        survey.mean(staged.assign(w=staged["w"] / 100), "y", **({"weights": "w"} | bad))
    assert said in str(caught.value)


def test_nobody_in_the_domain_is_an_error(staged):
    with pytest.raises(DataError, match="domain"):
        survey.mean(staged, "y", where={"side": "n", "person": 1}, weights="w")


@pytest.fixture
def lonely():
    return pd.DataFrame({"y": [1.0, 3.0, 2.0, 6.0, 9.0], "ward": list("aabbc"), "w": [1.0, 1, 2, 2, 5]})


def test_a_lonely_unit_is_an_error_by_default(lonely):
    with pytest.raises(DesignError) as caught:
        survey.mean(lonely, "y", weights="w", strata="ward")
    assert "c" in str(caught.value)


def test_rules_for_a_lonely_unit_by_hand(lonely):
    error = {
        rule: survey.total(lonely, "y", weights="w", strata="ward", lonely=rule).headline.std_error ** 2
        for rule in ("certainty", "adjust", "average")
    }
    pairs = 2.0**2 + (2 * 4.0) ** 2
    assert error["certainty"] == pytest.approx(pairs, rel=RTOL)
    assert error["adjust"] == pytest.approx(pairs + 45.0**2, rel=RTOL)
    assert error["average"] == pytest.approx(pairs * 3 / 2, rel=RTOL)


def test_a_lonely_unit_that_is_all_there_is_is_no_trouble(lonely):
    found = survey.mean(lonely.assign(N=[9, 9, 9, 9, 1]), "y", strata="ward", population="N")
    assert "S109" not in found.notices


def test_korn_graubard_of_independent_answers_is_clopper_pearson():
    from scipy import stats

    low, high = korn_graubard_limits(0.3, 40, conf_level=0.95)
    exact = stats.binomtest(12, 40).proportion_ci(0.95)
    assert (low, high) == pytest.approx((exact.low, exact.high), rel=1e-9)


@pytest.mark.parametrize("interval", ["logit", "arcsine"])
def test_smooth_intervals_of_everybody_are_unavailable(interval):
    data = pd.DataFrame({"insured": ["yes"] * 8})
    assert isinstance(survey.proportion(data, "insured", interval=interval).headline.conf_low, Unavailable)


def test_korn_graubard_of_everybody_is_one_sided():
    found = survey.proportion(pd.DataFrame({"insured": ["yes"] * 30}), "insured", interval="korn_graubard").headline
    assert found.conf_high == 1.0
    assert found.conf_low == pytest.approx(0.025 ** (1 / 30), rel=1e-9)
