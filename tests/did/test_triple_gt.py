"""Group-time triple differences: closed forms, the estimators to which they collapse, errors, and care with bad tables."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from tests.did.panels import COLUMNS, NEVER, panel

THREE = {**COLUMNS, "eligible": "eligible"}


@pytest.fixture(scope="module")
def table():
    return drawn({NEVER: 60, 4: 40, 6: 50})


def drawn(cohorts, *, periods=7, seed=2):
    """Return a panel in which the gap between eligible and not eligible moves, and so do the groups."""
    data = panel(cohorts, periods=periods, effect=0.0, seed=seed)
    data = data.assign(eligible=(data.unit % 5 < 2 + (data["first"] == 4)) * 1, ward=lambda rows: rows.unit % 31)
    drift = data.time * (0.2 * data.eligible + 0.1 * (data["first"] == 4) + 0.3 * (data["first"] == 6))
    return data.assign(y=data.y + drift + 2.0 * data.treated * data.eligible)


def change(data, g, e, t, base):
    own = data[(data["first"] == g) & (data.eligible == e)].pivot(index="unit", columns="time", values="y")
    return (own[t] - own[base]).to_numpy()


@pytest.mark.parametrize(("g", "t"), [(4, 4), (4, 7), (6, 6)])
def test_without_covariates_it_is_the_difference_of_two_differences(table, g, t):
    parts = [change(table, one, e, t, g - 1) for one in (g, NEVER) for e in (1, 0)]
    a, b, c, d = (part.mean() for part in parts)
    found = did.triple_gt(table, "y", **THREE, control="never_treated").estimates[f"{g}:{t}"]
    assert found.estimate == pytest.approx((a - b) - (c - d), rel=1e-10)
    assert found.std_error == pytest.approx(np.sqrt(sum(part.var() / len(part) for part in parts)), rel=1e-10)
    assert found.n == 2 * sum(len(part) for part in parts)


def test_two_by_two_by_two_is_the_regression():
    data = drawn({NEVER: 40, 2: 40}, periods=2)
    data = data.assign(group=(data["first"] == 2) * 1, after=(data.time == 2) * 1)
    plain = did.triple(
        data, "y", treated="group", eligible="eligible", post="after", cluster="unit", errors="CR0"
    ).headline
    found = did.triple_gt(data, "y", **THREE).aggregate("simple").headline
    assert found.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert found.std_error == pytest.approx(plain.std_error, rel=1e-10)


def test_several_comparison_cohorts_are_combined_at_least_variance(table):
    pairs = []
    for c in (6, NEVER):
        a, b, x, y = (change(table, one, e, 5, 3) for one in (4, c) for e in (1, 0))
        pairs.append((a, b, x, y))
    values = np.array([(a.mean() - b.mean()) - (x.mean() - y.mean()) for a, b, x, y in pairs])
    shared = sum(part.var() / len(part) for part in pairs[0][:2])
    V = shared + np.diag([sum(part.var() / len(part) for part in pair[2:]) for pair in pairs])
    w = np.linalg.solve(V, np.ones(2)) / np.linalg.solve(V, np.ones(2)).sum()
    found = did.triple_gt(table, "y", **THREE).estimates["4:5"]
    assert found.estimate == pytest.approx(w @ values, rel=1e-9)
    assert found.std_error == pytest.approx(np.sqrt(w @ V @ w), rel=1e-9)
    assert found.std_error < did.triple_gt(table, "y", **THREE, control="never_treated").estimates["4:5"].std_error


def test_pooling_the_cohorts_would_be_biased():
    # Groups drift apart and differ in their share of eligible units: the pooled comparison group mixes them in other proportions (section 3.2).
    data = drawn({NEVER: 400, 4: 400, 6: 400}, seed=5)
    noiseless = data.assign(
        y=data.time * (0.2 * data.eligible + 0.5 * (data["first"] == 6) + 0.01 * data.unit % 3)
        + data.treated * data.eligible
    )
    uneven = noiseless[(noiseless["first"] != 6) | (noiseless.eligible == 1) | (noiseless.unit % 7 == 0)]
    assert did.triple_gt(uneven, "y", **THREE, control="never_treated").estimates["4:5"].estimate == pytest.approx(
        1.0, abs=0.1
    )
    pooled = [
        change(uneven.assign(first=uneven["first"].replace(6, NEVER)), one, e, 5, 3).mean()
        for one in (4, NEVER)
        for e in (1, 0)
    ]
    assert abs((pooled[0] - pooled[1]) - (pooled[2] - pooled[3]) - 1.0) > 0.2


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
def test_errors_are_near_those_of_leaving_units_out(method):
    data = drawn({NEVER: 60, 2: 60}, periods=2, seed=4)

    def overall(rows):
        return did.triple_gt(rows, "y", **THREE, covariates=["x"], method=method).aggregate("simple").headline

    left = np.array([overall(data[data.unit != one]).estimate for one in range(120)])
    jackknife = np.sqrt(119 / 120 * ((left - left.mean()) ** 2).sum())
    assert overall(data).std_error == pytest.approx(jackknife, rel=0.1)


def test_clusters_above_the_unit(table):
    found = did.triple_gt(table, "y", **THREE, cluster="ward", control="never_treated")
    parts = {
        e: [
            (
                one,
                change(table, one, e, 4, 3),
                table[(table["first"] == one) & (table.eligible == e) & (table.time == 1)].ward.to_numpy(),
            )
            for one in (4, NEVER)
        ]
        for e in (1, 0)
    }
    sums = np.zeros(31)
    for e, groups in parts.items():
        for one, values, wards in groups:
            sign = (1 if e else -1) * (1 if one == 4 else -1)
            np.add.at(sums, wards, sign * (values - values.mean()) / len(values))
    assert found.estimates["4:4"].std_error == pytest.approx(np.sqrt((sums**2).sum()), rel=1e-10)
    assert found.aggregate("simple").headline.clusters == 31


def test_equal_weights_change_nothing_and_whole_ones_are_copies(table):
    plain = did.triple_gt(table, "y", **THREE, covariates=["x"]).estimates
    same = did.triple_gt(table.assign(w=3.0), "y", **THREE, covariates=["x"], weights="w").estimates
    assert [one.estimate for one in same] == pytest.approx([one.estimate for one in plain], rel=1e-9)
    assert [one.std_error for one in same] == pytest.approx([one.std_error for one in plain], rel=1e-9)
    double = table.assign(w=1.0 + (table.unit % 3 == 0))
    copies = pd.concat([table, table[table.unit % 3 == 0].assign(unit=lambda rows: rows.unit + 1000)])
    weighted = did.triple_gt(double, "y", **THREE, covariates=["x"], weights="w", control="never_treated").estimates
    copied = did.triple_gt(copies, "y", **THREE, covariates=["x"], control="never_treated").estimates
    assert [one.estimate for one in weighted] == pytest.approx([one.estimate for one in copied], rel=1e-8)


def test_without_units_never_treated_the_last_cohort_is_the_comparison():
    data = drawn({4: 40, 6: 50})
    found = did.triple_gt(data, "y", **THREE)
    assert set(found.estimates.terms) == {"4:2", "4:3", "4:4", "4:5"}
    assert "D206" in {one.code for one in found.notices}
    with pytest.raises(DesignError, match="never"):
        did.triple_gt(data, "y", **THREE, control="never_treated")


def test_aggregates_and_the_test_before_treatment(table):
    found = did.triple_gt(table, "y", **THREE, base="universal")
    for kind in ("group", "calendar", "event"):
        assert found.aggregate(kind).headline.estimate == pytest.approx(2.0, abs=0.8)
    assert found.pretrend().p_value > 0.001
    assert found.aggregate("event")["-1"].estimate == 0.0


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"eligible": "time"}, DataError, "0 and 1|0 or 1"),
        ({"eligible": "late"}, DataError, "constant"),
        ({"method": "best"}, DataError, "dr, ipw, reg"),
        ({"base": "any"}, DataError, "universal"),
        ({"control": "pooled"}, DataError, "never_treated"),
        ({"covariates": ["x", "twice"]}, DesignError, "collinear|dependent|overlap|columns"),
        ({"anticipation": -1}, DesignError, "anticipation"),
    ],
)
def test_bad_choices(table, change, kind, message):
    rows = table.assign(late=(table.time > 3) * 1, twice=2 * table.x)
    with pytest.raises(kind, match=message):
        did.triple_gt(rows, "y", **{**THREE, **change})


def test_bad_tables(table):
    with pytest.raises(DesignError, match="one kind"):
        did.triple_gt(table[(table["first"] != 6) | (table.eligible == 1)], "y", **THREE)
    with pytest.raises(DesignError):
        did.triple_gt(table[~((table.unit == 3) & (table.time == 2))], "y", **THREE)
    with pytest.raises(DesignError):
        did.triple_gt(table.assign(y=1.0), "y", **THREE)
