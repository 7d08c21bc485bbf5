"""ANCOVA and the forms of adjustment side by side: collapses, errors with pairs, notices, texts; models of clusters; bad input."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.rct.cautions import UNCORRECTED
from tests.rct.test_difference import same, trial

KINDS = ["classical", "HC0", "HC1", "HC2", "HC2_BM", "HC3"]
CLUSTERED = ["CR0", "CR1", "CR1S", "CR2", "CR3"]


def pairs(rng, *, size=30, number=10, effect=0.0):
    """Pairs of clusters, one of each treated."""
    school = np.repeat(np.arange(2 * number), size)
    arm = np.concatenate([rng.permutation([0, 1]) for _ in range(number)])[school]
    y = effect * arm + rng.normal(0, 1, number)[school // 2] + rng.normal(0, 0.5, 2 * number)[school]
    return pd.DataFrame({"y": y + rng.normal(size=len(school)), "arm": arm, "school": school, "pair": school // 2})


@pytest.mark.parametrize("cluster", [None, "school"])
def test_without_covariates_ancova_is_the_difference_in_means(cluster):
    data = trial()
    found = rct.ancova(data, "kwh", treatment="arm", cluster=cluster)["1"]
    plain = rct.difference_in_means(data, "kwh", treatment="arm", cluster=cluster)["1"]
    assert (found.estimate, found.std_error) == pytest.approx((plain.estimate, plain.std_error), rel=1e-9)


@pytest.mark.parametrize("cluster", [None, "school"])
def test_pair_effects_with_corrected_errors_are_the_analysis_of_pairs(cluster):
    data = pairs(np.random.default_rng(1), size=1 if cluster is None else 30)
    found = rct.ancova(data, "y", treatment="arm", strata="pair", cluster=cluster)["1"]
    exact = rct.difference_in_means(data, "y", treatment="arm", strata="pair", cluster=cluster)["1"]
    same(found, exact, rtol=1e-7)


def test_correlations_are_those_of_the_arms_or_unavailable_where_nothing_varies():
    data = trial()
    found = rct.adjustments(data, "kwh", treatment="arm", baseline="before")
    control = data[data.arm == 0]
    assert found.correlation_control == pytest.approx(np.corrcoef(control.kwh, control.before)[0, 1], rel=1e-12)
    centred = data[["kwh", "before"]] - data.groupby("arm")[["kwh", "before"]].transform("mean")
    assert found.correlation == pytest.approx(np.corrcoef(centred.kwh, centred.before)[0, 1], rel=1e-12)
    still = rct.adjustments(data.assign(kwh=data.arm / 3), "kwh", treatment="arm", baseline="before")
    assert not still.correlation
    assert "there is no variation" in still.summary("en")
    assert "ばらつきがありません" in still.summary("ja")


@pytest.mark.parametrize(("kinds", "cluster"), [(KINDS, None), (CLUSTERED, "school")])
def test_every_covariance_has_its_words(kinds, cluster):
    data = trial()
    for kind in kinds:
        for routine in (rct.lin, rct.ancova):
            one = routine(data, "kwh", treatment="arm", covariates=["before"], cluster=cluster, errors=kind)["1"]
            assert one.method == f"rct.{routine.__name__}_{kind.lower()}"
            assert one.references
            assert one.sentence("ja") != one.sentence("en")


def test_r117_of_uncorrected_errors_beside_pair_effects_and_not_otherwise():
    data = pairs(np.random.default_rng(1))
    what = {"treatment": "arm", "cluster": "school"}
    assert "R117" in rct.ancova(data, "y", strata="pair", errors="CR1", **what).notices
    assert "R117" in rct.gee(data, "y", strata="pair", errors="LZ", **what).notices
    assert "R117" not in rct.ancova(data, "y", strata="pair", **what).notices
    assert "R117" not in rct.ancova(data, "y", errors="CR1", **what).notices
    assert set(UNCORRECTED) == {"HC0", "CR0", "CR1", "CR1S", "LZ"}


def test_r114_of_shares_that_differ_between_strata():
    data = pd.DataFrame(
        {"ward": np.repeat([0, 1], 40), "arm": np.r_[np.repeat([0, 1], 20), np.repeat([0, 1], [30, 10])]}
    )
    data = data.assign(y=np.random.default_rng(0).normal(size=80) + data.ward, row=range(80))
    assert "R114" in rct.unequal_probabilities(data, "arm", strata="ward")
    assert "R114" in rct.unequal_probabilities(data, "arm", strata="ward", cluster="row")
    assert "R114" not in rct.unequal_probabilities(data[data.ward == 0], "arm", strata="ward")
    assert "R114" in rct.ancova(data, "y", treatment="arm", strata="ward").notices
    assert "R114" not in rct.lin(data, "y", treatment="arm", strata="ward").notices


def test_the_four_forms_are_their_regressions():
    data = trial()
    found = rct.adjustments(data, "kwh", treatment="arm", baseline="before", cluster="school")
    assert found.estimates.terms == ("post_only", "change_score", "ancova", "lin")
    same(found["lin"]["1"], rct.lin(data, "kwh", treatment="arm", covariates=["before"], cluster="school")["1"])
    same(found["ancova"]["1"], rct.ancova(data, "kwh", treatment="arm", covariates=["before"], cluster="school")["1"])
    change = data.assign(change=data.kwh - data.before)
    same(found["change_score"]["1"], rct.ancova(change, "change", treatment="arm", cluster="school")["1"])
    worth = (found["post_only"]["1"].std_error / found["lin"]["1"].std_error) ** 2
    assert found.precision[0] == 1.0
    assert found.precision[-1] == pytest.approx(worth)
    assert found.tidy().precision.iloc[-1] == pytest.approx(worth)


def test_precision_gained_is_one_minus_the_squared_correlation():
    rng = np.random.default_rng(4)
    before = rng.normal(size=4000)
    data = pd.DataFrame({"before": before, "arm": np.arange(4000) % 2}).assign(
        after=0.8 * before + 0.6 * rng.normal(size=4000)
    )
    found = rct.adjustments(data, "after", treatment="arm", baseline="before")
    assert found.correlation == pytest.approx(0.8, abs=0.02)
    assert found.precision == pytest.approx((1, 1 / 0.4, 1 / 0.36, 1 / 0.36), rel=0.06)


def test_pairs_have_ancova_for_headline_and_several_arms_their_names():
    data = pairs(np.random.default_rng(2)).assign(before=lambda d: d.y + 1.0 * (d.index % 7))
    found = rct.adjustments(data, "y", treatment="arm", baseline="before", strata="pair", cluster="school")
    assert found.estimates.headline.term == "ancova"
    several = rct.adjustments(trial(arms=3), "kwh", treatment="arm", baseline="before")
    assert several.estimates.terms[:3] == ("post_only: 1", "post_only: 2", "change_score: 1")
    assert several.estimates.headline.term == "lin: 1"
    assert len(several.tidy()) == 8


def test_it_says_itself_in_both_languages():
    found = rct.adjustments(trial(), "kwh", treatment="arm", baseline="before", cluster="school")
    assert "times the sample" in found.summary("en")
    assert "共分散分析" in found.summary("ja")
    assert "<table>" in found._repr_html_()


def test_models_of_clusters_agree_where_sizes_are_equal():
    rng = np.random.default_rng(6)
    school = np.repeat(np.arange(20), 10)
    data = pd.DataFrame({"school": school, "arm": school % 2, "y": rng.normal(0, 1, 20)[school] + rng.normal(size=200)})
    plain = rct.difference_in_means(data, "y", treatment="arm", cluster="school")["1"]
    mixed = rct.mixed(data, "y", treatment="arm", cluster="school")
    gee = rct.gee(data, "y", treatment="arm", cluster="school")["1"]
    for one in (mixed.estimates["1"], gee):
        assert (one.estimate, one.std_error, one.df) == pytest.approx((plain.estimate, plain.std_error, 18.0), rel=1e-7)
    assert 0.2 < mixed.icc < 0.8
    assert "intra-cluster correlation" in mixed.summary("en")
    assert "級内相関" in mixed.summary("ja")


def test_sites_with_both_arms_are_no_clusters_of_assignment():
    data = trial().assign(arm=lambda d: np.arange(len(d)) % 2)
    found = rct.mixed(data, "kwh", treatment="arm", cluster="school")
    assert (found.estimates["1"].clusters, "R101" in found.notices) == (24, False)
    assert rct.gee(data, "kwh", treatment="arm", cluster="school")["1"].df == 22.0
    few = trial(clusters=8)
    assert "R101" in rct.mixed(few, "kwh", treatment="arm", cluster="school").notices


def test_r118_where_nothing_varies_between_clusters():
    data = trial().assign(kwh=lambda d: d.kwh - d.groupby("school").kwh.transform("mean"))
    assert "R118" in rct.mixed(data, "kwh", treatment="arm", cluster="school").notices
    loud = trial().assign(kwh=lambda d: d.kwh + 3 * np.sin(d.school))
    assert "R118" not in rct.mixed(loud, "kwh", treatment="arm", cluster="school").notices


def test_ratios_of_counts_and_odds():
    rng = np.random.default_rng(2)
    school = np.repeat(np.arange(60), 12)
    rate = 0.5 * np.exp(0.4 * (school % 2))
    months = rng.integers(1, 13, len(school)).astype(float)
    data = pd.DataFrame({"school": school, "arm": school % 2, "visits": rng.poisson(rate * months), "months": months})
    one = rct.gee(data, "visits", treatment="arm", cluster="school", family="poisson", exposure="months")["1"]
    assert one.estimate == pytest.approx(0.4, abs=3 * one.std_error)
    assert one.estimand == "itt_log_rate"
    yes = data.assign(yes=(data.visits > 2).astype(int))
    odds = rct.gee(yes, "yes", treatment="arm", cluster="school", family="binomial", correlation="independence")["1"]
    table = pd.crosstab(yes.arm, yes.yes)
    assert odds.estimate == pytest.approx(np.log(table.loc[1, 1] * table.loc[0, 0] / table.loc[1, 0] / table.loc[0, 1]))


@pytest.mark.parametrize("call", [
    lambda d: rct.gee(d, "kwh", treatment="arm", cluster="school", family="normal"),
    lambda d: rct.gee(d, "kwh", treatment="arm", cluster="school", correlation="toeplitz"),
    lambda d: rct.gee(d, "kwh", treatment="arm", cluster="school", errors="CR2"),
    lambda d: rct.gee(d, "kwh", treatment="arm", cluster="school", reference="z"),
    lambda d: rct.mixed(d, "kwh", treatment="arm", cluster="school", likelihood="reml"),
    lambda d: rct.ancova(d, "kwh", treatment="arm", errors="CR2"),
    lambda d: rct.ancova(d, "kwh", treatment="arm", covariates=5),
    lambda d: rct.mixed(d.assign(kwh=np.where(d.index == 3, np.nan, d.kwh)), "kwh", treatment="arm", cluster="school"),
    lambda d: rct.adjustments(d, "kwh", treatment="arm", baseline="no such"),
])  # fmt: skip
def test_wrong_columns_and_choices_are_refused(call):
    with pytest.raises(DataError):
        call(trial())


def test_designs_that_cannot_be_analysed_are_refused():
    data = trial()
    with pytest.raises(DesignError, match="no robust standard error"):
        rct.gee(data[data.school < 4], "kwh", treatment="arm", cluster="school", covariates=["before", "weight"])
    with pytest.raises(DesignError, match="same in every row"):
        rct.adjustments(data.assign(before=1.0), "kwh", treatment="arm", baseline="before")
    with pytest.raises(DesignError, match="one cluster only"):
        rct.mixed(data[(data.arm == 0) | (data.school == 1)], "kwh", treatment="arm", cluster="school")
    with pytest.raises(DesignError, match="linear"):
        rct.ancova(data, "kwh", treatment="arm", covariates=["before", "school", "ward"], strata="ward")
    with pytest.raises(DesignError, match="covariate"):
        rct.ancova(data, "kwh", treatment="arm", covariates=["arm"])


def test_two_stage_least_squares_is_linearmodels():
    from linearmodels.iv import IV2SLS

    data = trial().assign(got=lambda d: d.arm * (np.arange(len(d)) % 3 > 0))
    exogenous = np.column_stack([np.ones(len(data)), data.before])
    for errors, theirs in (("HC0", {"cov_type": "robust"}), ("HC1", {"cov_type": "robust", "debiased": True})):
        other = IV2SLS(data.kwh, exogenous, data.got, data.arm).fit(**theirs)
        ours = rct.cace(data, "kwh", delivered="got", assigned="arm", covariates=["before"], errors=errors).effect
        assert (ours.estimate, ours.std_error) == pytest.approx(
            (other.params["got"], other.std_errors["got"]), rel=1e-8
        )
    other = IV2SLS(data.kwh, exogenous, data.got, data.arm).fit(cov_type="clustered", clusters=data.school)
    ours = rct.cace(
        data, "kwh", delivered="got", assigned="arm", covariates=["before"], cluster="school", errors="CR0"
    ).effect
    assert ours.std_error == pytest.approx(other.std_errors["got"], rel=1e-8)
    first = rct.cace(data, "kwh", delivered="got", assigned="arm", covariates=["before"], errors="HC0")
    stage = IV2SLS(data.kwh, exogenous, data.got, data.arm).fit(cov_type="robust").first_stage.diagnostics
    assert first.first_stage_f == pytest.approx(float(stage["f.stat"].iloc[0]), rel=1e-8)


def test_r118_of_estimating_equations_too():
    data = trial(clusters=8).assign(kwh=lambda d: d.kwh - d.groupby("school").kwh.transform("mean") + 0.1 * d.arm)
    assert "R118" in rct.gee(data, "kwh", treatment="arm", cluster="school").notices
    assert "R118" not in rct.gee(data, "kwh", treatment="arm", cluster="school", correlation="independence").notices
