"""Local projections: the regressions they stand for, the estimators to which they collapse, and care with bad tables."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from tests.did.panels import COLUMNS, LARGE, NEVER, panel


@pytest.fixture(scope="module")
def table():
    return panel(LARGE, seed=3).assign(ward=lambda rows: rows.unit % 17, z=lambda rows: rows.x**2 + rows.time)


@pytest.fixture(scope="module")
def gapped(table):
    return table[np.random.default_rng(6).random(len(table)) > 0.15]


def long_differences(data, h, control="not_yet_treated"):
    """Return newly treated and clean rows with their change from the period before, built plainly."""
    first, paths = (
        data.groupby("unit")["first"].first().replace(0, np.inf),
        data.pivot(index="unit", columns="time", values="y"),
    )
    z, rows = data.pivot(index="unit", columns="time", values="z"), []
    for unit in paths.index:
        for t in range(2, 9):
            g, at = first[unit], t + h
            clean = np.isinf(g) if control == "never_treated" else g > t + max(h, 0)
            if (g == t or clean) and 1 <= at <= 8:
                rows.append((unit, t, float(g == t), paths.loc[unit, at] - paths.loc[unit, t - 1], z.loc[unit, t - 1]))
    return pd.DataFrame(rows, columns=["unit", "t", "D", "dy", "z"]).dropna()


@pytest.mark.parametrize("h", [-3, 0, 2])
@pytest.mark.parametrize("covariates", [(), ("z",)])
def test_variance_weights_are_least_squares(gapped, covariates, h):
    rows = long_differences(gapped, h)
    dates = pd.get_dummies(rows.t, dtype=float).to_numpy()
    X = np.column_stack([rows.D, dates, *(rows[one] for one in covariates)])
    bread = np.linalg.inv(X.T @ X)
    b = bread @ X.T @ rows.dy.to_numpy()
    scores = pd.DataFrame(X * (rows.dy.to_numpy() - X @ b)[:, None]).groupby(rows.unit.to_numpy()).sum().to_numpy()
    G, n, K = rows.unit.nunique(), len(rows), X.shape[1]
    variance = (bread @ scores.T @ scores @ bread)[0, 0] * G / (G - 1) * (n - 1) / (n - K)
    found = did.local_projection(gapped, "y", **COLUMNS, weighting="variance", covariates=covariates)[str(h)]
    assert found.estimate == pytest.approx(b[0], rel=1e-9)
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert (found.n, found.clusters, found.df) == (n, G, G - 1.0)


@pytest.mark.parametrize("h", [-3, 0, 2])
def test_equal_weights_are_regression_adjustment(gapped, h):
    rows = long_differences(gapped, h)
    own = rows.D == 1
    X = np.column_stack([pd.get_dummies(rows.t, dtype=float), rows.z])
    X = X[:, np.linalg.norm(X[~own], axis=0) > 0]
    inverse = np.linalg.pinv(X[~own].T @ X[~own])
    left = rows.dy.to_numpy() - X @ (inverse @ X[~own].T @ rows.dy[~own].to_numpy())
    effect = left[own].mean()
    error = np.where(own, (left - effect) / own.sum(), -(X @ inverse @ X[own].mean(axis=0)) * left)
    G = rows.unit.nunique()
    variance = (pd.Series(error).groupby(rows.unit.to_numpy()).sum() ** 2).sum() * G / (G - 1)
    found = did.local_projection(gapped, "y", **COLUMNS, covariates=["z"])[str(h)]
    assert found.estimate == pytest.approx(effect, rel=1e-8)
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-8)


@pytest.mark.parametrize("control", ["not_yet_treated", "never_treated"])
def test_treated_alike_it_is_the_group_time_event_study(table, control):
    # b_h = sum_g (n_g / n) ATT(g, g + h): the same treated units, base and comparison units, with the shares' error in both.
    event = did.att_gt(table, "y", **COLUMNS, base="universal", control=control).aggregate("event")
    found = did.local_projection(table, "y", **COLUMNS, control=control)
    for one in event:
        item = found[one.term]
        assert item.estimate == pytest.approx(one.estimate, rel=1e-10, abs=1e-12)
        if one.term not in ("-1", "overall"):
            G = item.clusters
            assert item.std_error * np.sqrt((G - 1) / G) == pytest.approx(one.std_error, rel=1e-10)


def test_with_a_fixed_composition_it_is_the_stack(table):
    window = {"kappa_pre": 2, "kappa_post": 1}
    stack = did.stacked(table, "y", **COLUMNS, **window)
    plain = did.stacked(table, "y", **COLUMNS, **window, weighting="none")
    options = {"composition": "fixed", "pre_window": 2, "post_window": 1}
    found = did.local_projection(table, "y", **COLUMNS, **options)
    varied = did.local_projection(table, "y", **COLUMNS, **options, weighting="variance")
    for e in ("-2", "-1", "0", "1"):
        assert found[e].estimate == pytest.approx(stack[e].estimate, rel=1e-9, abs=1e-12)
        assert varied[e].estimate == pytest.approx(plain[e].estimate, rel=1e-9, abs=1e-12)
    assert found.headline.estimate == pytest.approx(found["pooled_post"].estimate, rel=1e-9)


def test_one_cohort_from_the_mean_before_is_imputation():
    data = panel({NEVER: 20, 5: 15}, seed=9)
    found = did.local_projection(data, "y", **COLUMNS, base="mean")
    event = did.imputation(data, "y", **COLUMNS).aggregate("event")
    for h in "0123":
        assert found[h].estimate == pytest.approx(event[h].estimate, rel=1e-9)
    assert found["-1"].std_error > 0


def test_the_mean_before_is_of_units_seen_in_every_period_before(table):
    rows = table[~((table.unit == 70) & (table.time == 1))]
    whole = did.local_projection(table[table.unit != 70], "y", **COLUMNS, base="mean")
    assert [one.estimate for one in did.local_projection(rows, "y", **COLUMNS, base="mean")] == [
        one.estimate for one in whole
    ]


def test_what_is_shown(table):
    found = did.local_projection(table, "y", **COLUMNS, pre_window=3, post_window=2)
    assert found.terms == ("-3", "-2", "-1", "0", "1", "2", "pooled_pre", "pooled_post", "overall")
    assert found.positions == (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0)
    a = np.array([0, 0, 0, 1, 1, 1, 0, 0, 0]) / 3
    assert found.headline.std_error == pytest.approx(np.sqrt(a @ found.covariance @ a), rel=1e-12)
    assert isinstance(found["-1"].p_value, Unavailable)
    assert found["pooled_post"].called("ja") == "処置後をまとめた効果"


def test_cohorts_that_change_with_the_horizon_are_said(table):
    codes = {one.code: one for one in did.local_projection(table, "y", **COLUMNS).notices}
    assert codes["D224"].facts["named"] == "5, 7"
    fixed = did.local_projection(table, "y", **COLUMNS, post_window=1)
    assert "D224" not in {one.code for one in fixed.notices}


def test_a_cohort_without_comparison_units_is_said():
    data = panel({4: 15, 6: 15}, seed=4)
    codes = {(one.code, one.about): one for one in did.local_projection(data, "y", **COLUMNS).notices}
    assert codes["D225", "6"].facts["horizon"] == 0
    assert codes["D225", "4"].facts["horizon"] == 2
    assert "D225" not in {one.code for one in did.local_projection(panel(LARGE), "y", **COLUMNS).notices}


def test_units_always_treated_do_not_matter(table):
    always = panel({1: 5}, seed=11).assign(y=lambda rows: rows.y * 1e6, unit=lambda rows: rows.unit + 1000)
    both = did.local_projection(pd.concat([table, always]), "y", **COLUMNS)
    plain = did.local_projection(table, "y", **COLUMNS)
    assert [one.estimate for one in both] == [one.estimate for one in plain]
    assert "D207" in {one.code for one in both.notices}


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"pre_window": 0}, DataError, "too short"),
        ({"post_window": -1}, DataError, "too short"),
        ({"weighting": "both"}, DataError, "equal, variance"),
        ({"base": "first"}, DataError, "last, mean"),
        ({"composition": "any"}, DataError, "varying, fixed"),
        ({"control": "clean"}, DataError, "not_yet_treated"),
        ({"covariates": ["z", "zz"]}, DesignError, "collinear|dependent"),
        ({"covariates": ["nothing"]}, DataError, "nothing"),
        ({"composition": "fixed"}, DesignError, "horizon"),
    ],
)
def test_bad_choices(table, change, kind, message):
    with pytest.raises(kind, match=message):
        did.local_projection(table.assign(zz=2 * table.z), "y", **COLUMNS, **change)


def test_bad_tables(table):
    with pytest.raises(DesignError, match="horizon"):
        did.local_projection(table[table["first"] == 4], "y", **COLUMNS)
    with pytest.raises(DataError, match="missing"):
        did.local_projection(table.assign(y=table.y.where(table.unit > 0)), "y", **COLUMNS)
    with pytest.raises(DesignError):
        did.local_projection(table.assign(first=0), "y", **COLUMNS)


def test_one_treated_unit_has_no_standard_error():
    data = panel({NEVER: 20, 4: 1}, seed=4)
    for found in (
        did.local_projection(data, "y", **COLUMNS),
        did.stacked(data, "y", **COLUMNS, kappa_pre=2, kappa_post=1),
    ):
        assert isinstance(found.headline.std_error, Unavailable)
        assert found.headline.std_error.reason == "did_single_unit"


def test_only_the_overall_mean_is_drawn_as_a_line(table):
    ax = did.local_projection(table, "y", **COLUMNS).plot(lang="ja")
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashed] == [did.local_projection(table, "y", **COLUMNS).headline.estimate]


@pytest.mark.parametrize("weighting", ["equal", "variance"])
def test_whole_weights_are_copies(table, weighting):
    weighted = table.assign(w=1.0 + (table.unit % 3 == 0))
    copies = pd.concat([table, table[table.unit % 3 == 0].assign(unit=lambda rows: rows.unit + 1000)])
    options = {"weighting": weighting, "covariates": ["z"]}
    found = did.local_projection(weighted, "y", **COLUMNS, weights="w", **options)
    copied = did.local_projection(copies.assign(pair=copies.unit % 1000), "y", **COLUMNS, cluster="pair", **options)
    assert [one.estimate for one in found] == pytest.approx([one.estimate for one in copied], rel=1e-8, abs=1e-12)
    if weighting == "equal":
        assert found.headline.std_error == pytest.approx(copied.headline.std_error, rel=1e-8)
    with pytest.raises(DataError, match="change"):
        did.local_projection(table.assign(w=1.0 + table.time), "y", **COLUMNS, weights="w")
