"""k, l and t by hand, and what to coarsen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import disclosure
from ebpm.errors import DataError
from tests.disclosure.people import dataset, frame


def small():
    return pd.DataFrame({
        "person": list("abcdefgh"), "called": list("stuvwxyz"),
        "ward": ["north"] * 4 + ["south"] * 4, "sex": ["female"] * 2 + ["male"] * 2 + ["female"] * 3 + ["male"],
        "age": [30] * 8, "income": [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "kwh": [1.0] * 8, "arm": [0, 1] * 4,
    })  # fmt: skip


def test_classes_are_counted_by_hand():
    found = disclosure.anonymity(small(), dataset(), sensitive=["income"], k=3)
    whole = found.risks[0]
    assert whole.columns == ("ward", "sex", "age")
    assert (whole.smallest, whole.unique, whole.few) == (1, 1, 5)
    assert found.sizes == (1, 4, 3, 0, 0)


def test_a_class_of_one_value_tells_it():
    found = disclosure.anonymity(small(), dataset(), sensitive=["income"], k=2)
    income = next(one for one in found.diversity if one.column == "income")
    assert (income.smallest, income.told) == (1, 2)
    assert "X632" in found.notices


def test_the_distance_is_that_of_the_earth_mover():
    table = small().assign(ward=["north"] * 2 + ["south"] * 6, sex="female", income=[1.0, 1, 2, 2, 3, 3, 3, 3])
    income = next(
        one for one in disclosure.anonymity(table, dataset(), sensitive=["income"]).diversity if one.column == "income"
    )
    assert income.distance == pytest.approx((0.75 + 0.5) / 2)


def test_entropy_of_equal_shares_is_their_number():
    table = small().assign(ward="north", sex="female", income=[1.0, 2, 3, 4] * 2)
    income = next(
        one for one in disclosure.anonymity(table, dataset(), sensitive=["income"]).diversity if one.column == "income"
    )
    assert income.entropy == pytest.approx(4.0)


def test_steps_end_with_nobody_at_risk_and_each_lowers_it():
    found = disclosure.anonymity(frame(), dataset())
    few = [found.risks[0].few, *(step.few for step in found.steps)]
    assert few == sorted(few, reverse=True)
    assert few[-1] == 0


def test_rows_may_come_in_any_order():
    shuffled = frame().sample(frac=1.0, random_state=2)
    assert disclosure.anonymity(frame(), dataset()) == disclosure.anonymity(shuffled, dataset())


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_says_and_draws_itself(lang):
    found = disclosure.anonymity(frame(), dataset())
    assert len(found.summary(lang).splitlines()) > 8
    assert found.plot(lang=lang).get_ylabel()


def test_without_quasi_identifiers_nothing_can_be_said():
    columns = tuple(one.model_copy(update={"role": "other"}) for one in dataset().columns)
    with pytest.raises(DataError) as caught:
        disclosure.anonymity(frame(), dataset().model_copy(update={"columns": columns}))
    assert caught.value.code == "disclosure_no_quasi"
    with pytest.raises(DataError, match="nowhere"):
        disclosure.anonymity(frame(), dataset(), quasi=["nowhere"])


def test_missing_values_are_a_value_of_their_own():
    table = small().assign(age=[30, 30, np.nan, np.nan, 30, 30, 30, 30])
    assert disclosure.anonymity(table, dataset(), k=2).risks[0].smallest == 1
