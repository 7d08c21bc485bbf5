"""Two-way fixed effects with errors of independent rows, and with CR0 and CR1S: those of a regression on dummies, wherever the rows lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DataError
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares
from tests.moments.test_twfe_errors_from_sums import PANEL, assert_same, rows

pl = pytest.importorskip("polars")
INDEPENDENT = ("HC0", "HC1", "HC2", "HC3")
ASKED = [*({"errors": one} for one in (*INDEPENDENT, "CR0", "CR1S")), {"errors": "CR0", "cluster": "ward"}, {"errors": "CR1S", "cluster": ["home", "year"]}]  # fmt: skip


@pytest.fixture(scope="module")
def gapped():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"id": np.repeat(np.arange(30), 8), "t": np.tile(np.arange(8), 30)}).sample(
        frac=0.8, random_state=1
    )
    return table.assign(
        d=(table.t > 3 + table.id % 4).astype(int), x=rng.normal(size=len(table)), w=rng.uniform(0.5, 3, len(table)),
        area=table.id % 5 * 10 + table.t // 3, y=rng.normal(size=len(table)) * (1 + table.t) + table.id,
    )  # fmt: skip


def with_dummies(table, factors, weights):
    parts = [pd.get_dummies(table[one], drop_first=True).to_numpy(float) for one in factors]
    design = np.column_stack([table.d, table.x, np.ones(len(table)), *parts]).astype(float)
    kept = np.abs(np.diag(np.linalg.qr(design, mode="r"))) > 1e-8
    own = None if weights is None else table[weights].to_numpy()
    return least_squares(design[:, kept], table.y.to_numpy(), weights=own)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("others", [(), ("area",)])
@pytest.mark.parametrize("errors", INDEPENDENT)
def test_a_regression_on_dummies_has_the_same(gapped, errors, others, weights):
    found = did.twfe(
        gapped, "y", unit="id", time="t", treatment=["d", "x"], errors=errors, fixed_effects=others, weights=weights
    )
    covariance = robust(with_dummies(gapped, ("id", "t", *others), weights), errors)
    np.testing.assert_allclose(found.covariance, covariance.matrix[:2, :2], rtol=1e-10)
    assert (found.headline.df, found.headline.clusters) == (covariance.df[0], 0)


@pytest.mark.parametrize("errors", ["CR0", "CR1S"])
def test_clustered_errors_of_a_regression_on_dummies(gapped, errors):
    found = did.twfe(gapped, "y", unit="id", time="t", treatment=["d", "x"], errors=errors)
    covariance = clustered(with_dummies(gapped, ("id", "t"), None), gapped.id.to_numpy(), kind=errors)
    np.testing.assert_allclose(found.covariance, covariance.matrix[:2, :2], rtol=1e-10)
    assert found.headline.df == 29


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.parametrize("asked", ASKED)
def test_the_same_where_the_table_lies(asked, gaps):
    data = rows(41, gaps=gaps)
    assert_same(*(did.twfe(one, "kwh", **PANEL, **asked) for one in (data, pl.from_pandas(data).lazy())))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), errors=st.sampled_from(INDEPENDENT), scale=st.floats(0.01, 1e4))
def test_order_labels_shift_and_scale_do_not_matter(seed, errors, scale):
    data = rows(seed, units=30, gaps=0.1)
    changed = data.sample(frac=1, random_state=2).assign(
        year=lambda one: one["year"] + 100, home=lambda one: "h" + one["home"]
    )
    plain, other = (
        did.twfe(one, "kwh", **PANEL, errors=errors).headline
        for one in (data, changed.assign(kwh=changed["kwh"] * scale + 7))
    )
    assert other.std_error == pytest.approx(scale * plain.std_error, rel=1e-8)
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-6)


def test_a_unit_seen_once_determines_its_effect_and_adds_nothing(gapped):
    alone = pd.DataFrame({"id": [99], "t": [2], "d": [0], "x": [0.3], "w": [1.0], "area": [1], "y": [1e6]})
    for errors in INDEPENDENT:
        plain, more = (
            did.twfe(one, "y", unit="id", time="t", treatment="d", errors=errors)
            for one in (gapped, pd.concat([gapped, alone]))
        )
        scale = (len(gapped) + 1) / len(gapped) if errors == "HC1" else 1.0
        assert more.headline.std_error == pytest.approx(np.sqrt(scale) * plain.headline.std_error, rel=1e-9)


@pytest.mark.parametrize("errors", INDEPENDENT)
def test_clusters_do_not_go_with_independent_rows(gapped, errors):
    with pytest.raises(DataError) as refused:
        did.twfe(gapped, "y", unit="id", time="t", treatment="d", errors=errors, cluster="id")
    assert refused.value.code == "did_errors_conflict"
    assert "HC0" in refused.value.remedy()


def test_unknown_errors_name_the_choices(gapped):
    with pytest.raises(DataError, match="HC3"):
        did.twfe(gapped, "y", unit="id", time="t", treatment="d", errors="hetero")


def test_a_weight_that_is_rounding_is_not_negative():
    """Two halves of the units with the same history: in some periods the weights are zero but for rounding."""
    data = rows(48544, units=33)
    held, lazy = (did.twfe(one, "kwh", **PANEL) for one in (data, pl.from_pandas(data).lazy()))
    assert set(held.notices.codes) == {one.code for one in lazy.notices if one.code != "T060"}
