"""Participants or clusters: both estimands over whole designs, their difference, its test; post-stratification."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError
from ebpm.rct import Assignment
from tests.rct.designs import enumerated
from tests.rct.test_difference import same, trial


def informative(clusters=40, slope=0.0, seed=3, by=1):
    """Clusters whose effect grows with their size by `slope` a row."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 40, clusters)
    school = np.repeat(np.arange(clusters), sizes)
    arm = rng.permutation(np.arange(clusters) % 2)[school]
    y = rng.normal(0, 0.3, clusters)[school] + arm * slope * sizes[school] + rng.normal(size=len(school))
    return pd.DataFrame({"y": y, "arm": arm, "school": school, "ward": school // (clusters // by)})


@pytest.fixture
def small():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"school": np.repeat(np.arange(6), [1, 2, 3, 1, 5, 4])})
    base = rng.normal(0, 1, 16)
    return data, np.column_stack([base, base + data.school + rng.normal(0, 1, 16)])


def test_the_effect_over_clusters_is_unbiased_for_the_mean_of_their_effects(small):
    data, outcomes = small
    lot = Assignment(cluster="school")
    found = enumerated(lot, data, outcomes, lambda one: rct.difference_in_means(
        one, "y", treatment="arm", cluster="school", estimand="clusters").headline)  # fmt: skip
    effects = pd.Series(outcomes[:, 1] - outcomes[:, 0]).groupby(data.school).mean()
    assert found.mean == pytest.approx(effects.mean(), abs=1e-12)
    assert found.estimated >= found.variance


@pytest.mark.parametrize("covariates", [(), ("before",)])
def test_clusters_are_rows_of_their_means(covariates):
    data = trial()
    means = data.groupby("school", as_index=False).mean()
    found = rct.lin(data, "kwh", treatment="arm", covariates=covariates, cluster="school", estimand="clusters")["1"]
    expected = rct.lin(means, "kwh", treatment="arm", covariates=covariates)["1"]
    same(found, expected)
    assert (found.n, found.clusters, found.estimand) == (len(data), 24, "itt_clusters")


def test_difference_in_means_of_clusters_is_welchs_of_their_means():
    data = trial()
    means = data.groupby("school", as_index=False).mean()
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", strata="ward", estimand="clusters")[
        "1"
    ]
    same(found, rct.difference_in_means(means, "kwh", treatment="arm", strata="ward")["1"])
    assert (found.n, found.clusters) == (len(data), 24)


def test_it_is_the_independence_estimating_equation_weighted_by_one_over_size():
    data = trial().assign(w=lambda d: 1.0 / d.groupby("school").kwh.transform("size"))
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", estimand="clusters")["1"]
    weighted = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", weights="w")["1"]
    assert found.estimate == pytest.approx(weighted.estimate, rel=1e-12)
    assert found.std_error == pytest.approx(weighted.std_error, rel=0.1)


@pytest.mark.parametrize("strata", [None, "ward"])
def test_the_three_terms_belong_together(strata):
    data = informative(by=4 if strata else 1)
    found = rct.cluster_estimands(data, "y", treatment="arm", cluster="school", strata=strata)
    assert found.terms == ("participants", "clusters", "difference")
    assert found["difference"].estimate == pytest.approx(
        found["participants"].estimate - found["clusters"].estimate, abs=1e-12
    )
    for estimand in ("participants", "clusters"):
        one = rct.difference_in_means(data, "y", treatment="arm", cluster="school", strata=strata, estimand=estimand)[
            "1"
        ]
        same(found[estimand], one)


def test_pairs_of_clusters_and_several_arms():
    data = trial().assign(pair=lambda d: d.school // 2)
    found = rct.cluster_estimands(data, "kwh", treatment="arm", cluster="school", strata="pair")
    assert found["difference"].estimate == pytest.approx(
        found["participants"].estimate - found["clusters"].estimate, abs=1e-12
    )
    assert found["difference"].df == 11.0
    several = rct.cluster_estimands(trial(arms=3), "kwh", treatment="arm", cluster="school")
    assert several.terms[:3] == ("1: participants", "1: clusters", "1: difference")
    assert len(several) == 6


def test_r115_of_an_effect_that_grows_with_size_and_not_of_one_that_does_not():
    steep, flat = informative(slope=0.08), informative()
    assert "R115" in rct.informative_cluster_size(steep, "y", treatment="arm", cluster="school")
    assert "R115" not in rct.informative_cluster_size(flat, "y", treatment="arm", cluster="school")
    assert "R115" in rct.gee(steep, "y", treatment="arm", cluster="school").notices
    assert "R115" not in rct.gee(steep, "y", treatment="arm", cluster="school", correlation="independence").notices
    assert "R115" in rct.mixed(steep, "y", treatment="arm", cluster="school").notices
    assert "R115" not in rct.mixed(flat, "y", treatment="arm", cluster="school").notices


def test_independence_equations_estimate_participants_and_mixed_models_something_else():
    data = informative(slope=0.08)
    rows = rct.difference_in_means(data, "y", treatment="arm", cluster="school")["1"].estimate
    means = rct.difference_in_means(data, "y", treatment="arm", cluster="school", estimand="clusters")["1"].estimate
    assert rct.gee(data, "y", treatment="arm", cluster="school", correlation="independence")[
        "1"
    ].estimate == pytest.approx(rows)
    between = rct.mixed(data, "y", treatment="arm", cluster="school").estimates["1"].estimate
    assert means < between < rows


def test_estimands_without_clusters_or_of_another_name_are_refused():
    data = trial()
    with pytest.raises(DesignError, match="column of clusters"):
        rct.difference_in_means(data, "kwh", treatment="arm", estimand="clusters")
    with pytest.raises(DataError, match="estimand"):
        rct.lin(data, "kwh", treatment="arm", cluster="school", estimand="schools")


def test_post_stratified_is_unbiased_given_the_split():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"old": [0, 0, 0, 0, 1, 1, 1, 1]})
    base = rng.normal(0, 1, 8) + 3 * data.old
    outcomes = np.column_stack([base, base + 1 + data.old])
    found = enumerated(
        Assignment(), data, outcomes, lambda one: rct.post_stratified(one, "y", treatment="arm", by="old").headline,
        keep=lambda row: row[:4].sum() == 2,
    )  # fmt: skip
    assert found.mean == pytest.approx(1.5, abs=1e-12)
    assert found.estimated >= found.variance - 1e-12


@pytest.mark.parametrize("cluster", [None, "school"])
def test_post_stratified_is_the_formula_of_blocks(cluster):
    data = trial().assign(flat=lambda d: d.school // 12)
    found = rct.post_stratified(data, "kwh", treatment="arm", by=["flat"], cluster=cluster)["1"]
    blocks = rct.difference_in_means(data, "kwh", treatment="arm", strata="flat", cluster=cluster)["1"]
    assert (found.estimate, found.std_error) == pytest.approx((blocks.estimate, blocks.std_error), rel=1e-12)
    assert found.method == f"rct.{'unit' if cluster is None else 'cluster'}_post_stratified"


def test_post_stratified_combines_the_df_of_the_cells():
    data = trial().assign(flat=lambda d: d.school // 12)
    cell = data.groupby(["flat", "arm"]).kwh
    share = data.groupby("flat").size() / len(data)
    parts = (cell.var() / cell.size()) * (share**2).reindex(cell.size().index, level="flat")
    found = rct.post_stratified(data, "kwh", treatment="arm", by=["flat"])["1"]
    assert found.df == pytest.approx(parts.sum() ** 2 / (parts**2 / (cell.size() - 1)).sum(), rel=1e-10)


def test_groups_are_combinations_and_thin_ones_are_refused():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"a": rng.integers(0, 2, 80), "b": rng.integers(0, 2, 80), "arm": np.arange(80) % 2})
    data = data.assign(y=rng.normal(size=80), both=2 * data.a + data.b, person=range(80))
    one = rct.post_stratified(data, "y", treatment="arm", by=["a", "b"])["1"]
    same(one, rct.post_stratified(data, "y", treatment="arm", by="both")["1"])
    with pytest.raises(DesignError, match="lack an arm"):
        rct.post_stratified(data, "y", treatment="arm", by="person")
    with pytest.raises(DataError, match="No column"):
        rct.post_stratified(data, "y", treatment="arm", by=[])
    with pytest.raises(DesignError, match="strat"):
        rct.post_stratified(
            trial().assign(half=lambda d: np.arange(len(d)) % 2), "kwh", treatment="arm", by="half", cluster="school"
        )
