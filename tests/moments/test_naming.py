"""Names of columns that are not text: refused in three parts, in memory and where tables are summed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did, its, moments, rct, survey
from ebpm.errors import DataError
from ebpm.moments.naming import named_columns

pl = pytest.importorskip("polars")
PANEL = {"unit": "u", "time": "t"}
STAGGERED = {**PANEL, "first_treated": "g"}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    u, t = np.repeat(np.arange(40), 4), np.tile(np.arange(1, 5), 40)
    g = np.where(u % 2, 3, 0)
    frame = pd.DataFrame({"u": u, "t": t, "g": g, "d": (g > 0) * (t >= 3) * 1, "x": rng.normal(size=160).round(2)})
    frame["arm"], frame["after"], frame["w"], frame["k"] = (g > 0) * 1, (t >= 3) * 1, 1.0, u % 8
    return frame.assign(y=2.0 + frame.d + frame.x + rng.normal(size=160).round(2).clip(-1, 1) ** 2)


CALLS = {
    "twfe treatment": lambda data, given: did.twfe(data, "y", **PANEL, treatment=given),
    "twfe covariates": lambda data, given: did.twfe(data, "y", **PANEL, treatment="d", covariates=given),
    "twfe cluster": lambda data, given: did.twfe(data, "y", **PANEL, treatment="d", cluster=given),
    "twfe fixed_effects": lambda data, given: did.twfe(data, "y", **PANEL, treatment="d", fixed_effects=given),
    "poisson treatment": lambda data, given: did.poisson(data, "y", **PANEL, treatment=given),
    "two_by_two covariates": lambda data, given: did.two_by_two(data, "y", treated="arm", post="after", covariates=given),
    "two_by_two treated": lambda data, given: did.two_by_two(data, "y", treated=given, post="after"),
    "att_gt covariates": lambda data, given: did.att_gt(data, "y", **STAGGERED, covariates=given),
    "lin covariates": lambda data, given: rct.lin(data, "y", treatment="arm", covariates=given),
    "difference_in_means treatment": lambda data, given: rct.difference_in_means(data, "y", treatment=given),
    "balance covariates": lambda data, given: rct.balance(data, given, treatment="arm"),
    "event_series by": lambda data, given: its.event_series(data, time="t", every="month", by=given),
    "mean outcome": lambda data, given: survey.mean(data, given, weights="w"),
    "mean cluster": lambda data, given: survey.mean(data, "y", weights="w", cluster=given),
}  # fmt: skip


@pytest.mark.parametrize("given", [5, [5], ["x", 5], [["x"]]], ids=str)
@pytest.mark.parametrize("name", CALLS)
def test_a_name_that_is_not_text_is_refused_alike(name, given):
    data = table()
    for one in (data, pl.from_pandas(data).lazy(), moments.scan(data)):
        with pytest.raises(DataError) as refused:
            CALLS[name](one, given)
        assert refused.value.code in ("column_not_text", "missing_column")
        for lang in ("ja", "en"):
            assert "5" in refused.value.given(lang) or "x" in refused.value.given(lang)
            assert refused.value.what(lang)
            assert refused.value.remedy(lang)


def test_one_name_is_one_column():
    data = table()
    for one in (data, pl.from_pandas(data).lazy()):
        alone, listed = (did.twfe(one, "y", **PANEL, treatment="d", covariates=given) for given in ("x", ["x"]))
        assert alone.headline == listed.headline
    assert named_columns(iter(["a", "b"]), "covariates") == ("a", "b")


def test_a_column_whose_name_is_a_number_is_refused_alike():
    data = table().rename(columns={"y": 5})
    for one in (data, moments.scan(data)):
        with pytest.raises(DataError) as refused:
            did.twfe(one, 5, **PANEL, treatment="d")
        assert refused.value.code == "column_not_text"
