"""Balance of arms of so few rows that their assignment is redrawn, in tables that stay where they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments, rct
from ebpm.errors import DesignError
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
LABELS = {
    "codes": [0, 1, 2],
    "words": ["対照", "通知", "訪問"],
    "dates": list(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])),
}


def table(labels: str, rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    arm = rng.choice(3, rows, p=[0.1, 0.1, 0.8])
    data = {
        "arm": [LABELS[labels][one] for one in arm],
        "ward": rng.choice(["a", "b"], rows),
        "age": rng.integers(18, 80, rows),
    }
    return pd.DataFrame({**data, "kwh": rng.normal(10, 3, rows).round(2)})


@pytest.mark.parametrize("strata", [None, "ward"])
@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "engine", [lambda data: pl.from_pandas(data).lazy(), lambda data: duckdb.connect().from_df(data)]
)
def test_arms_of_few_rows_are_read_and_others_summed(engine, labels, strata):
    data = table(labels)
    asked = {"treatment": "arm", "strata": strata, "control": LABELS[labels][0]}
    held = rct.balance_table(data, ["age", "kwh"], **asked)
    found = rct.balance_table(moments.scan(engine(data), memory=1_000), ["age", "kwh"], **asked)
    assert sorted(one.test.draws > 0 for one in found.arms) == [False, True]
    for one, other in zip(held.arms, found.arms, strict=True):
        assert one.arm.startswith(other.arm)  # which shows days of times without an hour
        assert other.test.p_value == pytest.approx(one.test.p_value, rel=1e-11)
        assert other.test.draws == one.test.draws
        np.testing.assert_allclose(other.standardised, one.standardised, rtol=1e-11)
        np.testing.assert_allclose(other.within, one.within, rtol=1e-11)
    assert found.notices.codes == held.notices.codes


def test_sums_alone_do_not_tell_what_redrawing_needs():
    data = table("codes")
    sums = scan_groups(moments.scan(data), GroupRequest(keys=("arm",), numbers=("age", "kwh")))
    with pytest.raises(DesignError, match="rows < 1,000"):
        rct.balance_table(sums, ["age", "kwh"], treatment="arm")
