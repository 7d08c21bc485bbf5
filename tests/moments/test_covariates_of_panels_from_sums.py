"""Covariates of event studies, imputation and two stages over a table that stays where it is: slopes in a second pass, scores in a third."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.did.staggered import adopted, event_study
from ebpm.errors import DataError, DesignError
from tests.moments.test_panels_from_sums import NAMED, answer, assert_same, homes

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
ESTIMATORS = {
    "sun_abraham": did.sun_abraham, "imputation": did.imputation, "two_stage": did.two_stage,
    "event_study": lambda data, outcome, **more: did.event_study(data, outcome, method="twfe", **more),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_fits(monkeypatch):
    for room in (event_study, adopted):
        monkeypatch.setattr(room, "fits", lambda scan: False)


def weather(seed: int, **more) -> pd.DataFrame:
    """Return homes with the temperature and the persons of each row."""
    data, rng = homes(seed, **more), np.random.default_rng(seed)
    heat = rng.normal(15, 5, len(data)).round(1) + 0.5 * (data["year"] - 2010)
    return data.assign(heat=heat, size=rng.integers(1, 6, len(data)), kwh=(data["kwh"] + 0.2 * heat).round(2))


@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("gaps", [0.0, 0.08])
@pytest.mark.parametrize("covariates", [["heat"], ["heat", "size"]])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_with_covariates_from_sums(name, covariates, gaps, cluster):
    data = weather(4, gaps=gaps)
    pair = data, pl.from_pandas(data).lazy()
    assert_same(*(answer(ESTIMATORS[name], one, covariates=covariates, cluster=cluster) for one in pair))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_few_treated_clusters_and_no_unit_never_treated(name):
    data = weather(6, late=True)
    pair = data, pl.from_pandas(data).lazy()
    assert_same(*(answer(ESTIMATORS[name], one, covariates=["heat"], errors="satterthwaite") for one in pair))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(ESTIMATORS)), level=st.sampled_from([0.0, -1e5]))
def test_small_tables_and_any_order(seed, name, level):
    with pytest.MonkeyPatch.context() as patched:
        for room in (event_study, adopted):
            patched.setattr(room, "fits", lambda scan: False)
        data = weather(seed, units=24, gaps=0.1, level=level)
        again = pl.from_pandas(data.sample(frac=1, random_state=seed)).lazy()
        assert_same(*(answer(ESTIMATORS[name], one, covariates=["heat"]) for one in (data, again)), exact=1e-7)


def test_engines_files_passes_and_names_give_the_same_digits(tmp_path):
    data = weather(7, gaps=0.05)
    for part, rows in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[rows]).write_parquet(tmp_path / f"{part}.parquet")
    renamed = pl.from_pandas(data.assign(home="h" + data["home"].str[1:])).lazy()
    found = [
        answer(did.sun_abraham, one, covariates=["heat"])
        for one in (tmp_path, moments.scan(tmp_path, engine="polars"), moments.scan(tmp_path, memory=300_000), renamed)
    ]
    digits = [[(item.estimate, item.std_error) for kind in one for item in kind] for one in found]
    assert all(one == digits[0] for one in digits)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"heat": 3}, DesignError), ({"heat": lambda rows: rows["year"] * 1.0}, DesignError), ({"heat": "x"}, DataError),
        ({"heat": lambda rows: rows["heat"].where(rows.index != 3)}, DataError), ({"start": 0}, DesignError),
    ],
)  # fmt: skip
def test_refusals_are_those_of_memory(name, change, kind):
    data, codes = weather(8).assign(**change), []
    for one in (data, pl.from_pandas(data).lazy()):
        with pytest.raises(kind) as refused:
            ESTIMATORS[name](one, "kwh", **NAMED, covariates=["heat"])
        codes.append(refused.value.code)
    assert codes[0] == codes[1]


def test_collinear_covariates_and_the_outcome_among_them():
    data = weather(9).assign(twice=lambda rows: 2 * rows["heat"])
    for name, estimator in ESTIMATORS.items():
        for covariates in (["heat", "twice"], ["kwh"]):
            codes = []
            for one in (data, pl.from_pandas(data).lazy()):
                with pytest.raises((DataError, DesignError)) as refused:
                    estimator(one, "kwh", **NAMED, covariates=covariates)
                codes.append(refused.value.code)
            assert codes[0] == codes[1], name


def test_anticipation_and_coefficients_before_treatment():
    data = weather(12, gaps=0.05)
    held, found = (
        answer(did.imputation, one, covariates=["heat"], anticipation=1) for one in (data, pl.from_pandas(data).lazy())
    )
    assert "-3" in held[-1].terms
    assert_same(held, found)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_outcomes_of_any_size_and_without_noise(name):
    data = weather(13)
    for outcome in (data["kwh"] * 1e12, data["kwh"] * 1e-9, data["year"] - 2000 + 2.0 * (data["start"] > 2013)):
        pair = data.assign(kwh=outcome), pl.from_pandas(data.assign(kwh=outcome)).lazy()
        held, found = (answer(ESTIMATORS[name], one, covariates=["heat"]) for one in pair)
        for left, right in zip(held, found, strict=True):
            for kind in ("estimate", "std_error"):
                own, other = (
                    [value if isinstance(value := getattr(item, kind), float) else -1.0 for item in one]
                    for one in (left, right)
                )
                assert other == pytest.approx(own, rel=1e-8, abs=1e-10 * outcome.std())


def test_covariates_with_weights_need_the_records():
    lazy = moments.scan(pl.from_pandas(weather(10).assign(w=2.0)).lazy(), memory=1000)
    with pytest.raises(DesignError, match="covariates") as refused:
        did.sun_abraham(lazy, "kwh", **NAMED, covariates=["heat"], weights="w")
    assert refused.value.code == "scan_needs_records"
