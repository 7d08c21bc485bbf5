"""With few treated clusters what is advised is what D211 names, and covers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError

STAGGERED = {"unit": "unit", "time": "time", "first_treated": "first", "cluster": "place"}


def panel(clusters: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    place = np.repeat(np.arange(clusters), 5)
    first, time = np.resize([0, 4, 5], clusters)[place], np.tile(np.arange(1, 8), len(place))
    wide = {"unit": np.arange(len(place)), "first": first, "place": place}
    data = pd.DataFrame({name: np.repeat(one, 7) for name, one in wide.items()} | {"time": time})
    data["d"] = ((data["first"] > 0) & (data.time >= data["first"])).astype(float)
    return data.assign(y=rng.normal(size=len(data)) + data.d)


def test_errors_for_few_clusters_are_advised_and_drafted() -> None:
    data = panel(12)
    assert "D211" in did.att_gt(data, "y", **STAGGERED).notices.codes
    advice = did.advise(data, "y", **STAGGERED)
    assert {one.routine for one in advice.items if one.arguments.get("errors") == "satterthwaite"} == {
        "did.att_gt",
        "did.imputation",
    }
    assert 'errors="satterthwaite"' in advice.summary("en")
    assert 'errors="satterthwaite"' in advice.summary("ja")
    assert advice.plan(data="table").count("errors: satterthwaite") == 2


def test_enough_clusters_keep_the_published_errors() -> None:
    advice = did.advise(panel(90), "y", **STAGGERED)
    assert not any("errors" in one.arguments for one in advice.items)
    assert "satterthwaite" not in advice.summary("en")


def test_one_date_given_row_by_row_is_advised_with_cr2() -> None:
    data = panel(12)
    data = data[data["first"] != 5]
    advice = did.advise(data, "y", unit="unit", time="time", treatment="d", cluster="place")
    assert (advice.items[0].routine, advice.items[0].arguments["errors"]) == ("did.twfe", "CR2")


@pytest.mark.parametrize(("clusters", "errors", "told"), [(24, "CR1", True), (24, "CR2", False), (12, "CR2", True)])
def test_d211_knows_errors_that_are_for_few_clusters(clusters: int, errors: str, told: bool) -> None:
    data = panel(clusters)
    found = did.twfe(data, "y", unit="unit", time="time", treatment="d", cluster="place", errors=errors)
    assert ("D211" in found.notices.codes) == told


@pytest.mark.parametrize("unit", ["unit", None])
def test_where_all_are_treated_the_last_to_be_so_are_the_others(unit: str | None) -> None:
    data = panel(90)
    data = data[data["first"] != 0]
    found = did.advise(data, "y", unit=unit, time="time", first_treated="first", cluster="place").structure
    assert (found.treated, found.others, found.never, found.few) == (60, 30, False, False)


def test_where_all_are_treated_at_once_nothing_is_advised() -> None:
    data = panel(30)
    with pytest.raises(DesignError, match="units to compare them with"):
        did.advise(data[data["first"] == 4], "y", **STAGGERED)
