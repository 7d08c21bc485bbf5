"""Trials that stay where they are: the numbers, notices and refusals of the same table in memory."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments, rct
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.asking import Recorder
from ebpm.rct import summed_trial

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
REFERENCE = Path(__file__).parent.parent / "reference"
ROWS, CLUSTERS = ("classical", "HC0", "HC1", "HC2", "HC3"), ("CR0", "CR1", "CR1S", "CR3")


def schools(seed: int, *, level: float = 100.0, clusters: int = 36) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(clusters), rng.integers(2, 9, clusters))
    size, before = len(school), rng.normal(50, 8, len(school))
    return pd.DataFrame({
        "school": [f"学校{k:03d}" for k in school], "arm": [("対照", "A", "B")[k % 3] for k in school], "ward": (school // 6) % 3,
        "before": before, "siblings": rng.integers(0, 5, size), "w": rng.uniform(0.5, 3, size),
        "score": level + rng.normal(size=clusters)[school] + 0.3 * before + rng.normal(size=size),
    }).sample(frac=1, random_state=seed, ignore_index=True)  # fmt: skip


def lazy(data):
    return pl.from_pandas(data).lazy()


def same(routine, data, outcome="score", **arguments):
    held, found = (routine(one, outcome, **arguments) for one in (data, lazy(data)))
    for one, other in zip(held, found, strict=True):
        assert (one.term, one.n, one.clusters, one.method, one.estimand) == (
            other.term, other.n, other.clusters, other.method, other.estimand,
        )  # fmt: skip
        numbers = [(each.estimate, each.std_error, each.df, each.p_value, each.conf_low) for each in (one, other)]
        np.testing.assert_allclose(*numbers, rtol=1e-11, atol=1e-14 * np.abs(data[outcome]).max())  # rounding in memory
    np.testing.assert_allclose(
        found.covariance, held.covariance, rtol=1e-11, atol=1e-12 * np.abs(held.covariance).max()
    )
    assert [(one.code, one.about, one.facts) for one in found.notices if one.code != "T060"] == [
        (one.code, one.about, one.facts) for one in held.notices
    ]


@pytest.mark.parametrize("strata", [None, "ward"])
@pytest.mark.parametrize("cluster", [{}, {"cluster": "school"}, {"cluster": "school", "weights": "w"}], ids=str)
@pytest.mark.parametrize("estimand", ["participants", "clusters"])
def test_comparisons_are_those_in_memory(strata, cluster, estimand):
    if cluster or estimand == "participants":
        same(rct.difference_in_means, schools(1), treatment="arm", strata=strata, estimand=estimand, **cluster)


@pytest.mark.parametrize("routine", [rct.lin, rct.ancova])
@pytest.mark.parametrize("strata", [None, "ward"])
@pytest.mark.parametrize("errors", ["design", *ROWS])
def test_regressions_of_rows_are_those_in_memory(routine, strata, errors):
    same(routine, schools(2), treatment="arm", strata=strata, errors=errors)


@pytest.mark.parametrize(
    ("routine", "strata", "weights", "covariates"),
    list(itertools.product([rct.lin, rct.ancova], [None, "ward"], [None, "w"], [(), ("before", "siblings")])),
)
def test_regressions_of_clusters_are_those_in_memory(routine, strata, weights, covariates):
    more = {"cluster": "school", "strata": strata, "weights": weights, "covariates": covariates}
    for errors in ("design", *CLUSTERS):
        same(routine, schools(3), treatment="arm", errors=errors, **more)
    if routine is rct.lin:
        same(routine, schools(3), treatment="arm", estimand="clusters", **more)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.0, 1e4]))
def test_of_any_trial(seed, level):
    data = schools(seed, level=level)
    same(rct.lin, data, treatment="arm", cluster="school", covariates=["before"])
    same(rct.difference_in_means, data, treatment="arm", strata="ward")


def test_pairs_and_lone_units_are_those_in_memory():
    rng = np.random.default_rng(4)
    pairs = pd.DataFrame({"y": rng.normal(size=40), "arm": [0, 1] * 20, "pair": np.repeat(np.arange(20), 2)})
    same(rct.difference_in_means, pairs, "y", treatment="arm", strata="pair")
    same(rct.ancova, pairs, "y", treatment="arm", strata="pair")
    with pytest.raises(DesignError) as refused:
        rct.lin(lazy(pairs), "y", treatment="arm", strata="pair")
    assert refused.value.code == "rct_lin_of_pairs"
    mixed = pd.concat(
        [pairs, pd.DataFrame({"y": rng.normal(size=8), "arm": [0, 0, 1, 1] * 2, "pair": [90] * 4 + [91] * 4})]
    )
    for variance in ("hybrid", "hybrid_by_size", "rct_yes"):
        same(
            rct.difference_in_means,
            mixed.reset_index(drop=True),
            "y",
            treatment="arm",
            strata="pair",
            variance=variance,
        )


def test_what_rows_refuse_is_refused_by_sums():
    data = schools(5)
    cases = {
        "rct_constant_outcome": (data.assign(score=1.5), {}), "rct_one_arm": (data[data["arm"] == "A"], {}),
        "rct_name_control": (data[data["arm"] != "対照"], {}), "rct_no_such_arm": (data, {"control": "C"}),
        "rct_arm_varies": (data, {"cluster": "ward"}), "rct_one_cluster_in_arm": (data[data["school"] < "学校004"], {"cluster": "school"}),
        "rct_stratum_varies": (data.assign(ward=data["siblings"]), {"cluster": "school", "strata": "ward"}),
        "rct_arm_missing_in_stratum": (data.assign(ward=data["arm"]), {"strata": "ward"}),
    }  # fmt: skip
    for code, (table, more) in cases.items():
        said = []
        for one in (table, lazy(table)):
            with pytest.raises((DataError, DesignError)) as refused:
                rct.difference_in_means(one, "score", treatment="arm", **more)
            said.append((refused.value.code, dict(refused.value.facts)))
        assert said[0] == said[1]
        assert said[0][0] == code


@pytest.mark.parametrize("routine", [rct.lin, rct.ancova])
@pytest.mark.parametrize("strata", [None, "ward"])
@pytest.mark.parametrize(("weights", "covariates"), [(None, ["before", "siblings"]), ("w", []), ("w", ["before"])])
def test_rows_with_covariates_or_weights_take_further_passes(routine, strata, weights, covariates):
    more = {"strata": strata, "weights": weights, "covariates": covariates}
    for errors in ("design", *ROWS):
        same(routine, schools(2), treatment="arm", errors=errors, **more)
    if not covariates:
        same(rct.difference_in_means, schools(2), treatment="arm", strata=strata, weights=weights)


@pytest.mark.parametrize(
    "more", [{"covariates": ["before"], "strata": "ward"}, {"weights": "w"}, {"cluster": "school", "weights": "w"}]
)
def test_engines_and_order_agree_to_the_last_bit(tmp_path, more):
    data = schools(8)
    lazy(data).sink_parquet(tmp_path / "schools.parquet")
    tables = [
        moments.scan(tmp_path),
        moments.scan(tmp_path, engine="polars"),
        moments.scan(data[::-1].reset_index(drop=True)),
        lazy(data),
    ]
    found = [rct.lin(table, "score", treatment="arm", **more) for table in tables]
    assert len({(one.items, one.covariance.tobytes()) for one in found}) == 1


def test_a_row_that_alone_determines_a_coefficient_is_told_of():
    data = schools(9).assign(alone=0.0)
    data.loc[3, "alone"] = 1.0
    for errors in ("design", "HC0", "HC2", "HC3"):
        same(rct.ancova, data, treatment="arm", covariates=["alone", "before"], errors=errors)
    last = [np.flatnonzero(data["arm"] == arm)[-1] for arm in ("対照", "A", "B")]
    lone = data.assign(alone=data.index.isin(last).astype(float))
    same(rct.lin, lone, treatment="arm", covariates=["alone"])
    assert "R108" in rct.lin(lazy(lone), "score", treatment="arm", covariates=["alone"]).notices.codes


def test_what_needs_records_is_said_before_it_starts(monkeypatch):
    small, recorder = moments.scan(lazy(schools(6)), memory=1000), Recorder(moments.scan(lazy(schools(6))))
    with pytest.raises(DesignError) as refused:
        rct.difference_in_means(small, "score", treatment="arm", probability="w")
    assert refused.value.code == "scan_needs_records"
    for routine, more in (
        (rct.lin, {"covariates": ["before"]}),
        (rct.ancova, {"covariates": ["before"]}),
        (rct.difference_in_means, {"weights": "w"}),
    ):
        with pytest.raises(DesignError) as refused:
            routine(recorder, "score", treatment="arm", **more)
        assert refused.value.code == "scan_only_sums"
    monkeypatch.setattr(summed_trial, "MOST_CELLS", 2)
    with pytest.raises(DesignError, match="covariates"):
        rct.lin(small, "score", treatment="arm", covariates=["before"])
    whole = rct.lin(lazy(schools(6)), "score", treatment="arm", covariates=["before"])
    assert whole.items == rct.lin(schools(6), "score", treatment="arm", covariates=["before"]).items


def test_sums_of_two_offices_answer_like_the_whole():
    data = schools(7).round(3)
    arguments = {"treatment": "arm", "cluster": "school", "covariates": ["before"]}
    recorders = [
        Recorder(moments.scan(lazy(part)))
        for part in (data[data["school"] < "学校018"], data[data["school"] >= "学校018"])
    ]
    for recorder in recorders:
        rct.lin(recorder, "score", **arguments)
    (first,), (second,) = (recorder.found for recorder in recorders)
    pooled, whole = rct.lin(first + second, "score", **arguments), rct.lin(lazy(data), "score", **arguments)
    np.testing.assert_allclose(pooled.covariance, whole.covariance, rtol=1e-12)
    np.testing.assert_allclose([one.estimate for one in pooled], [one.estimate for one in whole], rtol=1e-12)
