"""Poisson regression of a table that stays where it is: what it gives in memory, on every engine, and the same refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.did import pushed_poisson
from ebpm.errors import DataError, DesignError, EbpmError
from ebpm.estimate import Unavailable

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
NAMED, WHOLE = {"unit": "home", "time": "year"}, 2**40


@pytest.fixture(autouse=True, scope="module")
def nothing_fits_in_memory():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pushed_poisson, "fits", lambda scan: scan.memory == WHOLE)
        yield


def visits(seed: int, *, homes: int = 60, gaps: float = 0.0, level: float = 2.0) -> pd.DataFrame:
    """Return counts of homes of which some are treated from 2012 or 2013; some homes never have any."""
    rng, years = np.random.default_rng(seed), np.arange(2010, 2016)
    start = rng.choice([2050, 2012, 2013], homes)
    start[:6] = 2050, 2012, 2013, 2050, 2012, 2013
    frame = pd.DataFrame({
        "home": np.repeat([f"家{k:03d}" for k in range(homes)], 6), "year": np.tile(years, homes), "start": np.repeat(start, 6),
        "ward": np.repeat([f"w{k % 9}" for k in range(homes)], 6), "people": np.repeat(1.0 + np.arange(homes) % 5, 6),
    })  # fmt: skip
    frame["on"] = (frame["year"] >= frame["start"]).astype(int)
    frame["dose"] = (frame["on"] * rng.integers(1, 4, len(frame))).round(1)
    frame["heat"] = rng.normal(30, 4, len(frame)).round(1)
    unit = rng.gamma(2.0, 0.5, homes)
    unit[rng.random(homes) < 0.15] = 0.0
    unit[:3] = 1.0
    mean = level * np.repeat(unit, 6) * frame["people"] * np.exp(0.3 * frame["on"] + 0.05 * (frame["year"] - 2010))
    frame["visits"] = rng.poisson(mean)
    return frame[rng.random(len(frame)) >= gaps].sample(frac=1, random_state=seed, ignore_index=True)


def fitted(data, **given):
    return did.poisson(data, "visits", **{**NAMED, "treatment": "on", **given})


def assert_same(held, found, exact=1e-9) -> None:
    for one, other in zip(held, found, strict=True):
        assert (one.term, one.n, one.clusters, one.method, one.df) == (
            other.term,
            other.n,
            other.clusters,
            other.method,
            other.df,
        )
        assert (other.estimate, other.std_error) == pytest.approx((one.estimate, one.std_error), rel=exact)
    np.testing.assert_allclose(found.covariance, held.covariance, rtol=10 * exact)
    told, again = ([(one.code, dict(one.facts)) for one in each.notices] for each in (held, found))
    assert [code for code, _ in told] == [code for code, _ in again]
    for (_, left), (_, right) in zip(told, again, strict=True):
        assert right == pytest.approx(left)


CHOICES = [
    {}, {"cluster": "ward"}, {"cluster": "home"}, {"exposure": "people"}, {"weights": "people"}, {"treatment": ["dose", "heat"]},
    {"treatment": ["on", "heat"], "exposure": "heat", "weights": "people", "cluster": "ward"}, {"errors": "HC0"}, {"errors": "classical"},
    {"errors": "HC1", "treatment": ["dose", "heat"], "exposure": "heat", "weights": "people"}, {"errors": "CR0", "cluster": "ward"},
]  # fmt: skip


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("given", CHOICES)
def test_the_same_as_in_memory(given, gaps):
    data = visits(1, gaps=gaps)
    assert_same(fitted(data, **given), fitted(pl.from_pandas(data).lazy(), **given), exact=1e-10)


def test_engines_and_parts_agree(tmp_path):
    data = visits(2, gaps=0.1)
    for part, rows in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[rows]).write_parquet(tmp_path / f"{part}.parquet")
    sources = [
        tmp_path, moments.scan(data), moments.scan(str(tmp_path / "*.parquet"), engine="polars", memory=200_000), pl.from_pandas(data.sample(frac=1, random_state=5)).lazy(),
    ]  # fmt: skip
    first, *others = (fitted(source, treatment=["on", "heat"], cluster="ward") for source in sources)
    for other in others:
        assert_same(first, other, exact=1e-12)  # engines round exp() in their own ways


def test_a_table_that_fits_is_read_and_gives_the_digits_of_memory():
    data = visits(2)
    again = pl.from_pandas(data.sample(frac=1, random_state=8)).lazy()
    held, found = (fitted(one, cluster="ward") for one in (data, moments.scan(again, memory=WHOLE)))
    assert found.tidy().equals(held.tidy())


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6), homes=st.integers(10, 30), level=st.sampled_from([0.3, 5.0, 1e4]), gaps=st.sampled_from([0.0, 0.3]),
    labels=st.sampled_from(["whole", "text", "date"]),
)  # fmt: skip
def test_any_level_labels_and_order(seed, homes, level, gaps, labels):
    data = visits(seed, homes=homes, level=level, gaps=gaps)
    if labels == "text":
        data["year"] = data["year"].astype(str) + "年度"
    elif labels == "date":
        data["year"] = pd.to_datetime(data["year"].astype(str) + "-04-01")
    held, found = (_answer(one) for one in (data, pl.from_pandas(data).lazy()))
    if isinstance(held, str) or isinstance(found, str):
        assert held == found
    else:
        assert_same(held, found, exact=1e-7)


def _answer(data):
    try:
        return fitted(data)
    except EbpmError as error:
        return error.code


def test_one_home_that_dominates_is_told_of():
    data = visits(3)
    data["visits"] = data["visits"].where(data["home"] != "家001", 50_000 + data["year"])
    held, found = fitted(data), fitted(pl.from_pandas(data).lazy())
    assert "D205" in held.notices.codes
    assert_same(held, found, exact=1e-8)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize(
    "given", [{}, {"cluster": "ward"}, {"errors": "HC1"}, {"exposure": "people"}, {"weights": "people"}], ids=str
)
def test_an_outcome_without_noise_has_no_p_value(given, scale):
    data = visits(3)
    level = 0.1 * (data["home"].str[1:].astype(int) % 9) + 0.03 * (data["year"] - 2010) + 0.4 * data["on"]
    data = data.assign(visits=scale * np.exp(level) * (data["people"] if "exposure" in given else 1.0))
    held, found = (fitted(one, **given).headline for one in (data, pl.from_pandas(data).lazy()))
    assert held.std_error == found.std_error == 0.0
    assert held.p_value == found.p_value == Unavailable("no_variation")
    assert found.estimate == pytest.approx(0.4, abs=1e-12)
    noisy = data.assign(visits=data["visits"] * (1 + 1e-8 * np.sin(np.arange(len(data)))))
    held, found = (fitted(one, **given).headline for one in (noisy, pl.from_pandas(noisy).lazy()))
    assert found.std_error == pytest.approx(held.std_error, rel=1e-5)
    assert found.std_error > 0


def refused(data, **given):
    with pytest.raises((DataError, DesignError)) as error:
        fitted(pl.from_pandas(data).lazy(), **given)
    return error.value


def test_what_is_refused():
    data = visits(4)
    treated = data["on"] == 1
    cases = {
        "scan_negative_outcome": (data.assign(visits=data["visits"] - 1), {}),
        "glm_constant_outcome": (data.assign(visits=0), {}),
        "did_constant_rows": (data.assign(visits=3), {}),
        "panel_duplicates": (pd.concat([data, data[:1]]), {}),
        "did_units_not_nested": (data.assign(ward=np.arange(len(data)) % 3), {"cluster": "ward"}),
        "stats_one_cluster": (data.assign(ward="w"), {"cluster": "ward"}),
        "negative_weights": (data.assign(people=data["people"] - 1), {"exposure": "people"}),
        "did_absorbed": (data, {"treatment": "people"}),
        "missing_values": (data.assign(visits=data["visits"].where(data.index > 0)), {}),
        "not_numeric": (data, {"treatment": "ward"}),
        "missing_column": (data, {"treatment": "nothing"}),
    }
    assert {code: refused(frame, **given).code for code, (frame, given) in cases.items()} == {
        code: code for code in cases
    }
    both = data.assign(twice=2 * data["on"])
    assert refused(both, treatment=["on", "twice"]).code == _answer_of(both, ["on", "twice"])
    apart = data.assign(visits=data["visits"].where(~treated, 0))
    with pytest.raises(DesignError) as held:
        fitted(apart)
    assert refused(apart).code == held.value.code == "did_separated"
    assert refused(apart).facts["rows"] == held.value.facts["rows"]


def _answer_of(data, treatment):
    with pytest.raises(EbpmError) as error:
        fitted(data, treatment=treatment)
    return error.value.code


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_said_of_a_negative_outcome(lang):
    data = visits(4)
    error = refused(data.assign(visits=data["visits"] - 2))
    assert "visits" in error.what(lang)
    assert "-2" in error.given(lang)
    assert error.remedy(lang)
