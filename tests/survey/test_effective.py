"""Units of unequal size: what they are worth, S122, and the jackknife with the degrees of freedom that they are worth."""

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.errors import DataError
from ebpm.moments import scan
from ebpm.survey.design.effective import effective_df

SIZES = [3, 80, 5, 40, 60, 8, 4, 12, 70, 20]


def sample(sizes=SIZES, wards=1):
    lot = np.repeat(np.arange(len(sizes)), sizes)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(sizes))[lot]
    y = np.random.default_rng(2).normal(size=len(lot)) + np.random.default_rng(3).normal(size=len(sizes))[lot]
    return pd.DataFrame({"y": y, "lot": lot, "ward": lot % wards, "w": weight})


def by_definition(weights, lot):
    """Bell and McCaffrey's (tr G)^2 / tr(G^2) of a weighted mean, row by row, with cluster adjustments (1 - h)^(-1/2)."""
    root = np.sqrt(weights)[:, None]
    hat = root @ root.T / weights.sum()
    columns = []
    for one in np.unique(lot):
        own = lot == one
        values, vectors = np.linalg.eigh(np.eye(own.sum()) - hat[np.ix_(own, own)])
        adjusted = vectors / np.sqrt(values) @ vectors.T
        columns.append((np.eye(len(weights)) - hat)[:, own] @ adjusted @ root[own][:, 0])
    gram = np.column_stack(columns).T @ np.column_stack(columns)
    return np.trace(gram) ** 2 / (gram**2).sum()


def test_effective_degrees_are_bell_and_mccaffreys_of_a_weighted_mean():
    data = sample()
    units = data.groupby("lot").w.sum().to_numpy()
    assert effective_df(units, np.zeros(10, dtype=int)) == pytest.approx(
        by_definition(data.w.to_numpy(), data.lot), rel=1e-9
    )


def test_units_alike_are_worth_units_less_strata_and_lone_or_empty_ones_nothing():
    strata = np.array([0, 0, 0, 1, 1, 1, 1, 2])
    shares = (
        np.array([6.0, 6.0]) / 12
    )  # Satterthwaite's sum of two variances of 2 and 3 degrees, in proportion to weight
    expected = 1 / (shares**2 / [2, 3]).sum()
    assert effective_df(np.array([2.0, 2, 2, 1.5, 1.5, 1.5, 1.5, 9]), strata) == pytest.approx(expected)
    assert effective_df(np.ones(8), np.arange(8) % 2) == pytest.approx(6.0)
    assert effective_df(np.r_[np.ones(4), 0.0], np.zeros(5, dtype=int)) == pytest.approx(3.0)
    assert effective_df(np.ones(2), np.arange(2)) == 0.0


@pytest.mark.parametrize("routine", [survey.mean, survey.total])
def test_s122_fires_for_unequal_units_and_not_for_alike_or_rows(routine):
    found = routine(sample(), "y", weights="w", cluster="lot").notices
    assert "S122" in found
    assert "worth" in found.to_text("en")
    assert "不揃い" in found.to_text("ja")
    assert "S122" not in routine(sample(), "y", weights="w").notices
    assert "S122" not in routine(sample([12] * 10), "y", weights="w", cluster="lot").notices
    assert "S122" not in routine(sample(SIZES * 8), "y", weights="w", cluster="lot").notices


def test_s122_of_sums_is_that_of_rows(tmp_path):
    data = sample(wards=2)
    data.to_parquet(tmp_path / "answers.parquet")
    design = {"weights": "w", "cluster": "lot", "strata": "ward"}
    one, other = survey.mean(data, "y", **design), survey.mean(scan(tmp_path / "answers.parquet"), "y", **design)
    assert "S122" in one.notices
    assert one.notices.items == tuple(each for each in other.notices if each.code != "T060")


def test_the_jackknife_takes_the_degrees_that_units_are_worth():
    data = sample()
    made = survey.replicates(data, weights="w", cluster="lot", df="effective")
    plain = survey.replicates(data, weights="w", cluster="lot")
    ours, usual = (survey.mean(data, "y", weights=one, cluster="lot").headline for one in (made, plain))
    assert (ours.estimate, ours.std_error) == (usual.estimate, usual.std_error)
    assert usual.df == 9
    assert ours.df == pytest.approx(by_definition(data.w.to_numpy(), data.lot), rel=1e-9)
    assert "S122" not in survey.mean(data, "y", weights=made, cluster="lot").notices
    part = survey.mean(data, "y", weights=made, cluster="lot", where={"lot": [0, 1, 2]}).headline
    assert part.df == 2
    even = sample([12] * 10).assign(w=1.0)
    alike = survey.replicates(even, cluster="lot", df="effective")
    assert survey.mean(even, "y", weights=alike, cluster="lot").headline.df == pytest.approx(9.0)


def test_degrees_that_are_not_known_are_refused():
    with pytest.raises(DataError, match="df='satterthwaite'"):
        survey.replicates(sample(), df="satterthwaite")
