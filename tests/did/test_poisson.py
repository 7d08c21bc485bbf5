"""Poisson with two-way effects: the regression with every dummy, collapses, invariances, zeros, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.stats.regression import glm
from tests.did.panels import LARGE, NEVER, panel

COLUMNS = {"unit": "unit", "time": "time"}


def counts(cohorts=LARGE, *, seed=1, level=3.0, **choices):
    data = panel(cohorts, seed=seed, noise=0.3, effect=0.2, **choices)
    return data.assign(
        y=np.random.default_rng(seed).poisson(np.exp(0.3 * data.y) * level).astype(float), size=1.0 + data.unit % 5
    )


def fitted(data, **choices):
    return did.poisson(data, "y", **{**COLUMNS, "treatment": "treated", **choices})


@pytest.fixture(scope="module")
def gapped():
    data = counts({NEVER: 12, 4: 9, 6: 7}, periods=7, seed=5, level=8.0)
    return data[np.random.default_rng(6).random(len(data)) > 0.15].assign(
        z=lambda table: np.sin(table.unit * table.time)
    )


@pytest.mark.parametrize("options", [{}, {"exposure": "size"}, {"weights": "size"}, {"cluster": "ward"}])
def test_absorbing_is_the_regression_with_every_dummy(gapped, options):
    data = gapped.assign(ward=gapped.unit % 9)
    dummies = pd.get_dummies(data[["unit", "time"]].astype(str), dtype=float).drop(columns="time_1").to_numpy()
    given = {name: data[column].to_numpy() for name, column in options.items() if name != "cluster"}
    long = glm.poisson(data.y.to_numpy(), np.column_stack([data[["treated", "z"]], dummies]), **given)
    groups = data[options.get("cluster", "unit")]
    sums = pd.DataFrame(long.scores).groupby(groups.to_numpy()).sum().to_numpy() @ long.bread
    G, n, K = groups.nunique(), len(data), 2 + data.time.nunique()
    errors = np.sqrt(G / (G - 1) * (n - 1) / (n - K) * (sums**2).sum(axis=0))
    found = fitted(data, treatment=["treated", "z"], **options)
    np.testing.assert_allclose([item.estimate for item in found], long.coefficients[:2], rtol=1e-8)
    np.testing.assert_allclose([item.std_error for item in found], errors[:2], rtol=1e-7)
    assert found.headline.clusters == G


def test_two_periods_and_two_groups_are_the_ratio_of_ratios():
    data = counts({NEVER: 30, 2: 20}, periods=2)
    totals = data.groupby([data["first"] > 0, "time"]).y.sum()
    expected = np.log(totals[True, 2] / totals[True, 1]) - np.log(totals[False, 2] / totals[False, 1])
    assert fitted(data).headline.estimate == pytest.approx(expected, rel=1e-9)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.floats(0.01, 1e6))
def test_what_must_not_matter(seed, factor):
    data, rng = counts(seed=seed), np.random.default_rng(seed)
    unit, time = np.exp(rng.normal(size=data.unit.max() + 1)), np.exp(rng.normal(size=9))
    labels = rng.permutation(data.unit.max() + 1)
    plain = fitted(data).headline
    scaled = fitted(data.assign(y=factor * data.y, unit=labels[data.unit]).sample(frac=1, random_state=seed)).headline
    exposed = fitted(data.assign(y=data.y, size=unit[data.unit] * time[data.time]), exposure="size").headline
    for again in (scaled, exposed):
        np.testing.assert_allclose(
            [again.estimate, again.std_error], [plain.estimate, plain.std_error], rtol=1e-6, atol=1e-9
        )


def test_units_and_periods_of_zeros_alone_are_left_out_and_noticed():
    data = counts()
    zeros = panel({NEVER: 3, 4: 2}).assign(y=0.0, unit=lambda table: table.unit + 900)
    both = fitted(pd.concat([data, zeros]))
    assert both.headline.estimate == pytest.approx(fitted(data).headline.estimate, rel=1e-12)
    notice = next(one for one in both.notices if one.code == "D217")
    assert (notice.facts["rows"], notice.facts["units"]) == (40, 5)
    assert all("{" not in notice.to_text(lang) for lang in ("ja", "en"))
    assert fitted(counts(level=9.0)).notices.codes == ()


def test_one_unit_that_holds_most_of_the_sum_is_noticed():
    data = counts(level=9.0)
    assert "D205" in fitted(data.assign(y=data.y * np.where(data.unit == 70, 1e5, 1.0))).notices


def test_few_treated_clusters_are_noticed():
    assert "D211" in fitted(counts({NEVER: 30, 4: 5}, level=9.0)).notices


def test_amounts_of_any_size_converge():
    data = counts(level=0.4)
    heavy = data.assign(y=data.y * np.exp(4 * np.random.default_rng(8).normal(size=len(data))))
    assert np.isfinite(fitted(heavy).headline.estimate)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_what_it_is(lang):
    found = fitted(counts())
    assert {"ja": "対数ポイント", "en": "log points"}[lang] in found.summary(lang)
    found.plot(lang=lang).figure.draw_without_rendering()


REFUSED = {
    "negative": ({"y": -1.0}, {}, DesignError, "glm_negative_count"),
    "all zero": ({"y": 0.0}, {}, DesignError, "glm_constant_outcome"),
    "separated": ({"y": lambda table: table.y * (1 - table.treated)}, {}, DesignError, "did_separated"),
    "constant in units": ({}, {"treatment": "x"}, DesignError, "did_absorbed"),
    "collinear": (
        {"twice": lambda table: 2 * table.treated},
        {"treatment": ["treated", "twice"]},
        DesignError,
        "stats_collinear",
    ),
    "duplicates": ({"unit": 1}, {}, DataError, "panel_duplicates"),
    "not nested": ({}, {"cluster": "time"}, DataError, "did_units_not_nested"),
    "one cluster": ({"one": 1}, {"cluster": "one"}, DesignError, "stats_one_cluster"),
    "exposure": ({"size": 0.0}, {"exposure": "size"}, DataError, "negative_weights"),
    "weights": ({"size": -1.0}, {"weights": "size"}, DataError, "negative_weights"),
    "level": ({}, {"conf_level": 1.0}, DesignError, "bad_level"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    changes, choices, kind, code = REFUSED[case]
    with pytest.raises(kind) as caught:
        fitted(counts().assign(**changes), **choices)
    assert caught.value.code == code
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )
