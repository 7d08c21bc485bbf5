"""Weighting of tables that stay where they are, in few passes: persons who are alike once, sums of words in batches; the same digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, moments
from ebpm.moments.scans import whole_sums
from ebpm.moments.scans.streamed import alike
from ebpm.moments.scans.whole_sums import Summand, totals

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
pa = pytest.importorskip("pyarrow")
ENGINES = {
    "polars": lambda data: pl.from_pandas(data).lazy(), "duckdb": lambda data: duckdb.connect().from_df(data), "pandas": lambda data: data,
    "pyarrow": pa.Table.from_pandas,
}  # fmt: skip


def persons(n: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    age, sex, ward = rng.integers(40, 60, n), rng.integers(0, 2, n), rng.choice(["北", "南"], n)
    arm = rng.random(n) < 1 / (1 + np.exp(0.05 * (age - 50) - 0.4 * sex))
    event = rng.random(n) < 0.2 + 0.1 * sex + 0.05 * arm
    return pd.DataFrame({
        "age": age, "sex": sex, "ward": ward, "arm": arm.astype(int), "event": event.astype(int), "block": rng.integers(0, 20, n),
    })  # fmt: skip


def weigh(data, **options):
    return cohort.iptw(data, "event", treatment="arm", covariates=["age", "age^2", "sex", "ward"], **options)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options", [{}, {"cluster": "block"}, {"estimand": "att", "errors": "HC3"}, {"form": "horvitz_thompson"}]
)
def test_persons_who_are_alike_are_taken_once_and_no_digit_moves(engine, options, monkeypatch):
    data, held = persons(), weigh(persons(), **options).estimates
    small = moments.scan(ENGINES[engine](data), memory=100_000)
    monkeypatch.setattr("ebpm.cohort.weights.streamed_subjects.once_each", lambda *_: None)
    each = weigh(small, **options)
    monkeypatch.undo()
    once = weigh(small, **options)
    for one, other, known in zip(once.estimates, each.estimates, held, strict=True):
        assert (one.estimate, one.std_error) == (other.estimate, other.std_error)
        assert one.estimate == pytest.approx(known.estimate, rel=1e-11)
        assert one.std_error == pytest.approx(known.std_error, rel=1e-10)


def test_rows_are_taken_once_where_few_differ_and_the_budget_holds_them():
    data = persons()[["age", "sex"]]
    scan = moments.scan(pl.from_pandas(data).lazy(), memory=10_000)
    found = alike.once_each(scan, scan.table, len(data), "alike").collect()
    assert found["alike"].sum() == len(data)
    assert len(found) == len(data.drop_duplicates())
    assert (
        alike.once_each(moments.scan(pl.from_pandas(data).lazy(), memory=100), scan.table, len(data), "alike") is None
    )
    distinct = moments.scan(pd.DataFrame({"x": np.arange(3000.0)}), memory=10_000)
    assert alike.once_each(distinct, distinct.table, 3000, "alike") is None


@pytest.mark.parametrize("engine", ENGINES)
def test_words_of_batches_are_those_of_the_engine(engine, monkeypatch):
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"x": rng.normal(size=500) * 1e3, "y": rng.normal(size=500) * 1e-7, "n": rng.integers(1, 9, 500)}
    )
    table = moments.scan(ENGINES[engine](data)).table
    for counts in ("", "n"):
        asked = {
            name: Summand.product(own, bound, 5000, counts)
            for name, own, bound in (("x", ["x"], 1e4), ("xy", ["x", "y"], 1e-2), ("yyx", ["y", "y", "x"], 1e-8))
        }
        gathered = totals([table, table], asked)
        with monkeypatch.context() as patch:
            patch.setattr(whole_sums, "gathered_words", lambda *_, **__: None)
            assert totals([table, table], asked) == gathered
        exact = (data["x"] * data["y"] * (data["n"] if counts else 1)).sum() * 2
        assert gathered["xy"] == pytest.approx(exact, rel=1e-11)
