"""Balance of trials that stay where they are: the table, tests and notices of the same rows in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct
from ebpm.errors import DesignError
from ebpm.moments.scans.asking import Recorder
from tests.reference.test_rct import NSW, case

pl = pytest.importorskip("polars")
NAMES = ["age", "income", "member"]


def people(rows: int = 3000, *, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    arm, school = rng.integers(0, 3, rows), rng.integers(0, 60, rows)
    return pd.DataFrame({
        "arm": np.array(["control", "A", "B"])[arm], "ward": rng.integers(0, 4, rows), "school": school,
        "grouped": np.array(["control", "A", "B"])[school % 3], "zone": school % 2, "age": rng.integers(18, 80, rows) + shift * (arm == 1),
        "income": rng.lognormal(8, 1, rows), "member": rng.integers(0, 2, rows),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("arm", "more"),
    [("arm", {}), ("arm", {"strata": "ward"}), ("grouped", {"cluster": "school"}), ("grouped", {"cluster": "school", "strata": "zone"})],
    ids=["rows", "strata", "clusters", "clusters in strata"],
)  # fmt: skip
@pytest.mark.parametrize("shift", [0.0, 4.0])
def test_balance_is_that_in_memory(arm, more, shift):
    data = people(shift=shift)
    held, found = (
        rct.balance_table(one, NAMES, treatment=arm, control="control", **more)
        for one in (data, pl.from_pandas(data).lazy())
    )
    assert found.stratified == held.stratified
    for one, other in zip(held.arms, found.arms, strict=True):
        assert (one.arm, one.covariates, one.test.df, one.test.draws) == (
            other.arm,
            other.covariates,
            other.test.df,
            other.test.draws,
        )
        for column in ("means", "control_means", "standardised", "within"):
            np.testing.assert_allclose(getattr(other, column), getattr(one, column), rtol=1e-10, atol=1e-13)
        for test, same in ((one.test, other.test), (one.unstratified, other.unstratified)):
            assert same.statistic == pytest.approx(test.statistic, rel=1e-10)
            assert same.p_value == pytest.approx(test.p_value, rel=1e-9)
    assert [(one.code, one.about, one.facts) for one in found.notices] == [
        (one.code, one.about, one.facts) for one in held.notices
    ]
    assert bool(found.notices) == (shift > 0 and arm == "arm")


def test_few_rows_are_read_and_redrawn():
    data, _ = case("rct19_balance_nsw")
    held, found = (rct.balance_table(one, NSW, treatment="treat") for one in (data, pl.from_pandas(data).lazy()))
    assert found.arms[0].p_value == held.arms[0].p_value
    with pytest.raises(DesignError) as refused:
        rct.balance_table(Recorder(moments.scan(pl.from_pandas(data).lazy())), NSW, treatment="treat")
    assert refused.value.code == "scan_only_sums"
    small = rct.balance_table(moments.scan(pl.from_pandas(data).lazy(), memory=100), NSW, treatment="treat")
    assert small.arms[0].p_value == held.arms[0].p_value
