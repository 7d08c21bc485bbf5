"""Rows that are put in order for the processor's cache: what is estimated stays the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.moments import two_way
from ebpm.moments.two_way import MemoryOrder

UNITS, PERIODS = 400, 6


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(20190401)
    unit, time = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(PERIODS), UNITS)
    data = pd.DataFrame({"unit": unit, "time": time, "d": (time >= rng.choice([2, 4, 99], UNITS)[unit]).astype(float)})
    data["x"], data["w"] = rng.standard_normal(len(data)), rng.uniform(0.5, 2.0, len(data))
    data["region"], data["town"] = unit % 5 * 10 + time, unit // 8
    data["y"] = rng.standard_normal(UNITS)[unit] + 0.1 * time + 0.3 * data.d + rng.standard_normal(len(data))
    return data.iloc[rng.permutation(len(data))[:2200]].reset_index(drop=True)


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"cluster": "town"},
        {"cluster": ["unit", "time"]},
        {"weights": "w", "fixed_effects": ["region"]},
        {"errors": "classical", "weights": "w"},
        {"errors": "CR2", "cluster": "town"},
    ],
)
def test_a_long_table_out_of_order_gives_the_same(choices: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    def fitted() -> np.ndarray:
        found = did.twfe(panel(), "y", unit="unit", time="time", treatment="d", covariates=["x"], **choices).headline
        return np.array([found.estimate, found.std_error, found.df])

    plain = fitted()
    monkeypatch.setattr(two_way, "LONG", 0)
    monkeypatch.setattr(two_way, "NEAR", 2)
    monkeypatch.setattr(two_way, "ROWS_AT_A_TIME", 7)
    np.testing.assert_allclose(fitted(), plain, rtol=1e-12)


def test_the_order_is_that_of_unit_and_period(monkeypatch: pytest.MonkeyPatch) -> None:
    unit, period = np.array([2, 0, 1, 0, 2]), np.array([1, 1, 0, 0, 0])
    seen = np.zeros((3, 2), dtype=np.bool_)
    seen[unit, period] = True
    assert MemoryOrder.of(unit, period, seen).rows == slice(None)
    monkeypatch.setattr(two_way, "LONG", 0)
    monkeypatch.setattr(two_way, "NEAR", 0)
    found = MemoryOrder.of(unit, period, seen)
    assert found.rows.tolist() == [3, 1, 2, 4, 0]
    assert found.unit.tolist() == [0, 0, 1, 2, 2]
    assert found.period.tolist() == [0, 1, 0, 0, 1]
