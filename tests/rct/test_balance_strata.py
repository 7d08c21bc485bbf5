"""The omnibus test of balance: by enumeration, with and without strata, alike for units in any order; the Love plot."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DesignError
from tests.rct.test_difference import trial


def small(seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.normal(size=14), "size": rng.normal(size=14), "ward": [0] * 8 + [1] * 6,
        "arm": [0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1],
    })  # fmt: skip


def statistic(data, arm):
    """d'V^-1 d by the definition, V the covariance of d over all assignments."""
    every = [distance(data, one) for one in assignments(data)]
    d, V = distance(data, arm), np.cov(np.array(every).T, bias=True)
    return d @ np.linalg.solve(V, d)


def distance(data, arm):
    """Differences within wards, weighted by n1 n0 / n."""
    parts, weights = [], []
    for ward in (0, 1):
        inside = (data.ward == ward).to_numpy()
        rows, treated = data.loc[inside, ["age", "size"]].to_numpy(), np.asarray(arm)[inside] == 1
        parts.append(rows[treated].mean(axis=0) - rows[~treated].mean(axis=0))
        weights.append(treated.sum() * (~treated).sum() / len(treated))
    return np.average(parts, axis=0, weights=weights)


def assignments(data):
    for first in combinations(range(8), 3):
        for second in combinations(range(8, 14), 4):
            arm = np.zeros(14, dtype=int)
            arm[[*first, *second]] = 1
            yield arm


def test_the_stratified_test_is_the_enumerated_one():
    data = small()
    (found,) = rct.balance_table(data, ["age", "size"], treatment="arm", strata="ward").arms
    observed = statistic(data, data.arm.to_numpy())
    assert found.statistic == pytest.approx(observed, rel=1e-9)
    every = np.array([distance(data, one) for one in assignments(data)])
    inverse = np.linalg.inv(np.cov(every.T, bias=True))
    far = np.einsum("ij,jk,ik->i", every, inverse, every) >= observed - 1e-9
    assert found.p_value == pytest.approx(far.mean(), abs=1e-12)
    assert (found.test.draws, found.df) == (840, 2)


def test_without_strata_nothing_is_stratified():
    found = rct.balance_table(small(), ["age", "size"], treatment="arm")
    assert found.arms[0].test == found.arms[0].unstratified
    assert found.arms[0].within == pytest.approx(found.arms[0].standardised)
    assert len(found.lines("en")) == 1


def test_strata_explain_an_imbalance_between_them():
    rng = np.random.default_rng(3)
    ward = np.repeat([0, 1], 60)
    arm = np.r_[np.arange(60) % 4 == 0, np.arange(60) % 4 > 0].astype(int)
    data = pd.DataFrame({"age": 30.0 * ward + rng.normal(size=120), "ward": ward, "arm": arm})
    found = rct.balance_table(data, "age", treatment="arm", strata="ward").arms[0]
    assert found.unstratified.p_value < 0.001 < found.test.p_value
    assert abs(found.within[0]) < 0.1 < abs(found.standardised[0])


def test_a_declaration_says_the_same_as_its_columns():
    data = trial()
    lot = rct.Assignment(cluster="school", strata="ward")
    declared = rct.balance_table(data, ["before", "weight"], treatment="arm", assignment=lot)
    columns = rct.balance_table(data, ["before", "weight"], treatment="arm", cluster="school", strata="ward")
    assert declared.arms == columns.arms
    with pytest.raises(DesignError):
        rct.balance(data, "before", treatment="arm", assignment=lot, cluster="school")


@pytest.mark.parametrize(("lang", "axis"), [("ja", "標準化差"), ("en", "standardised difference")])
def test_the_love_plot_has_a_row_a_covariate(lang, axis):
    found = rct.balance_table(trial(arms=3, clusters=36), ["before", "weight"], treatment="arm", cluster="school")
    drawn = found.plot(lang=lang)
    assert axis in drawn.get_xlabel()
    assert sorted(text.get_text() for text in drawn.get_yticklabels()) == ["before", "weight"]
    assert len(drawn.get_legend().get_texts()) == 2
    assert found.tables(lang)[0].caption
