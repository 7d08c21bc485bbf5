"""Samples that stay where they are: the numbers, notices and refusals of the same table in memory."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments, survey
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.asking import Recorder

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
DESIGNS = [
    {}, {"weights": "w"}, {"strata": "ward"}, {"strata": "ward", "population": "people"}, {"strata": "ward", "weights": "w", "population": "people"},
    {"cluster": "school"}, {"cluster": "school", "weights": "w"}, {"cluster": "school", "strata": "ward"},
    {"cluster": "school", "strata": "ward", "population": "schools"},
    {"cluster": "school", "strata": "ward", "population": "schools", "weights": "w"},
]  # fmt: skip
DOMAINS = [{}, {"by": "age"}, {"where": {"use": [1, 2]}}, {"by": "age", "where": {"use": 1}}]
ROUTINES = [
    (survey.mean, "kwh", {}), (survey.mean, ["kwh", "days"], {}), (survey.total, "kwh", {}), (survey.proportion, "use", {}),
    (survey.proportion, "use", {"interval": "korn_graubard"}), (survey.ratio, "kwh", {"denominator": "days"}),
    (survey.mean, "sex", {}), (survey.mean, ["kwh", "sex"], {}),
]  # fmt: skip


def answers(seed: int, *, rows: int = 300, level: float = 1e3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ward = rng.integers(0, 4, rows)
    return pd.DataFrame({
        "ward": ward, "school": [f"{a}-{b}" for a, b in zip(ward, rng.integers(0, 8, rows), strict=True)],
        "kwh": rng.normal(level, 5, rows), "days": rng.uniform(1, 9, rows).round(1), "w": rng.uniform(0.5, 30, rows) ** 2,
        "age": rng.choice(["若年", "中年", "高齢"], rows), "sex": rng.choice(["女", "男"], rows), "use": rng.integers(0, 3, rows),
        "people": np.array([900, 1200, 700, 1000])[ward], "schools": np.array([20, 30, 25, 11])[ward],
    })  # fmt: skip


def lazy(data):
    return pl.from_pandas(data).lazy()


def same(routine, data, outcome, **arguments):
    held, found = (routine(one, outcome, **arguments) for one in (data, lazy(data)))
    for one, other in zip(held, found, strict=True):
        assert (one.term, one.n, one.clusters, one.method, one.estimand, one.df) == (
            other.term, other.n, other.clusters, other.method, other.estimand, other.df,
        )  # fmt: skip
        assert other.estimate == pytest.approx(one.estimate, rel=1e-11)
        assert other.std_error == pytest.approx(one.std_error, rel=1e-11, abs=1e-12 * abs(one.estimate))
        if isinstance(one.conf_low, float):
            assert other.conf_low == pytest.approx(one.conf_low, rel=1e-10)
    np.testing.assert_allclose(
        found.covariance, held.covariance, rtol=1e-10, atol=1e-11 * np.abs(held.covariance).max() + 1e-14
    )
    assert [(one.code, one.about, one.facts) for one in found.notices if one.code != "T060"] == [
        (one.code, one.about, one.facts) for one in held.notices
    ]


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_estimates_are_those_in_memory(design):
    data = answers(1)
    for (routine, outcome, more), domain in itertools.product(ROUTINES, DOMAINS):
        if not (domain.get("where", {}).get("use") and outcome == "use" and domain.get("by")):
            same(routine, data, outcome, **design, **domain, **more)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.0, 1e6]), design=st.sampled_from(DESIGNS[:5]))
def test_of_any_sample(seed, level, design):
    data = answers(seed, level=level)
    held, found = (survey.total(one, "kwh", **design).headline for one in (data, lazy(data)))
    assert found.estimate == pytest.approx(held.estimate, rel=1e-11, abs=1e-6)
    assert found.std_error == pytest.approx(held.std_error, rel=1e-9)


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average"])
@pytest.mark.parametrize("cluster", [None, "school"])
def test_strata_with_one_unit_count_as_in_memory(lonely, cluster):
    data = answers(2)
    alone = data[data["ward"] == 0].head(1)
    data = pd.concat([data[data["ward"] != 0], alone], ignore_index=True)
    same(survey.mean, data, "kwh", strata="ward", cluster=cluster, lonely=lonely)
    same(survey.total, data, ["kwh", "sex"], strata="ward", cluster=cluster, lonely=lonely, by="age")


def test_what_rows_refuse_is_refused_by_sums():
    data = answers(3)
    one = pd.concat([data[data["ward"] > 0], data[data["ward"] == 0].head(1)])
    cases = [
        ("survey_lonely_unit", one, {"strata": "ward"}), ("survey_one_unit", data.assign(school="a"), {"cluster": "school"}),
        ("survey_population_small", data, {"strata": "ward", "population": "schools"}),
        ("survey_unit_in_two_strata", data, {"cluster": "age", "strata": "ward"}),
        ("survey_no_such_domain", data, {"where": {"age": "若者"}}),
        ("survey_empty_domain", data, {"where": {"school": "0-1", "ward": 1}}),
        ("missing_column", data, {"strata": "wards"}),
    ]  # fmt: skip
    for code, table, more in cases:
        said = []
        for each in (table.reset_index(drop=True), lazy(table)):
            with pytest.raises((DataError, DesignError)) as refused:
                survey.mean(each, "kwh", **more)
            said.append((refused.value.code, dict(refused.value.facts)))
        assert said[0] == said[1] or code == "survey_unit_in_two_strata"  # of which it names one
        assert said[0][0] == said[1][0]
        assert said[0][0] == code
    with pytest.raises(DesignError, match="900"):
        survey.mean(lazy(data.assign(people=data["people"] + data["use"])), "kwh", strata="ward", population="people")
    with pytest.raises(DataError, match="population"):
        survey.mean(lazy(data), "kwh", strata="ward", population="age")
    with pytest.raises(DesignError) as refused:
        survey.ratio(lazy(data.assign(days=0.0)), "kwh", denominator="days")
    assert refused.value.code == "survey_zero_denominator"


def test_what_needs_records_is_said_before_it_starts():
    small = moments.scan(lazy(answers(4)), memory=1000)
    with pytest.raises(DesignError) as refused:
        survey.mean(small, "kwh", cluster=["school", "ward"])
    assert refused.value.code == "scan_needs_records"


def test_sums_of_two_offices_answer_like_the_whole():
    data = answers(5).round(3)
    for arguments in ({"strata": "ward", "weights": "w"}, {"cluster": "school", "weights": "w"}):
        recorders = [Recorder(moments.scan(lazy(part))) for part in (data[:140], data[140:])]
        for recorder in recorders:
            survey.mean(recorder, "kwh", **arguments)
        (first,), (second,) = (recorder.found for recorder in recorders)
        pooled, whole = survey.mean(first + second, "kwh", **arguments), survey.mean(lazy(data), "kwh", **arguments)
        assert pooled.headline.estimate == pytest.approx(whole.headline.estimate, rel=1e-13)
        assert pooled.headline.std_error == pytest.approx(whole.headline.std_error, rel=1e-12)
        assert pooled.notices.codes == whole.notices.codes


def test_sums_that_do_not_tell_the_largest_weight_say_no_less_than_they_know():
    recorder = Recorder(moments.scan(lazy(answers(6).eval("w = w ** 2"))))
    held = survey.mean(recorder, "kwh", weights="w")
    (notice,) = survey.mean(replace(recorder.found[0], heaviest=0.0), "kwh", weights="w").notices.items[:1]
    assert (held.notices.codes[0], notice.code) == ("S102", "S102")
    assert 1.0 < float(notice.facts["largest"]) <= float(held.notices.items[0].facts["largest"])
