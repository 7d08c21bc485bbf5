"""Every estimator of panels gives from a lazy table what it gives from the same table in memory: numbers, errors, counts and notices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
NAMED = {"unit": "home", "time": "year", "first_treated": "start"}
NEVER = {"zero": 0.0, "missing": np.nan, "infinite": np.inf, "late": 2030.0}
KINDS = ("simple", "group", "calendar", "event")


def homes(
    seed: int, *, units: int = 60, gaps: float = 0.0, never: float = 0.0, late: bool = False, level: float = 1e4
) -> pd.DataFrame:
    """Return homes of which some start in 2012 or 2014, with values in hundredths."""
    rng, years = np.random.default_rng(seed), 6
    start = rng.choice([never, 2012, 2014], units, p=[0.4, 0.3, 0.3])
    start[:6] = never, 2012, 2014, never, 2012, 2014
    if late:
        start[start == never] = 2015
    year = np.tile(np.arange(2010, 2010 + years), units)
    frame = pd.DataFrame({
        "home": np.repeat([f"家{k:03d}" for k in range(units)], years), "year": year, "start": np.repeat(start, years),
        "ward": np.repeat([f"w{k % 11}" for k in range(units)], years),
    })  # fmt: skip
    path = level + rng.normal(size=(units, 1)) * 5 + rng.normal(size=(units, years)).cumsum(axis=1)
    frame["kwh"] = (path.ravel() + 1.5 * (frame["year"] >= frame["start"].replace([0, np.inf], np.nan))).round(2)
    kept = frame[rng.random(len(frame)) >= gaps]
    return kept.sample(frac=1, random_state=seed, ignore_index=True)


ESTIMATORS = {
    "sun_abraham": did.sun_abraham, "imputation": did.imputation, "two_stage": did.two_stage, "extended_twfe": did.extended_twfe,
    "event_study": lambda data, outcome, **more: did.event_study(data, outcome, method="twfe", **more),
    "stacked": lambda data, outcome, **more: did.stacked(data, outcome, kappa_pre=2, kappa_post=1, **more),
    "unweighted_stack": lambda data, outcome, **more: did.stacked(data, outcome, kappa_pre=1, kappa_post=1, weighting="none", **more),
    "local_projection": lambda data, outcome, **more: did.local_projection(data, outcome, pre_window=2, post_window=2, **more),
    "att_gt": lambda data, outcome, **more: did.att_gt(data, outcome, gaps="pairs", **more),
    "never_treated": lambda data, outcome, **more: did.att_gt(
        data, outcome, gaps="drop_units", control="never_treated", base="universal", **more
    ),
}  # fmt: skip


def answer(estimator, data, **more):
    """Return the estimates of all averages, or the code of the refusal."""
    try:
        found = estimator(data, "kwh", **NAMED, **more)
        return [found] if isinstance(found, Estimates) else [found.aggregate(kind) for kind in KINDS]
    except DesignError as refused:
        return refused.code


def told_of(held, found):
    """Return the notices of both, less what is said of steps; the share of one unit (D205) is of the rows that are used."""
    return [
        [(one.code, one.about, pytest.approx(one.facts["share"]) if one.code == "D205" else 0) for one in notices if one.code != "T060"]
        for notices in (held.notices, found.notices)
    ]  # fmt: skip


def assert_same(held, found, *, exact: float = 1e-11) -> None:
    """Compare what memory and sums answer."""
    if isinstance(held, str):
        assert found == held
        return
    for left, right in zip(held, found, strict=True):
        told, again = told_of(left, right)
        assert told == again
        for one, other in zip(left, right, strict=True):
            assert (one.term, one.n, one.clusters, one.method) == (other.term, other.n, other.clusters, other.method)
            for name in ("estimate", "std_error", "df", "conf_low"):
                value, again = getattr(one, name), getattr(other, name)
                assert (
                    again == pytest.approx(value, rel=exact, abs=exact) if isinstance(value, float) else again == value
                )


@pytest.mark.parametrize("errors", ["asymptotic", "satterthwaite"])
@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("gaps", [0.0, 0.08])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_from_sums(name, gaps, cluster, errors):
    data = homes(4, gaps=gaps)
    held, found = (
        answer(ESTIMATORS[name], one, cluster=cluster, errors=errors) for one in (data, pl.from_pandas(data).lazy())
    )
    assert_same(held, found)


@pytest.mark.parametrize("never", NEVER)
@pytest.mark.parametrize("name", ["sun_abraham", "imputation", "att_gt", "stacked"])
def test_never_is_never_however_it_is_written(name, never):
    data = homes(5, never=NEVER[never], gaps=0.05)
    assert_same(*(answer(ESTIMATORS[name], one) for one in (data, pl.from_pandas(data).lazy())))


@pytest.mark.parametrize("name", [*ESTIMATORS, "bacon"])
def test_cohorts_after_the_last_period_may_be_summed_with_those_never_treated(name):
    data = homes(5)
    data.loc[data["home"].isin(["家000", "家003"]), "start"] = 2016
    sums = scan_paths(moments.scan(data), PathRequest(outcome="kwh", **NAMED))
    apart, merged = sums, sums.in_cohorts(np.where(sums.cohorts > sums.periods[-1], np.inf, sums.cohorts))
    assert (len(apart.groups), len(merged.groups)) == (4, 3)
    if name == "bacon":
        held, found = (did.bacon(one, "kwh", **NAMED) for one in (apart, merged))
        for one, other in zip(held.comparisons, found.comparisons, strict=True):
            assert (one.cohort, one.against) == (other.cohort, other.against)
            assert (one.estimate, one.weight) == pytest.approx((other.estimate, other.weight), rel=1e-12, abs=1e-12)
    else:
        assert_same(*(answer(ESTIMATORS[name], one) for one in (apart, merged)), exact=1e-12)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_where_all_are_treated_at_last(name):
    data = homes(6, late=True)
    assert_same(*(answer(ESTIMATORS[name], one) for one in (data, pl.from_pandas(data).lazy())))


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10**6), name=st.sampled_from(sorted(ESTIMATORS)), units=st.integers(8, 30),
    gaps=st.sampled_from([0.0, 0.2]), level=st.sampled_from([0.0, -1e5]), cluster=st.sampled_from([None, "ward"]),
)  # fmt: skip
def test_small_tables_lone_units_and_any_order(seed, name, units, gaps, level, cluster):
    data = homes(seed, units=units, gaps=gaps, level=level)
    again = pl.from_pandas(data.sample(frac=1, random_state=seed + 1)).lazy()
    assert_same(*(answer(ESTIMATORS[name], one, cluster=cluster) for one in (data, again)), exact=1e-8)


def test_engines_give_the_same_digits(tmp_path):
    data = homes(7, gaps=0.05)
    for part, rows in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[rows]).write_parquet(tmp_path / f"{part}.parquet")
    for name in ("sun_abraham", "imputation", "stacked", "att_gt"):
        first, second = (answer(ESTIMATORS[name], one) for one in (tmp_path, moments.scan(tmp_path, engine="polars")))
        for left, right in zip(first, second, strict=True):
            assert [(one.estimate, one.std_error) for one in left] == [(one.estimate, one.std_error) for one in right]


def test_sums_of_two_offices_serve_as_well():
    data = homes(8)
    first = data["home"] < "家030"
    request = PathRequest(outcome="kwh", **NAMED)
    both = scan_paths(moments.scan(data[first]), request) + scan_paths(moments.scan(data[~first]), request)
    for name in ("sun_abraham", "imputation", "event_study", "att_gt"):
        assert_same(answer(ESTIMATORS[name], data), answer(ESTIMATORS[name], both))
    with pytest.raises(DesignError, match="family=poisson"):
        did.extended_twfe(both, "kwh", **NAMED, family="poisson")
    with pytest.raises(DesignError, match="weights"):
        did.stacked(both, "kwh", **NAMED, kappa_pre=1, kappa_post=1, weights="kwh")


@pytest.mark.parametrize("late", [False, True])
def test_bacon_from_sums(late):
    data = homes(9, late=late)
    data.loc[data["home"] == "家001", "start"] = 2010
    held, found = (did.bacon(one, "kwh", **NAMED) for one in (data, pl.from_pandas(data).lazy()))
    assert len(held.comparisons) == len(found.comparisons)
    for one, other in zip(held.comparisons, found.comparisons, strict=True):
        assert (one.cohort, one.against, one.kind) == (other.cohort, other.against, other.kind)
        assert (other.estimate, other.weight) == pytest.approx((one.estimate, one.weight), abs=1e-10)
    assert held.notices.codes == tuple(code for code in found.notices.codes if code != "T060")
    with pytest.raises(DesignError) as refused:
        did.bacon(pl.from_pandas(data.iloc[1:]).lazy(), "kwh", **NAMED)
    assert refused.value.code == "panel_gaps"


def test_honest_intervals_rest_on_sums():
    data = homes(10, units=200)
    events = [
        did.att_gt(one, "kwh", **NAMED, base="universal").aggregate("event")
        for one in (data, pl.from_pandas(data).lazy())
    ]
    held, found = (did.honest(one, inference="conditional", bounds=[0.0, 0.5]) for one in events)
    for left, right in zip(held.intervals, found.intervals, strict=True):
        assert right == pytest.approx(left, abs=1e-7)


def test_an_outcome_that_never_varies_and_a_single_cluster_are_refused():
    data = homes(11)
    flat = pl.from_pandas(data.assign(kwh=1.5)).lazy()
    alone = pl.from_pandas(data.assign(ward="w")).lazy()
    for name in ("sun_abraham", "imputation", "stacked"):
        assert answer(ESTIMATORS[name], flat) == "did_constant_outcome"
        assert answer(ESTIMATORS[name], alone, cluster="ward") == "stats_one_cluster"


CELLS = {"treated": "program", "post": "after"}


def two_groups() -> pd.DataFrame:
    data = homes(12)
    rng = np.random.default_rng(12)
    return data.assign(
        program=(data["start"] > 0).astype(int), after=data["year"] > 2012, age=rng.integers(20, 90, len(data))
    )


@pytest.mark.parametrize(
    ("cluster", "errors", "covariates"),
    [(None, errors, ()) for errors in ("robust", "classical", "HC0", "HC1", "HC3")]
    + [("ward", errors, ("age",)) for errors in ("robust", "CR0", "CR1", "CR1S", "CR3")],
)
def test_two_by_two_from_sums(cluster, errors, covariates):
    data = two_groups()
    assert_same(*(
        [did.two_by_two(one, "kwh", **CELLS, cluster=cluster, errors=errors, covariates=covariates)]
        for one in (data, pl.from_pandas(data).lazy())
    ))  # fmt: skip


def test_two_by_two_refuses_what_it_refuses_in_memory():
    data = two_groups()
    with pytest.raises(DesignError) as empty:
        did.two_by_two(pl.from_pandas(data[data["program"] == 1]).lazy(), "kwh", **CELLS)
    with pytest.raises(DataError) as other:
        did.two_by_two(pl.from_pandas(data.assign(after=data["year"])).lazy(), "kwh", **CELLS)
    assert [one.value.code for one in (empty, other)] == ["did_empty_cell", "did_not_zero_one"]


def test_what_cannot_be_summed_says_how_large_the_table_is():
    lazy = moments.scan(pl.from_pandas(homes(13)).lazy(), memory=1000)
    with pytest.raises(DesignError, match="360 rows") as refused:
        did.switching(lazy, "kwh", unit="home", time="year", treatment="start")
    assert refused.value.code == "scan_beyond_memory"
