"""Stacked differences in differences: the regressions they stand for, the cases to which they collapse, and care with bad tables."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Unavailable
from ebpm.stats.regression.covariance import clustered
from ebpm.stats.regression.least_squares import least_squares
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

WINDOW = {"kappa_pre": 2, "kappa_post": 1}


@pytest.fixture(scope="module")
def table():
    return panel(LARGE, seed=3).assign(ward=lambda rows: rows.unit % 17)


def stack(data, pre, post):
    """Return the rows of the stack, built plainly."""
    first, found = data["first"].where(data["first"] > 0, np.inf), []
    for cohort in sorted(set(first[np.isfinite(first)])):
        window = list(range(int(cohort) - pre, int(cohort) + post + 1))
        if set(window) <= set(data.time):
            own = data[((first == cohort) | (first > cohort + post)) & data.time.isin(window)]
            whole = own.groupby("unit").time.transform("size") == len(window)
            found.append(
                own[whole].assign(D=(first == cohort) * 1.0, e=lambda rows, at=cohort: rows.time - at, sub=cohort)
            )
    return pd.concat(found, ignore_index=True)


def dummies(*columns):
    return pd.get_dummies(pd.concat([column.astype(str) for column in columns], axis=1), dtype=float).to_numpy()


@pytest.mark.parametrize("cluster", ["unit", "ward"])
@pytest.mark.parametrize("weighting", ["corrective", "none"])
def test_it_is_the_regression_on_the_stack(table, weighting, cluster):
    rows = stack(table, 2, 1)
    times = [e for e in sorted(set(rows.e)) if e != -1]
    effects = np.column_stack([rows.D * (rows.e == e) for e in times])
    weights = np.ones(len(rows))
    if weighting == "corrective":
        others = np.column_stack([np.ones(len(rows)), rows.D, *[(rows.e == e) * 1.0 for e in times]])
        counts = rows.groupby(["sub", "D"]).unit.nunique().unstack()
        weights = np.where(
            rows.D == 1, 1.0, rows["sub"].map(counts[1] / counts[1].sum() / (counts[0] / counts[0].sum()))
        )
        K = effects.shape[1] + others.shape[1]
    else:
        full = dummies(
            rows["sub"].astype(str) + rows.unit.astype(str), rows["sub"].astype(str) + ":" + rows.e.astype(str)
        )
        keep = np.abs(np.diag(np.linalg.qr(np.column_stack([effects, full]), mode="r"))) > 1e-9
        others = full[:, keep[len(times) :]]
        K = len(times) + rows.groupby(["sub", "e"]).ngroups
    fit = least_squares(np.column_stack([effects, others]), rows.y.to_numpy(), weights=weights)
    codes = np.unique(rows[cluster], return_inverse=True)[1]
    plain, G, n = clustered(fit, codes, kind="CR0").std_errors[: len(times)], codes.max() + 1, len(rows)
    found = did.stacked(table, "y", **COLUMNS, **WINDOW, weighting=weighting, cluster=cluster)
    items = [found[str(int(e))] for e in times]
    np.testing.assert_allclose([one.estimate for one in items], fit.coefficients[: len(times)], rtol=1e-9)
    np.testing.assert_allclose(
        [one.std_error for one in items], plain * np.sqrt(G / (G - 1) * (n - 1) / (n - K)), rtol=1e-9
    )
    assert {(one.n, one.clusters, one.df) for one in items} == {(n, G, G - 1.0)}


def test_one_cohort_and_two_periods_is_two_by_two():
    data = panel({NEVER: 20, 2: 15}, periods=2, seed=8).assign(
        ever=lambda rows: (rows["first"] > 0) * 1, post=lambda rows: rows.time - 1
    )
    plain = did.two_by_two(data, "y", treated="ever", post="post", cluster="unit", errors="CR1S").headline
    for weighting in ("corrective", "none"):
        found = did.stacked(data, "y", **COLUMNS, kappa_pre=1, kappa_post=0, weighting=weighting).headline
        assert found.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert did.stacked(data, "y", **COLUMNS, kappa_pre=1, kappa_post=0).headline.std_error == pytest.approx(
        plain.std_error, rel=1e-10
    )


@pytest.mark.parametrize("weighting", ["corrective", "none"])
def test_one_sub_experiment_is_its_event_study(weighting):
    data = panel({NEVER: 20, 5: 15}, seed=9)
    plain = did.event_study(data, "y", **COLUMNS, method="twfe")
    found = did.stacked(data, "y", **COLUMNS, kappa_pre=4, kappa_post=3, weighting=weighting)
    assert [one.estimate for one in found] == pytest.approx([one.estimate for one in plain], rel=1e-9, abs=1e-12)
    if weighting == "none":
        assert found.headline.std_error == pytest.approx(plain.headline.std_error, rel=1e-9)


def test_corrective_weights_average_the_cohorts_by_their_treated_units(table):
    whole = did.stacked(table, "y", **COLUMNS, **WINDOW)
    for e in ("-2", "0", "1"):
        assert whole[e].estimate == pytest.approx(
            np.average([alone(table, g)[e].estimate for g in (4, 5, 7)], weights=[30, 25, 20]), rel=1e-9
        )


def alone(table, cohort):
    """Return the stack of one cohort, beside all that are clean."""
    first = table["first"]
    kept = table[(first == cohort) | (first == NEVER) | (first > cohort + 1)]
    return did.stacked(kept.assign(first=kept["first"].where(kept["first"] == cohort, NEVER)), "y", **COLUMNS, **WINDOW)


def test_strong_period_effects_swell_the_errors_but_not_those_of_the_projection(table):
    moved = table.assign(y=table.y + 20.0 * np.sin(table.time))
    fixed = {"composition": "fixed", "pre_window": 2, "post_window": 1}
    stacks = [did.stacked(rows, "y", **COLUMNS, **WINDOW)["1"] for rows in (table, moved)]
    projected = [did.local_projection(rows, "y", **COLUMNS, **fixed)["1"] for rows in (table, moved)]
    assert [one.estimate for one in (*stacks, *projected)] == pytest.approx([stacks[0].estimate] * 4, rel=1e-9)
    assert stacks[1].std_error > 2 * stacks[0].std_error
    assert projected[1].std_error == pytest.approx(projected[0].std_error, rel=1e-9)


def test_the_mean_over_event_times_from_treatment_on_has_the_joint_covariance(table):
    found = did.stacked(table, "y", **COLUMNS, **WINDOW)
    a = np.array([0, 0, 0.5, 0.5, 0])
    assert found.headline.estimate == pytest.approx(a @ [one.estimate for one in found], rel=1e-12)
    assert found.headline.std_error == pytest.approx(np.sqrt(a @ found.covariance @ a), rel=1e-12)
    assert isinstance(found["-1"].std_error, Unavailable)
    assert found["-1"].estimate == 0.0


def test_a_unit_with_a_gap_is_not_in_that_sub_experiment(table):
    gapped = table[~((table.unit == 0) & (table.time == 3))]
    found = did.stacked(gapped, "y", **COLUMNS, **WINDOW)
    notice = next(one for one in found.notices if one.code == "D223")
    assert notice.facts["units"] == 2  # in the windows of cohorts 4 and 5
    assert found["0"].n == did.stacked(table, "y", **COLUMNS, **WINDOW)["0"].n - 2 * 4


def test_cohorts_outside_the_window_are_said():
    data = panel({NEVER: 20, 2: 15, 5: 15, 8: 15}, seed=4)
    found = did.stacked(data, "y", **COLUMNS, kappa_pre=2, kappa_post=1)
    notice = next(one for one in found.notices if one.code == "D223")
    assert notice.facts["named"] == "2, 8"
    alone = did.stacked(data[data["first"].isin([0, 5, 8])], "y", **COLUMNS, kappa_pre=2, kappa_post=1)
    assert found["0"].estimate == alone["0"].estimate


def test_a_cohort_without_clean_comparison_units_is_said():
    data = panel({4: 15, 6: 15}, seed=4)
    found = did.stacked(data, "y", **COLUMNS, kappa_pre=2, kappa_post=1)
    notices = {one.code: one for one in found.notices}
    assert notices["D225"].about == "6"
    assert notices["D225"].facts["horizon"] == 1
    assert "D225" not in {one.code for one in did.stacked(panel(LARGE), "y", **COLUMNS, **WINDOW).notices}
    assert "D223" not in {one.code for one in did.stacked(panel(LARGE), "y", **COLUMNS, **WINDOW).notices}


def test_periods_two_years_apart(table):
    wide = table.assign(time=2000 + 2 * table.time, first=np.where(table["first"] > 0, 2000 + 2 * table["first"], 0))
    found = did.stacked(wide, "y", **COLUMNS, kappa_pre=4, kappa_post=2)
    assert found.positions == (-4.0, -2.0, 0.0, 2.0)
    plain = did.stacked(table, "y", **COLUMNS, **WINDOW)
    assert [one.estimate for one in found] == [one.estimate for one in plain]


def test_only_units_never_treated(table):
    rows = table[table["first"].isin([0, 4])]
    same = did.stacked(rows, "y", **COLUMNS, **WINDOW)["1"].estimate
    only = did.stacked(table, "y", **COLUMNS, **WINDOW, control="never_treated")
    assert only["1"].n < did.stacked(table, "y", **COLUMNS, **WINDOW)["1"].n
    assert did.stacked(rows, "y", **COLUMNS, **WINDOW, control="never_treated")["1"].estimate == same


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"kappa_pre": 0}, DataError, "too short"),
        ({"kappa_post": -1}, DataError, "too short"),
        ({"kappa_pre": float("nan")}, DataError, "too short"),
        ({"kappa_pre": 30}, DesignError, "No cohort is seen"),
        ({"weighting": "best"}, DataError, "corrective, none"),
        ({"control": "all"}, DataError, "never_treated"),
        ({"cluster": "x"}, DataError, "nested|cluster"),
    ],
)
def test_bad_choices(table, change, kind, message):
    with pytest.raises(kind, match=message):
        did.stacked(table.assign(x=np.arange(len(table))), "y", **{**COLUMNS, **WINDOW, **change})


def test_bad_tables(table):
    with pytest.raises(DesignError, match=r"No cohort"):
        did.stacked(table[table["first"] == 4], "y", **COLUMNS, **WINDOW)
    with pytest.raises(DataError, match="missing"):
        did.stacked(table.assign(y=table.y.where(table.unit > 0)), "y", **COLUMNS, **WINDOW)
    with pytest.raises(DesignError):
        did.stacked(table.assign(y=1.0), "y", **COLUMNS, **WINDOW)
    with pytest.raises(DesignError):
        did.stacked(table.assign(first=0), "y", **COLUMNS, **WINDOW)


@pytest.mark.parametrize("weighting", ["corrective", "none"])
def test_whole_weights_are_copies(table, weighting):
    weighted = table.assign(w=1.0 + (table.unit % 3 == 0))
    copies = pd.concat([table, table[table.unit % 3 == 0].assign(unit=lambda rows: rows.unit + 1000)])
    found = did.stacked(weighted, "y", **COLUMNS, **WINDOW, weights="w", weighting=weighting)
    copied = did.stacked(
        copies.assign(pair=copies.unit % 1000), "y", **COLUMNS, **WINDOW, cluster="pair", weighting=weighting
    )
    assert [one.estimate for one in found] == pytest.approx([one.estimate for one in copied], rel=1e-9, abs=1e-12)
    assert found.headline.std_error == pytest.approx(copied.headline.std_error, rel=0.01)  # but for (n-1)/(n-K)
