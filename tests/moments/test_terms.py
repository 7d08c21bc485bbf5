"""Covariates as a regression takes them."""

import pandas as pd
import polars as pl
import pytest

from ebpm import DataError
from ebpm.moments.frame import Frame
from ebpm.moments.terms import columns_of, terms_of

DATA = pd.DataFrame({
    "age": [30, 40, 50, 60], "ward": list("abca"), "kind": [1, 2, 3, 1], "smoker": [True, False, True, False],
    "a:b": [1.0, 2.0, 3.0, 4.0], "gap": [1.0, None, 2.0, 3.0],
})  # fmt: skip


def terms(*covariates, data=DATA):
    return terms_of(Frame.of(data), covariates)


def test_columns_powers_categories_and_products():
    found = terms("age", "age^2", "ward", "C(kind)", "smoker", "age:ward")
    assert found.names == (
        "age", "age^2", "ward = b", "ward = c", "kind = 2", "kind = 3", "smoker", "age:ward = b", "age:ward = c",
    )  # fmt: skip
    assert found.matrix[:, 1].tolist() == [900, 1600, 2500, 3600]
    assert found.matrix[:, 7].tolist() == [0, 40, 0, 0]
    assert found.design[:, 0].tolist() == [1.0] * 4


def test_a_column_of_that_very_name_comes_first():
    assert terms("a:b").matrix[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_categories_of_pandas_and_polars_are_labels():
    assert terms("kind", data=DATA.assign(kind=DATA["kind"].astype("category"))).names == ("kind = 2", "kind = 3")
    assert terms("ward", data=pl.from_pandas(DATA)).names == ("ward = b", "ward = c")


def test_rows_may_lose_a_category():
    found = terms("age", "ward").of_rows(DATA["ward"].to_numpy() != "c")
    assert found.names == ("age", "ward = b")


def test_the_columns_that_terms_are_made_of():
    assert columns_of(Frame.of(DATA), ["age^2", "age", "C(kind)", "ward:smoker", "a:b"]) == (
        "age", "kind", "ward", "smoker", "a:b",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("covariates", "code"),
    [
        (["age", "age"], "terms_repeated"),
        (["agee"], "missing_column"),
        (["gap"], "missing_values"),
        (["ward^2"], "not_numeric"),
    ],
)
def test_bad_covariates_are_refused(covariates, code):
    with pytest.raises(DataError) as caught:
        terms(*covariates)
    assert caught.value.code == code


def test_no_covariates_are_no_columns():
    assert terms().matrix.shape == (4, 0)
