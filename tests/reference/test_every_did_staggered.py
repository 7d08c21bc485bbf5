"""Every number of the cases of staggered adoption (did03, did05 to did08), or why one of them stands beside nothing of ours."""

from __future__ import annotations

import numpy as np
import pytest

from ebpm import did
from ebpm.estimate import Unavailable
from ebpm.stats.inference import quantile
from tests.reference.every_value import assert_every_value, case, read
from tests.reference.test_did03 import CONFIGURATIONS, EVENT, fitted

COUNTIES = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}


def listed(path, values):
    return {f"{path}/{place}": value for place, value in enumerate(values)}


def error(item):
    return None if isinstance(item.std_error, Unavailable) else item.std_error


def averages(path, found, *, overall=True):
    """Return the aggregate of R's did; of one number it holds no lists."""
    items = found.items[:-1]
    ours = listed(f"{path}/egt", found.positions) | listed(f"{path}/att_egt", [one.estimate for one in items])
    ours |= listed(f"{path}/se_egt", map(error, items)) | dict.fromkeys(
        (f"{path}/{name}" for name in ("egt", "att_egt", "se_egt")), None
    )
    if overall:
        ours |= {f"{path}/overall_att": found.headline.estimate, f"{path}/overall_se": found.headline.std_error}
    return ours


def group_time(counties, key):
    result = fitted(counties, key)
    ours, items = {}, list(result.estimates)
    if "anticipation" not in key:
        ours[f"{key}/n"] = int(result.effects.counts.sum())
    cells = [term.split(":") for term in result.estimates.terms]
    ours |= listed(f"{key}/att_gt/group", [int(one) for one, _ in cells]) | listed(
        f"{key}/att_gt/t", [int(one) for _, one in cells]
    )
    ours |= listed(f"{key}/att_gt/att", [one.estimate for one in items]) | listed(f"{key}/att_gt/se", map(error, items))
    ours[f"{key}/att_gt/crit_val_uniform_bootstrap"] = quantile(
        0.975
    )  # no bootstrap was asked for: the normal quantile
    for theirs in ("simple", "dynamic", "group", "calendar"):
        ours |= averages(f"{key}/agg/{theirs}", result.aggregate(EVENT.get(theirs, theirs)))
    # R tests all cells before treatment, those of declared anticipation too: see test_more_values
    before = [
        place
        for place, (cohort, year) in enumerate(cells)
        if int(year) < int(cohort) and error(items[place]) is not None
    ]
    effects = np.array([one.estimate for one in items])[before]
    ours[f"{key}/wald_pretest/W"] = effects @ np.linalg.solve(
        result.estimates.covariance[np.ix_(before, before)], effects
    )
    if "anticipation" not in key:
        ours[f"{key}/wald_pretest/p/0/0"] = float(f"{result.pretrend('cell').p_value:.5f}")  # as R prints it
    return ours


BOOTSTRAP = "of simulated draws: compared within their error in test_did03"
LIMITED_UNIVERSAL = {"dynamic_balance_e1_lpop_dr": {"balance": 1}, "dynamic_min_m2_max2_lpop_dr": {"window": (-2, 2)}}


def test_callaway_santanna():
    counties, expected = case("did03_callaway_santanna_mpdta")
    ours = {path: value for key in CONFIGURATIONS for path, value in group_time(counties, key).items()}
    for key, choices in LIMITED_UNIVERSAL.items():
        ours |= averages(key, fitted(counties, "nevertreated|varying|lpop|dr").aggregate("event", **choices))
    event = fitted(counties, "nevertreated|universal|none|dr").aggregate("event")
    path = "event_study_vcov_nevertreated_universal_none_dr"
    ours |= listed(f"{path}/egt", event.positions) | listed(f"{path}/beta", [one.estimate for one in event.items[:-1]])
    for place, row in enumerate(event.covariance[:-1, :-1]):
        ours |= listed(f"{path}/vcov/{place}", row)
    reasons = {
        r"(uniform_crit|multiplier_bootstrap).*": BOOTSTRAP,
        r"anticipation1.*/n": "R counts the cohort of 2004 too, which has no period before its anticipation and which we set aside",
        r"anticipation1.*/wald_pretest/p/0/0": "of R's statistic, whose cells ours are not: what is declared is not tested",
    }
    wide = {r".*/wald_pretest/W": 1e-6, r".*/wald_pretest/p/0/0": 1e-6, r".*\|(dr|ipw)/.*": 1e-6, r"dynamic_.*": 1e-6}
    assert_every_value(expected, ours, reasons, rtol=1e-8, own=wide)


def test_sun_abraham():
    counties, expected = case("did05_sunab_mpdta")
    result = did.sun_abraham(counties, "lemp", **COUNTIES)
    event, cells = result.aggregate("event"), result.effects
    ours = {
        key: one
        for item in event
        for key, one in read(f"event_study/coef/year::{item.term}", item).items()
        if item.term != "-1"
    }
    ours |= read("att", result.estimates.headline) | {
        "event_study/df_t": event.headline.df,
        "event_study/nobs": event.headline.n,
    }
    for item in result.aggregate("group"):
        ours |= read(f"by_cohort/cohort::{item.term}", item)
    errors = np.linalg.norm(cells.influence, axis=0)
    for time, cohort, value, own in zip(cells.event_time, cells.cohort, cells.values, errors, strict=True):
        path = f"cohort_x_period/year::{time}:cohort::{cohort}"
        ours |= {f"{path}/estimate": value, f"{path}/se": own}
    assert_every_value(expected, ours, {}, rtol=1e-8, own={r".*/p": 1e-6})


def rows_of(expected, name, found, **terms):
    """Return our values of a list of rows, each with its term."""
    ours = {}
    for place, row in enumerate(expected[name]):
        item = found[terms.get(row["term"], row["term"])]
        low, high = (
            item.estimate + sign * 1.96 * item.std_error for sign in (-1, 1)
        )  # didimputation takes 1.96 itself
        ours |= read(f"{name}/{place}", item) | {
            f"{name}/{place}/term": row["term"],
            f"{name}/{place}/ci_low": low,
            f"{name}/{place}/ci_high": high,
        }
    return ours


def by_hand(path, result):
    event, group = result.aggregate("event"), result.aggregate("group")
    cells = result.effects
    found = read(f"{path}/static", result.estimates.headline) | {f"{path}/static/n": int(cells.rows.sum())}
    for time in range(4):
        found |= read(f"{path}/h{time}", event[str(time)]) | {
            f"{path}/h{time}/n": int(cells.rows[cells.event_time == time].sum())
        }
    for cohort in (2004, 2006, 2007):
        found |= read(f"{path}/cohort{cohort}", group[str(cohort)]) | {
            f"{path}/cohort{cohort}/n": int(cells.rows[cells.cohort == cohort].sum())
        }
    return found


def with_population(counties):
    """Add log population times dummies of all years but the first."""
    years = {f"lpop_{year}": counties.lpop * (counties.year == year) for year in range(2004, 2008)}
    return counties.assign(**years), list(years)


def test_imputation():
    counties, expected = case("did06_bjs_mpdta")
    result = did.imputation(counties, "lemp", **COUNTIES)
    event = result.aggregate("event")
    ours = rows_of(expected, "mpdta_static", result.estimates, treat="overall") | by_hand("hand", result)
    ours |= rows_of(expected, "mpdta_event_study", event) | rows_of(expected, "mpdta_event_study_pretrends", event)
    table, years = with_population(counties)
    adjusted = did.imputation(table, "lemp", **COUNTIES, covariates=years)
    ours |= by_hand("hand_lpop_x_year", adjusted)
    ours["mpdta_static_lpop_by_year/0/term"] = "treat"
    ours["mpdta_static_lpop_by_year/0/estimate"] = adjusted.estimates.headline.estimate
    untreated = counties[(counties.first_treat == 0) | (counties.year < counties.first_treat)]
    since = (untreated.year - untreated.first_treat).where(untreated.first_treat > 0, -1)
    leads = {f"rel::{one}": (since == one).astype(float) for one in (-4, -3, -2)}
    plain = did.twfe(untreated.assign(**leads), "lemp", unit="countyreal", time="year", treatment=list(leads))
    for item in plain:
        ours |= read(f"feols_pretrend_untreated_only/coef/{item.term}", item)
    ours |= {
        "feols_pretrend_untreated_only/df_t": plain.headline.df,
        "feols_pretrend_untreated_only/nobs": plain.headline.n,
    }
    reasons = {
        r"mpdta_static_lpop_by_year/0/(se|ci_low|ci_high)": "didimputation's: the weights of the outcomes that give its estimate give "
        "another error, that of the case's hand computation and ours (test_weights_of_outcomes)",
        r"hand.*/n": "counted",
    }
    assert_every_value(expected, ours, reasons, rtol=1e-8)


@pytest.mark.parametrize("adjusted", [False, True])
def test_weights_of_outcomes(adjusted):
    """The estimate is a sum v y; v determines the error (theorem 2), so that of didimputation 0.5.0 with covariates, 0.012986, is not it."""
    counties, expected = case("did06_bjs_mpdta")
    table, years = with_population(counties)
    late = ((table.first_treat > 0) & (table.year >= table.first_treat)).to_numpy()
    dummies = [
        (table[name].to_numpy()[:, None] == table[name].unique()).astype(float) for name in ("countyreal", "year")
    ]
    Z = np.column_stack([*dummies, table[years if adjusted else []]])
    y, v = table.lemp.to_numpy(), late / late.sum()
    bread = np.linalg.pinv(Z[~late].T @ Z[~late], rcond=1e-12)
    left = y - Z @ bread @ Z[~late].T @ y[~late]
    v[~late] = -Z[~late] @ bread @ Z[late].T @ v[late]
    told = table.assign(left=left, v=v)[["countyreal", "year", "first_treat", "left", "v"]]
    told.loc[late, "left"] -= told[late].groupby(["first_treat", "year"]).left.transform("mean")
    row = expected["hand_lpop_x_year" if adjusted else "hand"]["static"]
    assert v @ y == pytest.approx(row["estimate"], rel=1e-8)
    assert np.sqrt(((told.v * told.left).groupby(told.countyreal).sum() ** 2).sum()) == pytest.approx(
        row["se"], rel=1e-8
    )


def test_two_stages():
    counties, expected = case("did07_gardner_mpdta")
    result = did.two_stage(counties, "lemp", **COUNTIES)
    event = [item for item in result.aggregate("event") if item.term != "overall"]
    ours = read("static/d::1", result.estimates.headline)
    ours |= {"hand_static/estimate/0": ours["static/d::1/estimate"], "hand_static/se/0": ours["static/d::1/se"]}
    ours |= {"hand_static/estimate": ours["static/d::1/estimate"], "hand_static/se": ours["static/d::1/se"]}
    for block in ("event_study", "event_study_ref_m1"):
        for item in event:
            ours |= read(f"{block}/rel::{item.term}", item)  # did2s leaves the reference out: the others do not change
    ours |= listed("hand_event_study/rel", [int(item.term) for item in event])
    ours |= listed("hand_event_study/estimate", [item.estimate for item in event]) | listed(
        "hand_event_study/se", [item.std_error for item in event]
    )
    assert_every_value(expected, ours, {}, rtol=1e-8)


def test_decomposition():
    castle, expected = case("did08_bacon_castle")
    parts = did.bacon(castle, "l_homicide", unit="sid", time="year", first_treated="first")
    kinds = {
        "Treated vs Untreated": "treated_never",
        "Earlier vs Later Treated": "earlier_later",
        "Later vs Earlier Treated": "later_earlier",
    }
    known, ours = {(one.cohort, one.against): one for one in parts.comparisons}, {}
    for place, row in enumerate(expected["components"]):
        one, path = known[row["treated"], float(row["untreated"])], f"components/{place}"
        ours |= {
            f"{path}/estimate": one.estimate,
            f"{path}/weight": one.weight,
            f"{path}/treated": one.cohort,
            f"{path}/untreated": row["untreated"],
        }
        ours[f"{path}/type"] = next(name for name, kind in kinds.items() if kind == one.kind)
    for place, row in enumerate(expected["by_type"]):
        ours |= {
            f"by_type/{place}/weight": parts.weight(kinds[row["type"]]),
            f"by_type/{place}/avg_estimate": parts.mean(kinds[row["type"]]),
        }
        ours[f"by_type/{place}/type"] = row["type"]
    total = sum(one.weight * one.estimate for one in parts.comparisons)
    ours |= {
        "weighted_sum": total,
        "twfe": parts.coefficient,
        "sum_weights": sum(one.weight for one in parts.comparisons),
    }
    assert_every_value(expected, ours, {}, rtol=1e-8)
