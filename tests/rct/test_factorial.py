"""Factorial trials: contrasts by hand, whole designs, regression, clusters, short models; the declaration; bad input."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError, SpecError
from ebpm.rct import Assignment
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares


def table(seed=2, n=120, clusters=40):
    rng = np.random.default_rng(seed)
    school = np.arange(n) % clusters
    letter, visit = (school // 2) % 2, school % 2
    y = 1 + 0.5 * letter + visit - 0.8 * letter * visit + rng.normal(0, 0.5, clusters)[school] + rng.normal(size=n)
    return pd.DataFrame({
        "y": y, "letter": letter, "visit": np.where(visit == 1, "yes", "no"), "school": school,
        "before": rng.normal(size=n) + y / 2, "ward": school // 20,
    })  # fmt: skip


def saturated(data):
    visit = (data.visit == "yes").astype(float)
    design = np.column_stack([np.ones(len(data)), data.letter, visit, data.letter * visit])
    return least_squares(design, data.y.to_numpy(), names=("1", "letter", "visit", "both"))


CONTRASTS = {
    "letter=1": [0, 1, 0, 0.5], "visit=yes": [0, 0, 1, 0.5], "letter=1 alone": [0, 1, 0, 0],
    "visit=yes alone": [0, 0, 1, 0], "letter=1 × visit=yes": [0, 0, 0, 1],
}  # fmt: skip


@pytest.mark.parametrize("cluster", [None, "school"])
def test_two_factors_are_contrasts_of_the_long_regression(cluster):
    data = table()
    found = rct.factorial(data, "y", factors=["letter", "visit"], cluster=cluster)
    fit, rows = saturated(data), np.array(list(CONTRASTS.values()))
    expected = (
        robust(fit, "HC2", contrasts=rows)
        if cluster is None
        else clustered(fit, data.school.to_numpy(), kind="CR2", contrasts=rows)
    )
    assert found.terms == tuple(CONTRASTS)
    assert [one.estimate for one in found] == pytest.approx(rows @ fit.coefficients, rel=1e-10)
    assert [one.std_error for one in found] == pytest.approx(expected.std_errors, rel=1e-10)
    assert found.covariance == pytest.approx(expected.matrix, abs=1e-12)
    assert found["letter=1 × visit=yes"].estimand == "itt_interaction"
    if cluster:
        assert [one.df for one in found] == pytest.approx(expected.df, rel=1e-9)


def test_three_factors_by_brute_force():
    rng = np.random.default_rng(3)
    data = pd.DataFrame(list(product((0, 1), (0, 1, 2), (0, 1))) * 4, columns=["a", "b", "c"]).assign(
        y=rng.normal(size=48)
    )
    found = rct.factorial(data, "y", factors=["a", "b", "c"])
    means = data.groupby(["a", "b", "c"]).y.mean()
    assert found["a=1"].estimate == pytest.approx((means[1] - means[0]).mean())
    assert found["b=2 alone"].estimate == pytest.approx(means[0, 2, 0] - means[0, 0, 0])
    by_c = means.unstack("c")
    assert found["a=1 × b=2"].estimate == pytest.approx(
        np.mean([by_c[c][1, 2] - by_c[c][1, 0] - by_c[c][0, 2] + by_c[c][0, 0] for c in (0, 1)])
    )
    three = [
        sign * ((means[1, b, 1] - means[1, b, 0]) - (means[0, b, 1] - means[0, b, 0])) for b, sign in ((1, 1), (0, -1))
    ]
    assert found["a=1 × b=1 × c=1"].estimate == pytest.approx(sum(three))
    assert len(found) == 4 + 4 + (2 + 1 + 2) + 2


def test_main_effects_are_unbiased_over_the_whole_design():
    rng = np.random.default_rng(1)
    outcomes = rng.normal(size=(8, 4))
    data, arms = pd.DataFrame({"id": range(8)}), list(product("01", "01"))
    lot = Assignment.factorial({"a": ("0", "1"), "b": ("0", "1")})
    table_of_all = lot.every(data)
    values, variances = [], []
    for row in table_of_all:
        one = data.assign(a=[arms[j][0] for j in row], b=[arms[j][1] for j in row], y=outcomes[np.arange(8), row])
        found = rct.factorial(one, "y", factors=["a", "b"])["a=1"]
        values.append(found.estimate)
        variances.append(found.std_error**2)
    assert np.mean(values) == pytest.approx((outcomes[:, 2:].sum(axis=1) - outcomes[:, :2].sum(axis=1)).mean() / 2)
    assert np.mean(variances) >= np.var(values)
    assert len(table_of_all) == 2520


def test_one_effect_is_the_difference_in_means_within_the_base():
    data = table()
    alone = rct.factorial(data, "y", factors=["letter", "visit"])["letter=1 alone"]
    base = rct.difference_in_means(data[data.visit == "no"], "y", treatment="letter")["1"]
    assert (alone.estimate, alone.std_error, alone.df) == pytest.approx((base.estimate, base.std_error, base.df))


def test_the_short_model_is_least_squares_without_interactions_and_says_so():
    data = table(n=117)
    found = rct.factorial(data, "y", factors=["letter", "visit"], model="short")
    design = np.column_stack([np.ones(117), data.letter, data.visit == "yes"]).astype(float)
    assert [one.estimate for one in found] == pytest.approx(least_squares(design, data.y.to_numpy()).coefficients[1:])
    assert found.terms == ("letter=1", "visit=yes")
    assert "R119" in found.notices
    assert "R119" not in rct.factorial(data, "y", factors=["letter", "visit"]).notices


@pytest.mark.parametrize("cluster", [None, "school"])
def test_covariates_enter_by_lins_adjustment(cluster):
    data = table()
    cell = data.letter.astype(str) + data.visit
    found = rct.factorial(data, "y", factors=["letter", "visit"], covariates=["before"], cluster=cluster)
    arms = rct.lin(data.assign(cell=cell), "y", treatment="cell", control="0no", covariates=["before"], cluster=cluster)
    assert found["letter=1 alone"].estimate == pytest.approx(arms["1no"].estimate, rel=1e-10)
    assert found["letter=1 alone"].std_error == pytest.approx(arms["1no"].std_error, rel=1e-9)
    assert found["letter=1 × visit=yes"].estimate == pytest.approx(
        arms["1yes"].estimate - arms["1no"].estimate - arms["0yes"].estimate, rel=1e-9
    )
    plain = rct.factorial(data, "y", factors=["letter", "visit"], cluster=cluster)
    assert found["letter=1"].std_error < plain["letter=1"].std_error


def test_strata_weigh_by_their_rows():
    data = table()
    found = rct.factorial(data, "y", factors=["letter", "visit"], strata="ward")["letter=1 alone"]
    parts = [
        rct.factorial(rows, "y", factors=["letter", "visit"])["letter=1 alone"] for _, rows in data.groupby("ward")
    ]
    assert found.estimate == pytest.approx(np.mean([one.estimate for one in parts]))
    assert found.std_error == pytest.approx(np.sqrt(sum(one.std_error**2 for one in parts)) / 2)


def test_a_declared_factorial_draws_describes_and_checks():
    schools = pd.DataFrame({"school": np.repeat(list("abcdefgh"), 2), "level": np.repeat(["low", "high"], 8)})
    lot = Assignment.factorial({"letter": ("no", "yes"), "visit": ("no", "yes")}, cluster="school", strata="level")
    assert lot.arms == ("no × no", "no × yes", "yes × no", "yes × yes")
    drawn = lot.draw(schools, seed=1)
    realised = schools.assign(
        letter=[one.split(" × ")[0] for one in drawn], visit=[one.split(" × ")[1] for one in drawn]
    )
    assert len(lot.check(realised, treatment=["letter", "visit"])) == 0
    assert "R112" in lot.check(realised.assign(visit="no"), treatment=["letter", "visit"])
    assert lot.possible(schools) == 24 * 24
    assert lot.joint(schools, first="no × no", second="yes × yes").sum() == pytest.approx(2 * 12 / 12 + 2 * 16 / 16)
    with pytest.raises(SpecError, match="contradicts"):
        Assignment(arms=("a", "b"), factors=(("letter", ("no", "yes")),) * 2)


def test_bad_input():
    data = table()
    with pytest.raises(DataError, match="two factors"):
        rct.factorial(data, "y", factors=["letter"])
    with pytest.raises(DataError, match="two factors"):
        rct.factorial(data, "y", factors="letter")
    with pytest.raises(DataError, match="model"):
        rct.factorial(data, "y", factors=["letter", "visit"], model="medium")
    with pytest.raises(DataError, match="base level"):
        rct.factorial(data.assign(visit=data.visit + "!"), "y", factors=["letter", "visit"])
    named = rct.factorial(
        data.assign(visit=data.visit + "!"), "y", factors=["letter", "visit"], controls={"visit": "no!"}
    )
    assert named.terms[1] == "visit=yes!"
    with pytest.raises(DesignError, match="are empty"):
        rct.factorial(data[~((data.letter == 1) & (data.visit == "yes"))], "y", factors=["letter", "visit"])
    with pytest.raises(DesignError, match="covariate"):
        rct.factorial(data, "y", factors=["letter", "visit"], covariates=["letter"])
