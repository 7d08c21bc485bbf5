"""What must not change an estimate of a trial, a sample or a series from sums, and what must change it in a known way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import its, moments, rct, survey
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.scan import scan_groups

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
seeds = st.integers(0, 10_000)
quick = settings(max_examples=3, deadline=None)
ENGINES: list[Callable[[pd.DataFrame], Any]] = [
    lambda data: pl.from_pandas(data).lazy(), lambda data: duckdb.connect().from_arrow(pa.Table.from_pandas(data, preserve_index=False)),
    lambda data: data,
]  # fmt: skip
OF_CLUSTERS = {"treatment": "arm", "cluster": "school"}
ROUTINES = {
    "difference": lambda data, **more: rct.difference_in_means(data, "kwh", treatment="coin", **more),
    "difference in strata": lambda data, **more: rct.difference_in_means(data, "kwh", treatment="coin", strata="ward", **more),
    "difference of clusters": lambda data, **more: rct.difference_in_means(data, "kwh", **OF_CLUSTERS, strata="ward", **more),
    "lin": lambda data, **more: rct.lin(data, "kwh", treatment="coin", covariates=["before"], **more),
    "lin of clusters": lambda data, **more: rct.lin(data, "kwh", covariates=["before"], **OF_CLUSTERS, **more),
    "ancova": lambda data, **more: rct.ancova(data, "kwh", treatment="coin", covariates=["before"], **more),
    "ancova, CR2": lambda data, **more: rct.ancova(data, "kwh", covariates=["before"], errors="CR2", **OF_CLUSTERS, **more),
    "ancova, CR1S": lambda data, **more: rct.ancova(data, "kwh", covariates=["before"], strata="ward", errors="CR1S", **OF_CLUSTERS, **more),
    "mean": lambda data, **more: survey.mean(data, "kwh", **more),
    "mean of sampling units": lambda data, **more: survey.mean(data, "kwh", strata="ward", cluster="school", **more),
    "means by domain": lambda data, **more: survey.mean(data, "kwh", by="coin", cluster="school", **more),
}  # fmt: skip


def table(seed: int, rows: int = 360) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    school = rng.integers(0, 24, rows)
    kwh = 10 + rng.normal(size=rows) + rng.normal(size=24)[school]
    return pd.DataFrame({
        "school": school, "arm": school % 2, "ward": school // 8, "coin": rng.integers(0, 2, rows), "kwh": kwh.round(rng.integers(1, 12)),
        "before": rng.normal(size=rows).round(1), "w": rng.uniform(0.5, 3, rows).round(rng.integers(1, 12)), "k": rng.integers(1, 4, rows),
    })  # fmt: skip


def lying(data: pd.DataFrame, seed: int = 0) -> moments.Scan:
    """The table where it lies, of an engine by the seed, with a budget that no table fits."""
    return moments.scan(ENGINES[seed % len(ENGINES)](data.reset_index(drop=True)), memory=1)


def numbers(found, *, scale: float = 1.0, shift: float = 0.0) -> list[tuple[float, ...]]:
    return [(scale * one.estimate + shift, abs(scale) * one.std_error, one.df, one.n, one.clusters) for one in found]


def assert_alike(found, known, *, rel: float = 1e-9) -> None:
    assert found.terms == known.terms or len(found) == len(known)
    for one, other in zip(numbers(found), numbers(known), strict=True):
        assert one == pytest.approx(other, rel=rel, abs=1e-11)


def codes(found) -> tuple[str, ...]:
    return tuple(code for code in found.notices.codes if code != "T060")


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("routine", ROUTINES)
@quick
@given(seed=seeds)
def test_as_in_memory_whatever_the_order_of_rows(routine, weights, seed):
    data = table(seed)
    more = {} if weights is None else {"weights": weights}
    held, shuffled = ROUTINES[routine](data, **more), data.sample(frac=1, random_state=seed)
    found = ROUTINES[routine](lying(data, seed), **more)
    again = ROUTINES[routine](lying(shuffled, seed + 1), **more)
    assert_alike(found, held)
    assert codes(found) == codes(held)
    assert numbers(found) == numbers(again)


@pytest.mark.parametrize("routine", ROUTINES)
@quick
@given(seed=seeds)
def test_other_names_of_clusters_arms_and_strata(routine, seed):
    data = table(seed)
    named = data.assign(
        school=[f"学校{(7 * one) % 24:02d}" for one in data["school"]], ward=data["ward"].map({0: "北", 1: "南", 2: "中央"}),
        arm=data["arm"].map({0: "対照", 1: "実施"}), coin=data["coin"].map({0: "対照", 1: "実施"}),
    )  # fmt: skip
    found = ROUTINES[routine](lying(named, seed), weights="w")
    known = {one.estimate: one.std_error for one in ROUTINES[routine](lying(data, seed), weights="w")}
    assert len(found) == len(known)
    for one in found:
        near = min(known, key=lambda value, own=one.estimate: abs(value - own))
        assert (one.estimate, one.std_error) == pytest.approx((near, known[near]), rel=1e-9)


@pytest.mark.parametrize("routine", ROUTINES)
@quick
@given(seed=seeds, scale=st.sampled_from([-3.0, 0.001, 2.0**20]), shift=st.sampled_from([-1e4, 0.5, 1e6]))
def test_another_unit_and_another_zero(routine, seed, scale, shift):
    data = table(seed)
    found = ROUTINES[routine](lying(data.assign(kwh=scale * data["kwh"] + shift), seed), weights="w")
    known = ROUTINES[routine](lying(data, seed), weights="w")
    level = shift if routine.startswith("mean") else 0.0
    size = abs(scale) + abs(shift)
    for one, other in zip(numbers(found), numbers(known, scale=scale, shift=level), strict=True):
        assert one == pytest.approx(other, rel=1e-7, abs=1e-10 * size)


@pytest.mark.parametrize(
    "routine", ["lin of clusters", "ancova, CR2", "ancova, CR1S", "mean of sampling units", "means by domain"]
)
@quick
@given(seed=seeds)
def test_weights_that_are_rows_repeated(routine, seed):
    """Of clusters: a row that counts k times is k rows; the sums of a cluster are the same."""
    data = table(seed)
    repeated = data.loc[data.index.repeat(data["k"])]
    found, known = ROUTINES[routine](lying(data, seed), weights="k"), ROUTINES[routine](lying(repeated, seed))
    for one, other in zip(found, known, strict=True):
        assert one.estimate == pytest.approx(other.estimate, rel=1e-10)
        if routine in ("mean of sampling units", "means by domain"):
            assert one.std_error == pytest.approx(other.std_error, rel=1e-9)


@quick
@given(seed=seeds, cut=st.integers(1, 359), weights=st.sampled_from(["", "w"]))
def test_two_parts_of_a_table_add_up(seed, cut, weights):
    data = table(seed)
    request = GroupRequest(keys=("school", "arm", "ward"), numbers=("kwh", "before"), weights=weights)
    parts = [scan_groups(lying(part, seed), request) for part in (data[:cut], data[cut:])]
    whole, added = scan_groups(lying(data, seed), request), parts[0] + parts[1]
    assert (parts[1] + parts[0]).digest == added.digest
    assert added.groups == whole.groups
    assert added.counts.tolist() == whole.counts.tolist()
    for sums in (whole, added):
        assert float(sums.mean("kwh")) == pytest.approx(data["kwh"].mean(), rel=1e-9)
    more = {"weights": weights} if weights else {}
    asked = {"treatment": "arm", "cluster": "school", "strata": "ward", **more}
    for routine in (rct.lin, rct.ancova):
        assert_alike(
            routine(added, "kwh", covariates=["before"], **asked),
            routine(whole, "kwh", covariates=["before"], **asked),
            rel=1e-7,
        )
    assert_alike(
        rct.difference_in_means(added, "kwh", **asked), rct.difference_in_means(whole, "kwh", **asked), rel=1e-7
    )


@settings(max_examples=8, deadline=None)
@given(seed=seeds, every=st.sampled_from(["month", "quarter", "week", "day"]))
def test_series_of_events(seed, every):
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 400, 300), unit="D")
    data = pd.DataFrame(
        {
            "day": day.astype("datetime64[us]"),
            "ward": rng.choice(["北", "南"], 300),
            "yen": rng.integers(0, 900, 300) / 10,
        }
    )
    held = its.event_series(data, "day", every=every, by="ward", amount="yen")
    for one in (data, data.sample(frac=1, random_state=seed), data.assign(day=data["day"].dt.strftime("%Y-%m-%d"))):
        found = its.event_series(lying(one, seed), "day", every=every, by="ward", amount="yen")
        assert (found.values == held.values).all()
        assert (found.counts == held.counts).all()
        assert found.notices.codes == held.notices.codes
    parts = [
        its.event_series(
            lying(part, seed), "day", every=every, by="ward", amount="yen", first="2019-01-01", last="2020-02-04"
        )
        for part in (data[data["yen"] < 45], data[data["yen"] >= 45])
    ]
    whole = its.event_series(
        lying(data, seed), "day", every=every, by="ward", amount="yen", first="2019-01-01", last="2020-02-04"
    )
    np.testing.assert_allclose(parts[0].values + parts[1].values, whole.values, rtol=1e-12)
    swapped = its.event_series(
        lying(data.assign(ward=data["ward"].map({"北": "い", "南": "ろ"})), seed),
        "day",
        every=every,
        by="ward",
        amount="yen",
    )
    assert dict(zip(swapped.groups, swapped.values.tolist(), strict=True)) == {
        {"北": "い", "南": "ろ"}[name]: values for name, values in zip(held.groups, held.values.tolist(), strict=True)
    }
    scaled = its.event_series(
        lying(data.assign(yen=data["yen"] * 4), seed), "day", every=every, by="ward", amount="yen"
    )
    np.testing.assert_allclose(scaled.values, held.values * 4, rtol=1e-12)
