"""Difference in means: collapses, strata, pairs, clusters, several arms."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares


def trial(clusters=24, seed=4, arms=2):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(4, 30, clusters)
    school = np.repeat(np.arange(clusters), sizes)
    effect = rng.normal(0, 0.5, clusters)[school]
    arm = school % arms
    return pd.DataFrame({
        "kwh": 10 + effect - 0.4 * arm + rng.normal(size=len(school)), "before": rng.normal(10, 1, len(school)),
        "arm": arm, "school": school, "ward": school // 6, "weight": rng.uniform(0.5, 2.0, len(school)),
    })  # fmt: skip


def same(ours, theirs, rtol=1e-9):
    for name in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=rtol), name


def test_clusters_are_the_clustered_regression_on_the_arm():
    data = trial()
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school")["1"]
    fit = least_squares(np.column_stack([np.ones(len(data)), data.arm]), data.kwh.to_numpy())
    expected = clustered(fit, data.school.to_numpy(), kind="CR2")
    assert found.estimate == pytest.approx(fit.coefficients[1], rel=1e-10)
    assert found.std_error == pytest.approx(expected.std_errors[1], rel=1e-10)
    assert found.df == pytest.approx(expected.df[1], rel=1e-10)
    assert (found.n, found.clusters, found.method) == (len(data), 24, "rct.cluster_difference")


def test_clusters_of_one_row_are_rows_but_for_the_df():
    data = trial().assign(row=lambda d: range(len(d)))
    rows = rct.difference_in_means(data, "kwh", treatment="arm")["1"]
    clusters = rct.difference_in_means(data, "kwh", treatment="arm", cluster="row")["1"]
    assert clusters.estimate == pytest.approx(rows.estimate, rel=1e-12)
    assert clusters.std_error == pytest.approx(rows.std_error, rel=1e-10)


@pytest.mark.parametrize("cluster", [None, "school"])
def test_one_stratum_is_none(cluster):
    data = trial().assign(all=1)
    plain = rct.difference_in_means(data, "kwh", treatment="arm", cluster=cluster)["1"]
    stratified = rct.difference_in_means(data, "kwh", treatment="arm", cluster=cluster, strata="all")["1"]
    same(stratified, plain)


def test_strata_of_clusters_are_the_weighted_mean_of_their_differences():
    data = trial()
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", strata="ward")["1"]
    parts = [
        (len(rows) / len(data), rct.difference_in_means(rows, "kwh", treatment="arm", cluster="school")["1"])
        for _, rows in data.groupby("ward")
    ]
    assert found.estimate == pytest.approx(sum(share * part.estimate for share, part in parts), rel=1e-10)
    variance = sum((share * part.std_error) ** 2 for share, part in parts)
    assert found.std_error == pytest.approx(variance**0.5, rel=1e-10)
    assert found.method == "rct.cluster_strata"


def test_equal_clusters_have_as_many_df_as_clusters_less_cells():
    data = pd.DataFrame({"school": np.repeat(np.arange(24), 5)})
    data["arm"], data["ward"] = data.school % 2, data.school // 6
    data["kwh"] = np.random.default_rng(1).normal(size=len(data))
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster="school", strata="ward")["1"]
    assert found.df == pytest.approx(24 - 8)


def pairs():
    rng = np.random.default_rng(9)
    data = pd.DataFrame({"pair": np.repeat(np.arange(12), 2), "arm": [0, 1] * 12, "kwh": rng.normal(size=24)})
    return data, data.kwh.to_numpy().reshape(-1, 2)


def test_strata_of_two_are_pairs():
    data, wide = pairs()
    differences = wide[:, 1] - wide[:, 0]
    found = rct.difference_in_means(data, "kwh", treatment="arm", strata="pair")["1"]
    assert found.estimate == pytest.approx(differences.mean())
    assert found.std_error == pytest.approx(differences.std(ddof=1) / 12**0.5)
    assert (found.df, found.method) == (11.0, "rct.unit_pairs")


def test_pairs_of_clusters_of_one_row_are_pairs():
    data, _ = pairs()
    data["school"] = range(24)
    rows = rct.difference_in_means(data, "kwh", treatment="arm", strata="pair")["1"]
    clusters = rct.difference_in_means(data, "kwh", treatment="arm", strata="pair", cluster="school")["1"]
    same(clusters, rows)
    assert (clusters.clusters, clusters.method) == (24, "rct.cluster_pairs")


def test_pairs_of_clusters_follow_imai_king_and_nall():
    data = trial().assign(pair=lambda d: d.school // 2)
    found = rct.difference_in_means(data, "kwh", treatment="arm", strata="pair", cluster="school")["1"]
    grouped = data.groupby(["pair", "arm"]).kwh.mean().unstack()
    sizes, n = data.groupby("pair").size(), len(data)
    weighted = sizes * (grouped[1] - grouped[0])
    variance = 12 / (11 * n**2) * ((weighted - weighted.sum() / 12) ** 2).sum()
    assert found.estimate == pytest.approx(weighted.sum() / n)
    assert found.std_error == pytest.approx(variance**0.5)
    assert found.df == 11


@pytest.mark.parametrize("cluster", [None, "school"])
def test_several_arms_are_each_compared_with_control(cluster):
    data = trial(arms=3)
    found = rct.difference_in_means(data, "kwh", treatment="arm", cluster=cluster)
    assert found.terms == ("1", "2")
    for arm in (1, 2):
        alone = rct.difference_in_means(data[data.arm.isin([0, arm])], "kwh", treatment="arm", cluster=cluster)
        same(found[str(arm)], alone[str(arm)])
    control = rct.difference_in_means(data, "kwh", treatment="arm", cluster=cluster, control=1)
    assert control.terms == ("0", "2")
    joint = found.covariance
    difference = (joint[0, 0] + joint[1, 1] - 2 * joint[0, 1]) ** 0.5
    assert control["2"].std_error == pytest.approx(difference, rel=1e-9)


def test_weights_are_those_of_weighted_least_squares_with_hc2():
    data = trial()
    found = rct.difference_in_means(data, "kwh", treatment="arm", weights="weight")["1"]
    design = np.column_stack([np.ones(len(data)), data.arm])
    fit = least_squares(design, data.kwh.to_numpy(), weights=data.weight.to_numpy())
    assert found.estimate == pytest.approx(fit.coefficients[1], rel=1e-10)
    assert found.std_error == pytest.approx(robust(fit, "HC2").std_errors[1], rel=1e-10)


def test_no_variation_within_arms_has_no_p_value():
    data = pd.DataFrame({"y": [1.0, 1.0, 3.0, 3.0], "arm": [0, 0, 1, 1]})
    found = rct.difference_in_means(data, "y", treatment="arm")["1"]
    assert found.estimate == 2.0
    assert str(found.p_value) == "there is no variation"


@pytest.mark.parametrize("labels", [("control", "letter"), ("対照", "実施"), (False, True), ("0", "1"), (0.0, 1.0)])
def test_the_control_arm_is_known_by_its_usual_names(labels):
    data = trial()
    plain = rct.difference_in_means(data, "kwh", treatment="arm")
    named = rct.difference_in_means(data.assign(arm=[labels[arm] for arm in data.arm]), "kwh", treatment="arm")
    assert named.terms == ("1" if isinstance(labels[1], float) else str(labels[1]),)
    same(named.headline, plain.headline)


def test_the_level_widens_the_interval():
    narrow, wide = (
        rct.difference_in_means(trial(), "kwh", treatment="arm", conf_level=level)["1"] for level in (0.8, 0.99)
    )
    assert wide.conf_low < narrow.conf_low < narrow.conf_high < wide.conf_high
